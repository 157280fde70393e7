#!/usr/bin/env python3
"""What it costs that one process wakes another: a latch beside a bare futex, in turn in one run; and how long it takes until a session that
waits has been cancelled.

usage: latch.py [--bin build/release] [--round-trips N] [--output book/measured/latch.json]
"""

import argparse
import datetime
import json
import os
import subprocess
import sys

GOAL = 1.3
CANCEL_GOAL = 50     # milliseconds
HERE = os.path.dirname(os.path.abspath(__file__))
CANCEL = os.path.join(HERE, '../../chapters/04-signaling/tests/cancel.py')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--bin', default='build/release')
    parser.add_argument('--round-trips', type=int, default=20_000)
    parser.add_argument('--cancels', type=int, default=50, help='of each wait')
    parser.add_argument('--output', default='build/bench/latch.json')
    options = parser.parse_args()
    out = subprocess.run([f'{options.bin}/tests/bench/latch_round_trip', str(options.round_trips)], check=True, capture_output=True, text=True).stdout
    cost = {line.split()[0]: [float(value) for value in line.split()[1:]] for line in out.splitlines()}
    out = subprocess.run([sys.executable, CANCEL, '--server', f'{options.bin}/chapters/04-signaling/signal_lab', '--measure', str(options.cancels)],
                         check=True, capture_output=True, text=True).stdout
    cancels = [line.split() for line in out.splitlines()]
    ratio = cost['latch'][0] / cost['futex'][0]
    figures = {
        'ratio': {'value': f'{ratio:.2f}', 'unit': '×', 'what': 'two processes wake each other by latches, beside a bare pair of futexes'},
        'round_trip': {'value': f'{cost["latch"][0]:.1f}', 'unit': 'µs', 'what': 'two processes wake each other by latches, there and back'},
        'futex': {'value': f'{cost["futex"][0]:.1f}', 'unit': 'µs', 'what': 'the same by a bare pair of futexes'},
        'set': {'value': f'{cost["set"][0] * 1000:.0f}', 'unit': 'ns', 'what': 'setting a latch whose owner is awake'},
    }
    tables = {'round_trip': {'caption': 'Microseconds for a round trip: to wake another process, and to be woken by it.',
                             'columns': ['', 'elapsed', 'processor time'],
                             'rows': [[name, *(f'{value:.1f}' for value in cost[key])] for key, name in (('latch', 'latch'), ('futex', 'futex'))]},
              'cancel': {'caption': 'Milliseconds from a SIGINT to its effect, in each wait.',
                         'columns': ['wait event', 'median', 'slowest'], 'rows': cancels}}
    result = {'title': 'Waking', 'command': './dev bench --latch',
              'machine': f'{os.cpu_count()} processors, Linux {os.uname().release.split("-")[0]}, shared with other work',
              'date': datetime.date.today().isoformat(), 'figures': figures, 'tables': tables}
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')
    for key in ('latch', 'futex'):
        print(f'{key}: {cost[key][0]:.1f} µs a round trip, {cost[key][1]:.1f} µs of processor time')
    print(f'set, its owner awake: {cost["set"][0] * 1000:.0f} ns')
    for event, median, slowest in cancels:
        print(f'cancelled in {event}: {median} ms, at most {slowest} ms (goal: {CANCEL_GOAL})')
    print(f'round trip: {ratio:.2f} x a bare futex pair (goal: at most {GOAL})')


if __name__ == '__main__':
    main()
