#!/usr/bin/python3
"""Measures a server against the installed PostgreSQL in the same run, turn by turn, and prints ratios beside their goals.

    ./dev bench [--quick] [--only WORDS]      the release build of forklore, PostgreSQL and the bare responder

The figures go to the terminal, and to results.json, results.md and results.svg in --output. Each is a median over rounds
in which the servers take turns, so that whatever else the machine does meets them all. Times on a shared machine are noisy;
the CPU time that a server's processes use for one operation is steadier, so it is told beside every rate.
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, '../..'))
sys.path[:0] = [os.path.join(HERE, '../clients'), os.path.join(HERE, '../protocol'), HERE]
import harness
import plot
import wire

SETTINGS = {'max_connections': '150'}
IDLE_BACKENDS = 100
SERIES = 'select count(*), sum(i) from generate_series(1, 10000000) i'

# Key, what it is, its unit, what is better, the goal (as a bound of ours ÷ PostgreSQL, or of our own figure), figures' digits.
MEASURES = [
    ('connect_rate', 'connect, ready, close: 8 at once', '/s', 'more', ('ratio', 6), 0),
    ('connect_cpu', '… server CPU for one connection', 'µs', 'less', ('ratio', 1 / 6), 0),
    ('connect_faults', '… page faults for one connection', '', 'less', None, 0),
    ('connect_ms', '… median time until ready', 'ms', 'less', None, 2),
    ('prepared_rate', 'select 1, prepared: 4 clients', '/s', 'more', None, 0),
    ('prepared_cpu', '… server CPU for one statement', 'µs', 'less', ('ratio', 0.85), 2),
    ('simple_rate', 'select 1, simple: 4 clients', '/s', 'more', None, 0),
    ('simple_cpu', '… server CPU for one statement', 'µs', 'less', ('ratio', 0.90), 2),
    ('idle_private', 'idle connection: private memory', 'KiB', 'less', ('value', 300), 0),
    ('idle_tables', '… with its page tables', 'KiB', 'less', ('value', 400), 0),
    ('used_private', '… private memory after select 1', 'KiB', 'less', None, 0),
    ('series_ms', 'count and sum of 10 million rows', 'ms', 'less', ('rate', 2), 0),
] + [measure for key, what, rate_goal, cpu_goal in [
    ('1', 'NOTIFY, 1 notifier, 1 listener: delivered', 2, 1 / 2), ('16', 'NOTIFY, 1 notifier, 16 listeners: delivered', 2, 1 / 2),
    ('100', 'NOTIFY, 1 notifier, 100 listeners: delivered', 2, 1 / 2),
    ('elsewhere', 'NOTIFY, 1 listener, 100 sessions that listen elsewhere', 20, None),
    ('many', 'NOTIFY, 16 notifiers, 1 listener', 2, None)] for measure in (
        (f'notify_{key}_rate', what, '/s', 'more', ('ratio', rate_goal), 0),
        (f'notify_{key}_turns', '… when each statement awaits the answer to the last', '/s', 'more', None, 0),
        (f'notify_{key}_cpu', '… server CPU for one delivery', 'µs', 'less', cpu_goal and ('ratio', cpu_goal), 1),
        (f'notify_{key}_p99', '… 99th percentile of the time until it is delivered', 'ms', 'less', ('ratio', 1), 2))]


class Bare:
    """The limit: a program that forks and answers with canned bytes."""
    name = 'bare responder'
    port = 5432

    def __init__(self, program):
        self.root = harness.tempfile.mkdtemp(prefix='forklore-bare-', dir='/tmp')
        self.socket_dir = self.root
        self.program = program

    def __enter__(self):
        self.process = subprocess.Popen([self.program, f'{self.root}/.s.PGSQL.{self.port}'])
        harness.wait_until(lambda: os.path.exists(f'{self.root}/.s.PGSQL.{self.port}'), what='the bare responder')
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        harness.shutil.rmtree(self.root, ignore_errors=True)

    @property
    def pid(self):
        return self.process.pid

    def client_children(self):
        return harness.children_of(self.pid)

    environment = harness.Server.environment
    host = '127.0.0.1'


def nobody_left(server):
    harness.wait_until(lambda: not server.client_children(), 20, 'the last client to be gone')


class Cpu:
    """The CPU time of all of a server's processes, those that have ended included, in seconds."""
    def __init__(self, server):
        self.server = server
        nobody_left(server)
        self.before = harness.cpu_seconds(server.pid)

    def used(self):
        nobody_left(self.server)        # their time counts when the postmaster has reaped them
        return harness.cpu_seconds(self.server.pid) - self.before


# --- workloads: each takes a server and gives some of the measures -----------------------------------------------------

def connect(server, options):
    cpu = Cpu(server)
    faults = harness.page_faults(server.pid)
    done = subprocess.run([options.storm, f'{server.socket_dir}/.s.PGSQL.{server.port}', harness.SUPERUSER, '8',
                           str(options.seconds)],
                          stdout=subprocess.PIPE, text=True, check=True)
    count, seconds, median = (float(x) for x in done.stdout.split())
    return {'connect_rate': count / seconds, 'connect_cpu': cpu.used() / count * 1e6, 'connect_ms': median,
            'connect_faults': (harness.page_faults(server.pid) - faults) / count}


def select_1(mode):
    def run(server, options):
        script = os.path.join(options.output, 'select_1.sql')
        with open(script, 'w') as f:
            f.write('select 1;\n')
        cpu = Cpu(server)
        done = subprocess.run([options.pgbench, '-n', '-f', script, '-M', mode, '-c', '4', '-j', '2', '-T',
                               str(max(1, round(options.seconds)))],
                              env=server.environment(PGHOST=server.socket_dir), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        assert done.returncode == 0, done.stdout
        count = int(re.search(r'actually processed: (\d+)', done.stdout).group(1))
        rate = float(re.search(r'tps = ([\d.]+)', done.stdout).group(1))
        return {f'{mode}_rate': rate, f'{mode}_cpu': cpu.used() / count * 1e6}
    return run


def memory(pid):
    """Private memory of a process, and the same with its page tables, in KiB."""
    with open(f'/proc/{pid}/smaps_rollup') as f:
        private = sum(int(x) for x in re.findall(r'^Private_(?:Clean|Dirty): +(\d+)', f.read(), re.M))
    with open(f'/proc/{pid}/status') as f:
        return private, private + int(re.search(r'^VmPTE:\s+(\d+)', f.read(), re.M).group(1))


def idle(server, options):
    nobody_left(server)
    sessions = [wire.session(server, by_socket=True) for _ in range(IDLE_BACKENDS)]
    children = server.client_children()
    assert len(children) >= IDLE_BACKENDS, f'{len(children)} processes for {IDLE_BACKENDS} connections'
    fresh = [memory(pid) for pid in children]
    for s in sessions:
        s.ask('select 1')
    used = [memory(pid) for pid in children]
    for s in sessions:
        s.close()
    return {'idle_private': statistics.median(p for p, _ in fresh), 'idle_tables': statistics.median(t for _, t in fresh),
            'used_private': statistics.median(p for p, _ in used)}


def series(server, options):
    with wire.session(server, timeout=120, by_socket=True) as c:
        began = time.monotonic()
        rows = c.ask(SERIES)
        took = time.monotonic() - began
    assert rows == [('10000000', '50000005000000')], rows
    return {'series_ms': took * 1e3}


STATEMENTS_AHEAD = 64  # that all notifiers together have sent and that the server has not answered


def notify(key, listeners, elsewhere, notifiers):
    """How many notifications a server delivers when it never lacks work, and how long one takes when it is alone."""
    def storm(server, options, ahead):
        done = subprocess.run([options.notify_storm, f'{server.socket_dir}/.s.PGSQL.{server.port}', harness.SUPERUSER, str(listeners),
                               str(elsewhere), str(notifiers), str(ahead), str(options.seconds)],
                              stdout=subprocess.PIPE, text=True, check=True)
        _, delivered, seconds, _, p99 = (float(x) for x in done.stdout.split())
        return delivered, delivered / seconds, p99

    def run(server, options):
        cpu = Cpu(server)
        delivered, rate, _ = storm(server, options, STATEMENTS_AHEAD // notifiers)
        used = cpu.used() / delivered * 1e6
        _, turns, p99 = storm(server, options, 1)
        return {f'notify_{key}_rate': rate, f'notify_{key}_turns': turns, f'notify_{key}_cpu': used, f'notify_{key}_p99': p99}
    return run


WORKLOADS = [('connect', connect, True), ('select 1 prepared', select_1('prepared'), True),
             ('select 1 simple', select_1('simple'), True), ('idle memory', idle, True),
             ('series', series, False),
             ('notify 1', notify('1', 1, 0, 1), False), ('notify 16', notify('16', 16, 0, 1), False),
             ('notify 100', notify('100', 100, 0, 1), False), ('notify elsewhere', notify('elsewhere', 1, 100, 1), False),
             ('notify many', notify('many', 1, 0, 16), False)]     # whether the bare responder can answer it


# --- figures -----------------------------------------------------------------------------------------------------------

def goal_text(goal):
    if goal is None:
        return ''
    kind, bound = goal
    if kind == 'value':
        return f'≤ {bound:g}'
    if kind == 'rate':
        return f'≤ {1 / bound:.2f} ({bound:g} × as fast)'
    return f'≥ {bound:g}' if bound > 1 else f'≤ {bound:.2f}'


def met(measure, figures):
    """Whether the goal is met: True, False, or None where there is none."""
    key, _, _, better, goal, _ = measure
    if goal is None or 'forklore' not in figures or ('postgresql' not in figures and goal[0] != 'value'):
        return None
    ours = figures['forklore']
    if goal[0] == 'value':
        return ours <= goal[1]
    ratio = ours / figures['postgresql']
    return ratio <= 1 / goal[1] if goal[0] == 'rate' else ratio >= goal[1] if better == 'more' else ratio <= goal[1]


def medians(samples):
    return {server: {key: statistics.median(values) for key, values in of_server.items()} for server,
            of_server in samples.items()}


def table(figures):
    """Rows of text: the measure, each server's figure, the ratio, the goal, whether it is met."""
    rows = [('', 'forklore', 'PostgreSQL', 'bare fork', 'ratio', 'goal', '')]
    for measure in MEASURES:
        key, what, unit, _, goal, digits = measure
        of = {server: f[key] for server, f in figures.items() if key in f}
        if not of:
            continue
        cells = [f'{of[s]:,.{digits}f}' if s in of else '–' for s in ('forklore', 'postgresql', 'bare')]
        ratio = of['forklore'] / of['postgresql'] if 'forklore' in of and of.get('postgresql') else None
        ok = met(measure, of)
        rows.append((f'{what} ({unit})' if unit else what, *cells, f'{ratio:.2f}' if ratio is not None else '–', goal_text(goal),
                     '' if ok is None else 'met' if ok else 'MISSED'))
    return rows


def print_table(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for n, row in enumerate(rows):
        print('  '.join(cell.ljust(w) if i == 0 or i > 4 else cell.rjust(w) for i,
                        (cell, w) in enumerate(zip(row, widths))).rstrip())
        if n == 0:
            print('  '.join('-' * w for w in widths))


def markdown(rows, about):
    lines = ['| ' + ' | '.join(rows[0]) + ' |', '|---' + '|---:' * 4 + '|---' * 2 + '|']
    lines += ['| ' + ' | '.join(row) + ' |' for row in rows[1:]]
    return '\n'.join(lines) + f'\n\n{about["machine"]}; {about["postgresql"]}; medians of {about["rounds"]} rounds of {about["seconds"]:g} s, in turn.\n'


def measured(rows, figures, about):
    """The figures in the form in which the book takes them (book/README.md, "Measured figures")."""
    units = {measure[0]: (measure[1], measure[2], measure[5]) for measure in MEASURES}
    shown = [i for i in range(5) if any(row[i] != '–' for row in rows[1:])]  # columns in which something was measured
    bare = ', and a program that only forks' if 3 in shown else ''
    return {'title': f'This server and PostgreSQL{bare}', 'command': f'./dev bench --server {about["server"]} --book FILE',
            'machine': f'{about["machine"]}; {about["postgresql"]}; medians of {about["rounds"]} rounds', 'date': about['date'],
            'figures': {f'{server}.{key}': {'value': f'{value:,.{units[key][2]}f}', 'unit': units[key][1], 'what': f'{server}: {units[key][0]}'}
                        for server, of in figures.items() for key, value in of.items() if key in units},
            'tables': {'all': {'caption': 'Servers in the same run, turn by turn. Ratio: this server to PostgreSQL.',
                               'columns': [rows[0][i] for i in shown], 'rows': [[row[i] for i in shown] for row in rows[1:]]}}}


def about_this_run(options, postgres):
    try:
        with open('/proc/cpuinfo') as f:
            cpu = re.search(r'model name\s*: (.*)', f.read()).group(1)
    except (OSError, AttributeError):
        cpu = platform.machine()
    version = subprocess.run([postgres.bin + '/postgres', '--version'], stdout=subprocess.PIPE,
                             text=True).stdout.strip() if postgres else 'no PostgreSQL'
    return {'server': os.path.relpath(options.server, TOP), 'machine': f'{os.cpu_count()} processors ({cpu}), Linux {platform.release()}', 'postgresql': version,
            'rounds': options.rounds, 'seconds': options.seconds,
            'date': datetime.date.today().isoformat(), 'load_before': os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = os.path.join(TOP, 'build/release')
    parser.add_argument('--server', default=os.path.join(build, 'forklore'), help='default: build/release/forklore')
    parser.add_argument('--programs', default=os.path.join(build, 'tests/bench'),
                        help='where connect_storm and bare_responder lie')
    parser.add_argument('--quick', action='store_true', help='two short rounds: a first look')
    parser.add_argument('--rounds', type=int, default=None, help='default 5')
    parser.add_argument('--seconds', type=float, default=None, help='of each measurement; default 4')
    parser.add_argument('--only', default='', help='only workloads whose name holds this: ' + ', '.join(w[0] for w in WORKLOADS))
    parser.add_argument('--without', default='', help='leave out servers: forklore, postgresql, bare (comma between)')
    parser.add_argument('--book', help='also write the figures to this file of the book (book/measured/NAME.json)')
    parser.add_argument('--output', default=os.path.join(TOP, 'build/bench'), help='folder of the results')
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 4)
    options.storm = os.path.join(options.programs, 'connect_storm')
    options.notify_storm = os.path.join(options.programs, 'notify_storm')
    os.makedirs(options.output, exist_ok=True)
    without = options.without.split(',')
    try:
        options.pgbench = harness.program('pgbench', 'postgresql')
        servers = {}
        if 'forklore' not in without:
            servers['forklore'] = harness.Forklore(options.server, settings=SETTINGS)
        if 'postgresql' not in without:
            servers['postgresql'] = harness.PostgreSQL(settings=SETTINGS)
        if 'bare' not in without:
            servers['bare'] = Bare(os.path.join(options.programs, 'bare_responder'))
    except harness.Missing as e:
        sys.exit(f'bench: {e}')
    about = about_this_run(options, servers.get('postgresql'))
    if about['load_before'] > 0.5 * os.cpu_count():
        print(f'bench: the machine is busy (load {about["load_before"]:.1f}): trust the CPU times and ratios more than the rates',
              file=sys.stderr)
    samples = {name: {} for name in servers}
    with harness.contextlib.ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        for name, workload, for_bare in WORKLOADS:
            if options.only and options.only not in name:
                continue
            # one memory figure is as good as five
            for number in range(1 if workload is idle else options.rounds):
                print(f'\r\033[K{name}: round {number + 1}' if sys.stderr.isatty() else f'{name}: round {number + 1}',
                      end='' if sys.stderr.isatty() else '\n', file=sys.stderr, flush=True)
                for key, server in servers.items():
                    if key != 'bare' or for_bare:
                        for measure, value in workload(server, options).items():
                            samples[key].setdefault(measure, []).append(value)
        if sys.stderr.isatty():
            print('\r\033[K', end='', file=sys.stderr)
    figures = medians(samples)
    rows = table(figures)
    print_table(rows)
    print(f'\n{about["machine"]}; {about["postgresql"]}\nratio: forklore ÷ PostgreSQL, medians of {options.rounds} rounds in turn')
    results = {'about': about, 'medians': figures, 'samples': samples,
               'goals': {m[0]: {'text': goal_text(m[4]),
                                'met': met(m, {s: f[m[0]] for s, f in figures.items() if m[0] in f})} for m in MEASURES if m[4]}}
    with open(os.path.join(options.output, 'results.json'), 'w') as f:
        json.dump(results, f, indent=1, ensure_ascii=False)
    with open(os.path.join(options.output, 'results.md'), 'w') as f:
        f.write(markdown(rows, about))
    with open(os.path.join(options.output, 'results.svg'), 'w') as f:
        f.write(plot.ratios(MEASURES, figures))
    if options.book:
        with open(options.book, 'w') as f:
            json.dump(measured(rows, figures, about), f, indent=1, ensure_ascii=False)
            f.write('\n')
    print(f'results: {os.path.relpath(options.output)}/results.json, .md, .svg')


if __name__ == '__main__':
    main()
