#!/usr/bin/python3
"""Measures the four ways of chapter 1 to serve several clients, and what the pieces of a connection cost.

    python3 tests/bench/ways.py [--build build/release] [--rounds 5] [--seconds 2] [--output book/measured/ways.json]

Each way is a server that answers with canned bytes; eight clients connect, wait until it is ready, leave and come again. What is
told is the processor time that a server's processes use for one connection: it depends little on what else the machine does.
"""
import argparse
import datetime
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, '../..'))
sys.path[:0] = [os.path.join(HERE, '../clients'), HERE]
import harness

WAYS = [('one_at_a_time', 'one at a time'), ('event_loop', 'event loop'), ('thread_each', 'a thread for each'),
        ('fork_each', 'a process for each')]
COSTS = {'listener': 'a TCP listener: made, closed', 'accept_tcp': 'a connection over TCP: connected, accepted, closed at both ends',
         'accept_unix': 'the same through a Unix socket',
         'fork': 'a process that does nothing: made, ended, buried', 'thread': 'a thread that does nothing: made, ended, joined',
         'socketpair': 'a pair of connected sockets: made, closed', 'fork_64': 'the same process from a parent with 64 MiB in use',
         'fork_256': 'the same process from a parent with 256 MiB in use'}


def listens(path):
    """Whether somebody listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def ended(pid):
    """Whether a process has ended; it may still wait to be buried."""
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rpartition(')')[2].split()[0] == 'Z'
    except FileNotFoundError:
        return True


def one(options, way, folder):
    """Processor microseconds of a server for one connection."""
    path = os.path.join(folder, way)
    process = subprocess.Popen([os.path.join(options.build, 'chapters/01-connections', way), path])
    try:
        harness.wait_until(lambda: listens(path), what=way)
        before = harness.cpu_seconds(process.pid)
        clients = '1' if way == 'one_at_a_time' else '8'        # more would wait for the first one to leave
        done = subprocess.run([os.path.join(options.build, 'tests/bench/connect_storm'), path, 'any', clients, str(options.seconds)],
                              stdout=subprocess.PIPE, text=True, check=True)
        harness.wait_until(lambda: all(ended(child) for child in harness.children_of(process.pid)), what='the last client to be gone')
        return (harness.cpu_seconds(process.pid) - before) / float(done.stdout.split()[0]) * 1e6
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default=os.path.join(TOP, 'build/release'))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--output', default=os.path.join(TOP, 'book/measured/ways.json'))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='forklore-ways-', dir='/tmp') as folder:
        samples = {way: [] for way, _ in WAYS}
        for _ in range(options.rounds):
            for way, _ in WAYS:
                samples[way].append(one(options, way, folder))
    cpu = {way: statistics.median(values) for way, values in samples.items()}
    printed = subprocess.run([os.path.join(options.build, 'tests/bench/costs')], stdout=subprocess.PIPE, text=True, check=True).stdout
    costs = {name: float(value) for name, value in (line.split() for line in printed.splitlines())}
    result = {
        'title': 'Four ways to serve, and what they are made of', 'command': 'python3 tests/bench/ways.py',
        'machine': f'{os.cpu_count()} processors, Linux {os.uname().release.split("-")[0]}, shared with other work',
        'date': datetime.date.today().isoformat(),
        'figures': {name: {'value': f'{costs[name]:,.0f}', 'unit': 'µs', 'what': what} for name, what in COSTS.items()},
        'tables': {'ways': {
            'caption': 'Processor time of the server for one connection: connect, ready, leave.', 'columns': ['', 'µs', 'beside the event loop'],
            'rows': [[name, f'{cpu[way]:,.0f}', f'{cpu[way] / cpu["event_loop"]:.1f} ×'] for way, name in WAYS]},
            'pieces': {'caption': 'Processor time of the pieces.', 'columns': ['', 'µs'],
                       'rows': [[what, f'{costs[name]:,.0f}'] for name, what in COSTS.items()]}}}
    os.makedirs(os.path.dirname(options.output), exist_ok=True)
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')
    for table in result['tables'].values():
        for row in table['rows']:
            print('  '.join(row))


if __name__ == '__main__':
    main()
