#!/usr/bin/python3
"""Plays the conversations with a server and compares every byte of meaning in its answers with PostgreSQL's.

    run.py --server PROGRAM           compares our answers with what is recorded in expected/
    run.py --postgres                 makes sure that PostgreSQL 15 still answers as recorded
    run.py --postgres --record        writes expected/ anew from PostgreSQL's answers
    run.py … extended simple.select   only modules or conversations whose names begin so
"""
import difflib
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients'), HERE, os.path.join(HERE, 'conversations')]
import differences
import harness
import talk
import wire

MODULES = ['startup', 'tls', 'authentication', 'simple', 'errors', 'extended', 'hostile', 'notifications']
EXPECTED = os.path.join(HERE, 'expected')


def load(wanted):
    """Module name → (options of its server, a statement that it must have, conversations)."""
    found = {}
    for name in MODULES:
        talk.CONVERSATIONS.clear()
        module = importlib.import_module(name)
        chosen = [c for c in talk.CONVERSATIONS if not wanted or any(f'{name}.{c.__name__}'.startswith(w) for w in wanted)]
        if chosen:
            found[name] = (getattr(module, 'SERVER', {}), getattr(module, 'NEEDS', None), chosen)
    return found


def play(server, function):
    """The minutes of one conversation, and what went wrong outside of it."""
    t = talk.Talk(server)
    try:
        function(t)
    except Exception as e:
        t.lines.append(f'({type(e).__name__}: {e})')
    finally:
        t.close()
    # the file of rules is the one thing that has another name here
    return [line.replace('pg_hba.conf', 'hba.conf') for line in t.lines]


def lacks(server, probe):
    """Whether a server says of a statement that it does not have it."""
    if probe is None:
        return False
    with wire.session(server) as c:
        c.send(wire.query(probe))
        return any(kind == 'E' and wire.error_fields(body)['C'] == '0A000' for kind, body in c.ready())


def read_expected(module):
    """Conversation name → lines."""
    found, current = {}, None
    path = os.path.join(EXPECTED, module + '.txt')
    if os.path.exists(path):
        with open(path, encoding='utf-8') as f:
            for line in f.read().split('\n'):
                if line.startswith('== '):
                    current = found.setdefault(line[3:], [])
                elif line and current is not None:
                    current.append(line)
    return found


def write_expected(module, minutes):
    with open(os.path.join(EXPECTED, module + '.txt'), 'w', encoding='utf-8') as f:
        for name, lines in minutes.items():
            f.write(f'== {name}\n' + ''.join(line + '\n' for line in lines) + '\n')


def compare(report, module, conversations, expected, server, ours):
    for function in conversations:
        wanted, got = expected.get(function.__name__), play(server, function)
        name = f'{module}.{function.__name__}'
        if ours and wanted is not None:
            wanted, got = differences.expected_of_ours(name, wanted), differences.without_last_words(got)
        if wanted == got:
            report.add(name)
        else:
            diff = difflib.unified_diff(wanted or [], got, 'PostgreSQL', server.name, lineterm='', n=2)
            report.add(name, 'nothing recorded' if wanted is None else 'answers differ\n' + '\n'.join('    ' + d[:400] for d in list(diff)[2:60]))


def main():
    options = harness.arguments(lambda p: p.add_argument('--record', action='store_true',
                                                         help="write expected/ from PostgreSQL's answers"))
    report = harness.Report('', options.server)
    try:
        for module, (server_options, needs, conversations) in load(options.checks).items():
            server_options = {'settings': {'TimeZone': 'UTC'}, **server_options}
            server = harness.PostgreSQL(harness.postgres_bin_dir(15), **server_options) if options.postgres \
                else harness.new_server(options, **server_options)
            with server:
                if options.record:
                    assert options.postgres and not any('.' in c for c in options.checks), 'whole modules are recorded, from PostgreSQL'
                    write_expected(module, {c.__name__: play(server, c) for c in conversations})
                elif not lacks(server, needs):
                    compare(report, module, conversations, read_expected(module), server, ours=not options.postgres)
                if options.show_log:
                    print(server.log())
    except harness.Missing as e:
        print(f'conversations: {e}')
        return harness.SKIPPED if options.allow_missing else 1
    if not options.record:
        report.summary('conversations')
    return 1 if report.failed else 0


if __name__ == '__main__':
    sys.exit(main())
