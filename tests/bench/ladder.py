#!/usr/bin/python3
"""The ladder of locks: how often processes take and give back a lock of ours, of POSIX and of Boost.

    python3 tests/bench/ladder.py [--build build/release] [--rounds 11] [--milliseconds 50] [--processes 1,2,8,32]
                                  [--output book/measured/ladder.json]

Each figure is a median over rounds in which the locks take turns, so that whatever else the machine does meets them all. Processor
time for a pair of taking and giving back is steadier than the rate, so both are told.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
NAMES = {'fetch_add': 'two additions, no lock', 'compare_exchange': 'two compare-and-swaps, no lock', 'spinlock': 'SpinLock', 'lwlock': 'LWLock',
         'pthread_mutex': 'pthread_mutex', 'pthread_rwlock': 'pthread_rwlock', 'interprocess_mutex': 'interprocess_mutex',
         'interprocess_sharable_mutex': 'interprocess_sharable_mutex', 'interprocess_upgradable_mutex': 'interprocess_upgradable_mutex',
         'semaphore': 'POSIX semaphore'}
MODES = {'exclusive': 'taken alone', 'shared': 'shared', 'mostly_shared': '95 in 100 shared'}
# What cannot be shared is on the exclusive ladder only, and what is no lock for many only where it is true.
SHARABLE = ['fetch_add', 'lwlock', 'pthread_rwlock', 'interprocess_sharable_mutex', 'interprocess_upgradable_mutex', 'pthread_mutex']


def rungs(mode, processes):
    names = list(NAMES) if mode == 'exclusive' else SHARABLE
    return [name for name in names if processes == 1 or name not in ('compare_exchange',)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default=os.path.join(TOP, 'build/release'))
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--milliseconds', type=int, default=50)
    parser.add_argument('--processes', default='1,2,8,32')
    parser.add_argument('--output', default=os.path.join(TOP, 'book/measured/ladder.json'))
    options = parser.parse_args()
    counts = [int(count) for count in options.processes.split(',')]
    program = os.path.join(options.build, 'tests/bench/lock_ladder')
    rate, cost = {}, {}
    for mode in MODES:
        for processes in counts:
            samples = {name: [] for name in rungs(mode, processes)}
            for _ in range(options.rounds):
                for name, of in samples.items():
                    done = subprocess.run([program, name, mode, str(processes), str(options.milliseconds)], stdout=subprocess.PIPE, text=True,
                                          check=True, timeout=60)
                    of.append([float(word) for word in done.stdout.split()])
            for name, of in samples.items():
                rate[mode, processes, name] = statistics.median(sample[0] for sample in of) / 1e6
                cost[mode, processes, name] = statistics.median(sample[1] for sample in of)
    tables, figures = {}, {}
    for mode, title in MODES.items():
        names = [name for name in NAMES if any((mode, count, name) in cost for count in counts)]
        heads = [f'{count} process{"es" if count > 1 else ""}' for count in counts]

        def cell(table, count, name, form):
            return form(table[mode, count, name]) if (mode, count, name) in table else ''
        tables[mode] = {'caption': f'Nanoseconds of processor time for a pair of taking and giving back; {title}.', 'columns': ['', *heads],
                        'rows': [[NAMES[name], *(cell(cost, count, name, lambda v: f'{v:.1f}') for count in counts)] for name in names]}
        tables[f'{mode}_rate'] = {'caption': f'Million pairs in a second, all processes together; {title}.', 'columns': ['', *heads],
                                  'rows': [[NAMES[name], *(cell(rate, count, name, lambda v: f'{v:.1f}') for count in counts)] for name in names]}
    goals = []
    if 1 in counts:
        ratio = cost['exclusive', 1, 'lwlock'] / cost['exclusive', 1, 'compare_exchange']
        figures['uncontended'] = {'value': f'{ratio:.2f}', 'unit': '×', 'what': 'an uncontended pair, beside two compare-and-swaps'}
        goals.append(f'uncontended: {ratio:.2f} x two compare-and-swaps (goal: at most 1.5)')
    if 8 in counts:
        for key, other, goal in (('rwlock', 'pthread_rwlock', 2), ('sharable', 'interprocess_sharable_mutex', 5)):
            ratio = rate['shared', 8, 'lwlock'] / rate['shared', 8, other]
            figures[f'shared_{key}'] = {'value': f'{ratio:.1f}', 'unit': '×', 'what': f'shared by 8 processes, beside {other}'}
            goals.append(f'shared, 8 processes: {ratio:.1f} x {other} (goal: at least {goal})')
        ratio = rate['mostly_shared', 8, 'lwlock'] / rate['mostly_shared', 8, 'pthread_rwlock']
        figures['mostly_rwlock'] = {'value': f'{ratio:.2f}', 'unit': '×', 'what': '95 in 100 shared by 8 processes, beside pthread_rwlock'}
    # What it costs that a word travels from processor to processor.
    for count, key in ((1, 'bare_one'), (2, 'bare_two')):
        if count in counts:
            figures[key] = {'value': f'{cost["shared", count, "fetch_add"]:.1f}', 'unit': 'ns',
                            'what': f'two additions to one word and a look at another, {count} process{"es" if count > 1 else ""}'}
    for count, key in ((1, 'open_one'), (32, 'open_many')):
        if count in counts:
            figures[key] = {'value': f'{cost["shared", count, "lwlock"]:.1f}', 'unit': 'ns',
                            'what': f'an LWLock that is only ever shared, by {count} process{"es" if count > 1 else ""}'}
    for count in counts[1:]:
        others = [name for name in NAMES if name not in ('fetch_add', 'compare_exchange', 'spinlock', 'lwlock')]
        best = max(others, key=lambda name: rate['exclusive', count, name])
        ratio = rate['exclusive', count, 'lwlock'] / rate['exclusive', count, best]
        figures[f'exclusive_{count}'] = {'value': f'{ratio:.1f}', 'unit': '×', 'what': f'taken alone by {count} processes, beside {NAMES[best]}, the best of the others'}
        goals.append(f'exclusive, {count} processes: {ratio:.2f} x the best other, {best} (goal: at least 1)')
    result = {'title': 'The ladder of locks', 'command': 'python3 tests/bench/ladder.py',
              'machine': f'{os.cpu_count()} processors, Linux {os.uname().release.split("-")[0]}, shared with other work',
              'date': datetime.date.today().isoformat(), 'figures': figures, 'tables': tables}
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')
    for table in tables.values():
        print(table['caption'])
        for row in [table['columns'], *table['rows']]:
            print(f'  {row[0]:32}' + ''.join(f'{cell:>14}' for cell in row[1:]))
    print('\n'.join(goals))


if __name__ == '__main__':
    main()
