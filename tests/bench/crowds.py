#!/usr/bin/python3
"""Measures what chapter 1 says of crowds: what a client sees while nobody accepts, and how many who say nothing keep others out.

    python3 tests/bench/crowds.py [--program build/release/forklore] [--output book/measured/crowds.json]
"""
import argparse
import contextlib
import datetime
import errno
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, '../..'))
sys.path[:0] = [os.path.join(HERE, '../clients'), HERE]
import harness

BACKLOG = 8
ROUNDS = 5
CROWD = 400


def kernel(name):
    with open('/proc/sys/' + name.replace('.', '/')) as f:
        return f.read().strip()


@contextlib.contextmanager
def full_queue(family, folder):
    """A listener from whose queue nobody takes, and clients that fill it. Gives the listener and the clients."""
    listener = socket.socket(family)
    listener.bind(('127.0.0.1', 0) if family == socket.AF_INET else os.path.join(folder, f'socket{time.monotonic_ns()}'))
    listener.listen(BACKLOG)
    clients = []
    with contextlib.ExitStack() as stack:
        stack.callback(listener.close)
        while True:
            client = stack.enter_context(socket.socket(family))
            client.setblocking(False)
            error = client.connect_ex(listener.getsockname())
            if error == errno.EAGAIN:
                break
            # Over the loopback a connection stands at once, or the first packet of it was dropped.
            if error == errno.EINPROGRESS and not select.select([], [client], [], 0.1)[1]:
                client.close()
                break
            clients.append(client)
        yield listener, clients


def wait_for_room(family, folder, after):
    """How long a client that is ready to wait waits in connect(), if room is made after so many seconds."""
    with full_queue(family, folder) as (listener, _), socket.socket(family) as late:
        taken = []
        maker = threading.Timer(after, lambda: taken.append(listener.accept()[0]))
        maker.start()
        before = time.monotonic()
        late.connect(listener.getsockname())
        took = time.monotonic() - before
        maker.join()
        taken[0].close()
        return took


def refused_after(folder):
    """How long a client that does not want to wait takes to hear that a Unix socket's queue is full."""
    with full_queue(socket.AF_UNIX, folder) as (listener, _), socket.socket(socket.AF_UNIX) as late:
        late.setblocking(False)
        before = time.monotonic()
        assert late.connect_ex(listener.getsockname()) == errno.EAGAIN
        return time.monotonic() - before


def silent_until_refused(server):
    """How many clients that connect and say nothing it takes until somebody with good manners is sent away; None if never."""
    psql = [harness.program('psql', 'postgresql-client'), '-Atc', 'select 1']
    environment = server.environment(PGHOST=server.socket_dir)
    with contextlib.ExitStack() as stack:
        for n in range(1, CROWD + 1):
            silent = stack.enter_context(socket.create_connection((server.host, server.port)))
            silent.setblocking(False)
            # Each has a process, or was sent away at once, before the next comes; only where that matters is it waited for.
            if n < 150 or n % 2 == 1:
                continue
            harness.wait_until(lambda: len(server.client_children()) >= min(n, 190) or select.select([silent], [], [], 0)[0], 10,
                               'a process for the client')
            done = subprocess.run(psql, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if 'too many clients' in done.stdout:
                return n
            assert done.stdout.strip() == '1', done.stdout
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', default=os.path.join(TOP, 'build/release/forklore'))
    parser.add_argument('--output', default=os.path.join(TOP, 'book/measured/crowds.json'))
    options = parser.parse_args()
    figures = {}

    def figure(key, value, unit, what):
        figures[key] = {'value': value, 'unit': unit, 'what': what}
        print(f'{what}: {value} {unit}')

    with tempfile.TemporaryDirectory(prefix='forklore-crowds-', dir='/tmp') as folder:
        def median(function, *arguments):
            return statistics.median(function(*arguments) for _ in range(ROUNDS))

        for family, name in ((socket.AF_INET, 'TCP'), (socket.AF_UNIX, 'a Unix socket')):
            with full_queue(family, folder) as (_, clients):
                figure(f'queue_{"tcp" if family == socket.AF_INET else "unix"}', f'{len(clients)}', '',
                       f'clients that find a place in the accept queue of listen(fd, {BACKLOG}), {name}')
        figure('tcp_room_at_once', f'{median(wait_for_room, socket.AF_INET, folder, 0.1):.2f}', 's',
               'connect over TCP to a full queue, room after 0.1 s')
        figure('tcp_room_later', f'{median(wait_for_room, socket.AF_INET, folder, 1.5):.2f}', 's',
               'connect over TCP to a full queue, room after 1.5 s')
        figure('unix_room_at_once', f'{median(wait_for_room, socket.AF_UNIX, folder, 0.1):.2f}', 's',
               'connect to the full queue of a Unix socket, room after 0.1 s')
        figure('unix_refused', f'{median(refused_after, folder) * 1e6:.0f}', 'µs',
               'the same from a client that does not wait: EAGAIN')
    for server in (harness.PostgreSQL(hba='local all all trust\nhost all all 127.0.0.1/32 trust\n'),
                   harness.Forklore(options.program, hba='local all all trust\nhost all all 127.0.0.1/32 trust\n')):
        with server:
            found = silent_until_refused(server)
        name = 'postgresql' if isinstance(server, harness.PostgreSQL) else 'forklore'
        figure(f'silent_{name}', f'{found}' if found else f'more than {CROWD}', '',
               f'clients that say nothing until nobody else comes in, settings as installed: {name}')
    version = subprocess.run([harness.postgres_bin_dir() + '/postgres', '--version'], stdout=subprocess.PIPE, text=True).stdout.strip()
    result = {
        'title': 'Crowds: a full accept queue, and clients that say nothing', 'command': 'python3 tests/bench/crowds.py',
        'machine': f'Linux {os.uname().release.split("-")[0]}, net.core.somaxconn = {kernel("net.core.somaxconn")}, tcp_syncookies = '
                   f'{kernel("net.ipv4.tcp_syncookies")}, tcp_abort_on_overflow = {kernel("net.ipv4.tcp_abort_on_overflow")}; {version}',
        'date': datetime.date.today().isoformat(), 'figures': figures}
    with open(options.output, 'w') as f:
        json.dump(result, f, indent=1, ensure_ascii=False)
        f.write('\n')


if __name__ == '__main__':
    main()
