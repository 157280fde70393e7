#!/usr/bin/python3
"""Measures what the pieces of shared memory cost, and the server of chapter 2 beside that of chapter 1.

    python3 tests/bench/shared.py [--build build/release] [--rounds 5] [--seconds 2] [--output book/measured/shared-memory.json]

What is told is processor time: it depends little on what else the machine does. The servers take turns.
"""
import argparse
import contextlib
import datetime
import json
import os
import subprocess
import tempfile

import bench
import harness

PIECES = [('wait', 'saying what one waits for, and that one waits no longer'), ('holding', 'counting that one holds something, and no longer'),
          ('change', 'one change of one’s activity'), ('read', 'reading a slot, the text of its query included'),
          ('slot', 'a slot: given out, taken back'), ('find', 'a hash map of 5,000 entries: finding one'),
          ('insert', 'putting one in, and taking it out again'), ('name', 'finding a structure by its name')]
MEASURES = [('connect_cpu', 'one connection: connect, ready, close', 0), ('prepared_cpu', 'select 1, prepared', 2),
            ('simple_cpu', 'select 1, simple', 2)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default=os.path.join(bench.TOP, 'build/release'))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--output', default=os.path.join(bench.TOP, 'book/measured/shared-memory.json'))
    options = parser.parse_args()
    printed = subprocess.run([os.path.join(options.build, 'tests/bench/shared_costs')], stdout=subprocess.PIPE, text=True, check=True).stdout
    costs = {name: float(value) for name, value in (line.split() for line in printed.splitlines())}
    chapters = {'alone': '01-connections', 'together': '02-shared-memory'}
    samples = {name: {} for name in chapters}
    with tempfile.TemporaryDirectory(prefix='forklore-shared-', dir='/tmp') as folder, contextlib.ExitStack() as stack:
        run = argparse.Namespace(output=folder, seconds=options.seconds, pgbench=harness.program('pgbench', 'postgresql'),
                                 storm=os.path.join(options.build, 'tests/bench/connect_storm'))
        servers = {name: stack.enter_context(harness.Forklore(os.path.join(options.build, 'chapters', chapter, 'server'), settings=bench.SETTINGS))
                   for name, chapter in chapters.items()}
        for _ in range(options.rounds):
            for workload in (bench.connect, bench.select_1('prepared'), bench.select_1('simple')):
                for name, server in servers.items():
                    for measure, value in workload(server, run).items():
                        samples[name].setdefault(measure, []).append(value)
    cpu = bench.medians(samples)
    result = {
        'title': 'The pieces of shared memory, and two servers', 'command': 'python3 tests/bench/shared.py',
        'machine': f'{os.cpu_count()} processors, Linux {os.uname().release.split("-")[0]}, shared with other work',
        'date': datetime.date.today().isoformat(),
        'figures': {name: {'value': f'{costs[name]:,.1f}', 'unit': 'ns', 'what': what} for name, what in PIECES},
        'tables': {'pieces': {'caption': 'Processor time of the pieces, when nobody else is in the way.', 'columns': ['', 'ns'],
                              'rows': [[what, f'{costs[name]:,.1f}'] for name, what in PIECES]},
                   'servers': {'caption': 'Processor time of the server, in µs.', 'columns': ['', 'chapter 1', 'chapter 2', 'ratio'],
                               'rows': [[what, f'{cpu["alone"][key]:,.{digits}f}', f'{cpu["together"][key]:,.{digits}f}',
                                         f'{cpu["together"][key] / cpu["alone"][key]:.2f}'] for key, what, digits in MEASURES]}}}
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')
    for table in result['tables'].values():
        for row in table['rows']:
            print('  '.join(row))


if __name__ == '__main__':
    main()
