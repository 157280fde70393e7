#!/usr/bin/python3
"""How long it takes from registering a dynamic worker to its first instruction, and until its end is known: ours and PostgreSQL's, turn by turn
in one run.

usage: launch.py [--server build/release/chapters/05-background-workers/worker_lab] [--pg-include DIR] [--rounds N] [--launches N]
                 [--output book/measured/launch.json]

PostgreSQL gets the same function as an extension (launch_worker.c), compiled against its server's headers.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', folder) for folder in ('clients', 'protocol')]
import harness
import wire

GOAL = 1 / 3


def build_extension(include, folder):
    """The extension as a library; raises Missing without headers."""
    bin_dir = harness.postgres_bin_dir()
    major = bin_dir.split('/')[-2]
    include = include or f'/usr/include/postgresql/{major}/server'
    if not os.path.exists(include + '/postgres.h'):
        raise harness.Missing(f'{include}/postgres.h is missing: install postgresql-server-dev-{major}, or say --pg-include')
    library = os.path.join(folder, 'launch_worker.so')
    subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-I' + include, '-I/usr/include', '-o', library, os.path.join(HERE, 'launch_worker.c')], check=True)
    return library


def rows(connection, launches):
    """First instructions in µs after the registration, and µs for each launch from beginning to end."""
    start = time.monotonic()
    answer = connection.ask(f'select time_launch() from generate_series(1, {launches})')
    return [int(row[0]) / 1000 for row in answer], (time.monotonic() - start) * 1e6 / launches


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--server', default='build/release/chapters/05-background-workers/worker_lab')
    parser.add_argument('--pg-include', help="the folder of PostgreSQL's postgres.h")
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--launches', type=int, default=100, help='in each round')
    parser.add_argument('--output', default='build/bench/launch.json')
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix='forklore-launch-', dir='/tmp')
    os.chmod(folder, 0o755)
    library = build_extension(options.pg_include, folder)
    ours = harness.Forklore(options.server, roles={})
    theirs = harness.PostgreSQL(roles={}, settings={'shared_preload_libraries': library, 'dynamic_library_path': folder, 'restart_after_crash': 'off'})
    first, whole = {'forklore': [], 'postgresql': []}, {'forklore': [], 'postgresql': []}
    with ours, theirs:
        sessions = {'forklore': wire.session(ours, timeout=60), 'postgresql': wire.session(theirs, timeout=60)}
        sessions['postgresql'].ask(f"create function time_launch() returns int8 language c volatile as '{library}'")
        for session in sessions.values():
            rows(session, 20)
        for _ in range(options.rounds):
            for name, session in sessions.items():
                begun, each = rows(session, options.launches)
                first[name].append(statistics.median(begun))
                whole[name].append(each)
        for session in sessions.values():
            session.close()
    os.remove(library)
    os.rmdir(folder)
    begun = {name: statistics.median(values) for name, values in first.items()}
    ended = {name: statistics.median(values) for name, values in whole.items()}
    ratio = begun['forklore'] / begun['postgresql']
    figures = {
        'first_forklore': {'value': f'{begun["forklore"]:.0f}', 'unit': 'µs', 'what': 'from registering a dynamic worker to its first instruction'},
        'first_postgresql': {'value': f'{begun["postgresql"]:.0f}', 'unit': 'µs', 'what': 'the same in PostgreSQL'},
        'first_ratio': {'value': f'{ratio:.2f}', 'unit': '×', 'what': "ours beside PostgreSQL's"},
        'whole_forklore': {'value': f'{ended["forklore"]:.0f}', 'unit': 'µs', 'what': 'from registering a dynamic worker to hearing of its end'},
        'whole_postgresql': {'value': f'{ended["postgresql"]:.0f}', 'unit': 'µs', 'what': 'the same in PostgreSQL'},
    }
    result = {'title': 'Launching a worker', 'command': './dev bench --launch',
              'machine': f'{os.cpu_count()} processors, Linux {os.uname().release.split("-")[0]}, shared with other work',
              'date': datetime.date.today().isoformat(), 'figures': figures}
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')
    for name in begun:
        print(f'{name}: {begun[name]:.0f} µs to its first instruction, {ended[name]:.0f} µs until its end is known')
    print(f'first instruction: {ratio:.2f} of PostgreSQL\'s (goal: at most {GOAL:.2f}); until its end: {ended["forklore"] / ended["postgresql"]:.2f}')


if __name__ == '__main__':
    sys.exit(main())
