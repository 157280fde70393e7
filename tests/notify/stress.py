#!/usr/bin/python3
"""LISTEN and NOTIFY under load: many listeners and notifiers, rollbacks, savepoints, cancels, and listeners that are killed.

    stress.py --server PROGRAM [--seed N] [--rounds N] [--listeners N] [--messages N]
    stress.py --postgres …                     the same of a real PostgreSQL, without the kills

One listener, the recorder, listens to every channel. What it got must be exactly what was committed, each transaction in one piece and each
notifier's in its order. What any other listener got must be what the recorder got on its channels: all of it, or from the moment
on at which it came.
"""
import argparse
import os
import random
import select
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../clients'))
import harness
from harness import SKIPPED, wait_until

try:
    import psycopg2
    import psycopg2.extensions
except ModuleNotFoundError:
    psycopg2 = None

CHANNELS = [f'c{i}' for i in range(6)]
LAST = 'the last one'


def connect(server):
    c = psycopg2.connect(host=server.host, port=server.port, user='tester', dbname='postgres', sslmode='disable')
    c.autocommit = True
    return c


class Listener:
    def __init__(self, server, channels):
        self.connection = connect(server)
        self.pid = self.connection.get_backend_pid()
        self.channels = set(channels)
        self.got = []          # (channel, payload)
        self.gone = self.victim = False
        with self.connection.cursor() as c:
            c.execute('; '.join(f'listen {channel}' for channel in channels) + '; listen done')

    def hear(self):
        try:
            self.connection.poll()
        except psycopg2.Error:
            self.gone = True
        for n in self.connection.notifies:
            self.got.append((n.channel, n.payload))
        self.connection.notifies.clear()

    def finished(self):
        return self.gone or bool(self.got) and self.got[-1] == ('done', LAST)


class Notifier(threading.Thread):
    """Tells something in transactions of all kinds, and remembers what was committed."""
    def __init__(self, server, number, seed, messages):
        super().__init__()
        self.random = random.Random(f'{seed} {number}')
        self.connection = connect(server)
        self.number, self.messages = number, messages
        self.committed = []    # a list of (channel, payload) for each transaction
        self.next = 0
        self.failed = None
        self.cancelled = 0

    def told(self):
        self.next += 1
        size = self.random.choice([0, 0, 0, 10, 100, 3000 if self.random.random() < 0.05 else 30])
        return self.random.choice(CHANNELS), f'{self.number}:{self.next}:' + 'x' * size

    def transaction(self, c):
        kept, random = [], self.random
        c.execute('begin')
        for _ in range(random.randint(1, 12)):
            what = random.random()
            if what < 0.15:
                c.execute('savepoint s')
                inside = [self.told() for _ in range(random.randint(0, 4))]
                for channel, payload in inside:
                    c.execute('select pg_notify(%s, %s)', (channel, payload))
                if random.random() < 0.5:
                    c.execute('rollback to s')
                else:
                    c.execute('release s')
                    kept += inside
            elif what < 0.2 and kept:
                c.execute('select pg_notify(%s, %s)', random.choice(kept))    # told before: it collapses
            elif what < 0.23:
                c.execute('select pg_sleep(0.005)')
            else:
                channel, payload = self.told()
                c.execute(f"notify {channel}, '{payload}'")
                kept.append((channel, payload))
        if random.random() < 0.15:
            c.execute('rollback')
            return []
        c.execute('commit')
        return kept

    def run(self):
        try:
            done = 0
            with self.connection.cursor() as c:
                while done < self.messages:
                    try:
                        kept = self.transaction(c)
                        if kept:
                            self.committed.append(kept)
                        done += len(kept)
                    except psycopg2.errors.QueryCanceled:
                        self.cancelled += 1
                        c.execute('rollback')
        except Exception as e:      # told by the main thread
            self.failed = e


def expected_of(listener, order):
    return [m for m in order if m[0] in listener.channels or m[0] == 'done']


def run(server, options):
    rng = random.Random(options.seed)
    recorder = Listener(server, CHANNELS)
    listeners = [Listener(server, rng.sample(CHANNELS, rng.randint(1, 3))) for _ in range(options.listeners)]
    late = []                   # they came in the middle
    everybody = [recorder] + listeners
    notifiers = [Notifier(server, i, options.seed, options.messages // options.notifiers) for i in range(options.notifiers)]
    boss = connect(server)
    begin = time.monotonic()
    for n in notifiers:
        n.start()
    kills = terminations = 0
    while any(n.is_alive() for n in notifiers):
        ready = select.select([x.connection for x in everybody if not x.gone], [], [], 0.01)[0]
        for x in everybody:
            if x.connection in ready:
                x.hear()
        if rng.random() < 0.2:
            n = rng.choice(notifiers)
            if n.is_alive():
                n.connection.cancel()
        alive = [x for x in everybody[1:] if not x.gone]
        if rng.random() < options.kills and len(alive) > options.listeners // 2:
            victim = rng.choice(alive)
            victim.victim = True
            if rng.random() < 0.5:
                with boss.cursor() as c:
                    c.execute('select pg_terminate_backend(%s)', (victim.pid,))
                terminations += 1
            else:
                os.kill(victim.pid, signal.SIGKILL)
                kills += 1
            wait_until(lambda: (victim.hear(), victim.gone)[1], what='the victim to be gone')
            newcomer = Listener(server, rng.sample(CHANNELS, 2))
            late.append(newcomer)
            everybody.append(newcomer)
    seconds = time.monotonic() - begin
    for n in notifiers:
        n.join()
        if n.failed:
            raise AssertionError(f'notifier {n.number}: {n.failed!r}')
    with boss.cursor() as c:
        c.execute(f"notify done, '{LAST}'")
    deadline = time.monotonic() + 60
    while not all(x.finished() for x in everybody):
        if time.monotonic() > deadline:
            missing = [x.pid for x in everybody if not x.finished()]
            raise AssertionError(f'sessions {missing} did not get the last message')
        for x in everybody:
            if not x.finished():
                x.hear()
        time.sleep(0.01)

    # The recorder got what was committed, and nothing else.
    order = recorder.got
    committed = {}
    for n in notifiers:
        for number, transaction in enumerate(n.committed):
            for m in transaction:
                committed[m] = (n.number, number)
    assert order[-1] == ('done', LAST), order[-1]
    got = order[:-1]
    assert len(got) == len(set(got)), f'{len(got) - len(set(got))} messages came twice'
    assert set(got) == set(committed), f'{len(set(committed) - set(got))} messages are lost, {len(set(got) - set(committed))} were never committed'
    position = 0                # each transaction in one piece, each notifier's in its order
    next_of = [0] * len(notifiers)
    while position < len(got):
        who, number = committed[got[position]]
        assert number == next_of[who], f'transaction {number} of notifier {who} came after {next_of[who]}'
        transaction = notifiers[who].committed[number]
        assert got[position:position + len(transaction)] == transaction, f'transaction {number} of notifier {who} is torn'
        position += len(transaction)
        next_of[who] += 1
    for x in everybody:
        assert not x.gone or x.victim, f'listener {x.pid} lost its connection, and nobody has killed it'
    survivors = 0
    for x in listeners:
        want = expected_of(x, order)
        if x.gone:
            assert x.got == want[:len(x.got)], f'listener {x.pid}, killed, did not get a beginning of what was told'
        else:
            assert x.got == want, f'listener {x.pid} got {len(x.got)} messages of {len(want)}, or in another order'
            survivors += 1
    for x in late:
        want = expected_of(x, order)
        if not x.gone:
            assert x.got == want[len(want) - len(x.got):], f'listener {x.pid}, who came late, did not get the rest of what was told'
    for x in everybody:
        x.connection.close()
    print(f'seed {options.seed}: {len(got)} messages of {len(notifiers)} notifiers in {seconds:.1f} s, {survivors} of {len(listeners)} listeners '
          f'survived, {len(late)} came late, {kills} killed, {terminations} terminated, {sum(n.cancelled for n in notifiers)} statements cancelled')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server')
    parser.add_argument('--postgres', action='store_true')
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--rounds', type=int, default=3, help='each with the next seed, and a server of its own')
    parser.add_argument('--listeners', type=int, default=50)
    parser.add_argument('--notifiers', type=int, default=8)
    parser.add_argument('--messages', type=int, default=10_000)
    parser.add_argument('--kills', type=float, default=0.01, help='chance of a death after each look at the listeners')
    options = parser.parse_args()
    if psycopg2 is None:
        print('python3-psycopg2 is not installed')
        return SKIPPED
    return max(one_round(options, options.seed + i) for i in range(options.rounds))


def one_round(options, seed):
    options.seed = seed
    settings = {'max_connections': str(options.listeners + options.notifiers + 20)}
    if options.postgres:
        options.kills = 0
        server = harness.PostgreSQL(settings=settings)
    else:
        # a small ring and few channels, so that files and those who listen to everything are seen too
        rng = random.Random(options.seed)
        settings.update({'notify_buffers': str(rng.choice([4, 64])), 'max_notify_channels': str(rng.choice([3, 4096]))})
        server = harness.Forklore(options.server, settings=settings)
    with server:
        try:
            run(server, options)
        except AssertionError as e:
            print(f'seed {options.seed}: {e}')
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
