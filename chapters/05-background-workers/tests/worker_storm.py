#!/usr/bin/python3
"""Workers that end in every way at random while sessions work, and crowds of them that come and go: the rules hold, nobody else is hurt by a
death that concerns nobody else, and nothing is left behind.

    worker_storm.py --server PROGRAM [--seconds N] [--crowds N]         the chapter's laboratory
"""
import collections
import os
import random
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import alive, check, equal, title, wait_until
from workers import Sql, lines, static

SEED, SESSIONS, CROWD, IDLE = 5, 4, 64, 20
BY_SIGNAL = {signal.SIGKILL: 'alone', signal.SIGTERM: 'gave up', signal.SIGSEGV: 'broken', signal.SIGABRT: 'broken', signal.SIGBUS: 'broken',
             signal.SIGHUP: 'nothing', signal.SIGINT: 'nothing', signal.SIGUSR1: 'nothing'}
BY_EXIT = {0: 'finished', 1: 'gave up', 2: 'broken', 3: 'broken', 255: 'broken'}
# Deaths that cost everybody their session are few among the others.
CHANCES = {'alone': 6, 'gave up': 6, 'finished': 6, 'nothing': 4, 'broken': 1}
options = None


class Load(threading.Thread):
    """A session that works; it comes back when the server has begun anew, and says how often it had to."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stop, self.answers, self.lost, self.fault = server, False, 0, 0, None
        self.start()

    def run(self):
        try:
            while not self.stop:
                try:
                    with wire.session(self.server, timeout=60) as c:
                        while not self.stop:
                            equal(c.ask('select sum(n) from generate_series(1, 100) n'), [('5050',)])
                            self.answers += 1
                except (wire.Closed, OSError, AssertionError) as e:
                    if not self.stop and not self.expected(e):
                        raise
        except BaseException as e:
            self.fault = f'{type(e).__name__}: {e}'

    def expected(self, e):
        """Lost because of a crash, or refused because of one."""
        if isinstance(e, AssertionError) and 'got' in str(e):
            return False
        self.lost += 1
        time.sleep(0.02)
        return True


def shape(server):
    """What must be the same before and after: the postmaster's descriptors and mappings, its children, the slots in use."""
    with Sql(server) as q:
        wait_until(lambda: q.value('count(*) from pg_stat_activity') == '1', what='all slots but one to be free')
        segments = q.c.ask('select name, size from pg_shmem_allocations where name is not null order by name')
        dynamic = q.value('count(*) from pg_dsm_allocations')
    wait_until(lambda: not server.children(), what='all children to be gone')
    with open(f'/proc/{server.pid}/maps') as f:
        shared = sum('/dev/zero' in line or 'rw-s' in line for line in f)
    return len(os.listdir(f'/proc/{server.pid}/fd')), shared, segments, dynamic


@check
def crowds_come_and_go():
    with harness.new_server(options, settings={'max_worker_processes': CROWD}) as s:
        with Sql(s) as q:
            q.value(f'run_crowd({CROWD})')
        before = shape(s)
        with Sql(s) as q:
            begun = int(q.value('workers_begun()'))
            for _ in range(options.crowds):
                equal(q.value(f'run_crowd({CROWD})'), str(CROWD))
            equal(int(q.value('workers_begun()')) - begun, CROWD * options.crowds)
        equal(shape(s), before)
        equal(lines(s, 'ERROR|FATAL|exited'), [])


def by_signal(s, q, chance, way):
    """One of the static workers that run gets a signal. Returns what must be true afterwards."""
    name, pid = chance.choice([(title(p)[len('forklore: '):], p) for p in workers_of(s)])
    rests = lambda: len(lines(s, f'"{name}" will be started again'))
    before = rests()
    os.kill(pid, chance.choice([k for k, v in BY_SIGNAL.items() if v == way]))
    if way == 'nothing':
        return lambda: alive(pid)
    # It is there again at once, unless it has failed before it had lived.
    return lambda: not alive(pid) and (rests() > before or any(title(p) == 'forklore: ' + name for p in workers_of(s)))


def workers_of(s):
    return [p for p in s.children() if title(p).startswith('forklore: idle')]


def by_exit(s, q, chance, way):
    """A dynamic worker ends with an exit status; one that would be started again is ended for good then."""
    code = chance.choice([k for k, v in BY_EXIT.items() if v == way])
    restarts = way == 'gave up'
    starts = int(q.value('workers_begun()'))
    handle = q.launch('lab_end', code, restart=10 if restarts else -1)
    if way == 'broken':
        return lambda: True
    if not restarts:
        equal(q.ended(handle), 'stopped')
        equal(q.status(handle), 'stopped')
        return lambda: True
    wait_until(lambda: int(q.value('workers_begun()')) >= starts + 3, what='three starts')
    q.value(f"end_worker('{handle}')")
    return lambda: q.status(handle) == 'stopped'


@check
def every_way_to_end_at_random():
    chance = random.Random(SEED)
    ways = [w for w, n in CHANCES.items() for _ in range(n)]
    count = collections.Counter()
    with harness.new_server(options, settings={**static(*[(f'idle{i}', 'lab_idle', 0, 0, 2) for i in range(IDLE)]), 'max_worker_processes': IDLE + 4}) as s:
        load = [Load(s) for _ in range(SESSIONS)]
        q, end = Sql(s), time.monotonic() + options.seconds
        while time.monotonic() < end:
            wait_until(lambda: workers_of(s), 70, what='somebody to end')
            way = chance.choice(ways)
            lost, fresh = [each.lost for each in load], s.log().count('reinitializing')
            kinds = [k for k, of in ((by_signal, BY_SIGNAL), (by_exit, BY_EXIT)) if way in of.values()]
            kind = chance.choice(kinds)
            done = kind(s, q, chance, way)
            count[way] += 1
            if way == 'broken':
                wait_until(lambda: s.log().count('reinitializing') == fresh + 1, 20, what='a fresh start')
                q.c.close()
                q = wait_until(lambda: come_back(s), what='the server')
                wait_until(lambda: all(each.lost > before for each, before in zip(load, lost)), what='all to notice')
            wait_until(done, 70, what=f'{kind.__name__} {way} to be over')
            if way != 'broken':
                equal([each.lost for each in load], lost, f'sessions lost to {kind.__name__} {way}')
            equal([each.fault for each in load if each.fault], [])
        wait_until(lambda: len(workers_of(s)) == IDLE, 70, what='all to be back')
        for each in load:
            each.stop = True
        for each in load:
            each.join(30)
        equal([each.fault for each in load if each.fault], [])
        q.c.close()
        equal(s.stop(), 0)
        print(dict(count), sum(each.answers for each in load), 'answers,', len(lines(s, 'times in a row')), 'rests that grew')


def come_back(s):
    try:
        return Sql(s)
    except (wire.Closed, OSError, AssertionError):
        return None


def more(parser):
    parser.add_argument('--seconds', type=int, default=10, help='of deaths at random')
    parser.add_argument('--crowds', type=int, default=10, help=f'of {CROWD} workers each')


def main():
    global options
    options = harness.arguments(more)
    report = harness.Report('worker-storm')
    for one in (crowds_come_and_go, every_way_to_end_at_random):
        if not options.checks or any(one.__name__.startswith(c) for c in options.checks):
            harness.run_check(report, one, None, 600)
    report.summary('worker-storm')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
