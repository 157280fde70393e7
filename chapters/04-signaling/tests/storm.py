#!/usr/bin/python3
"""A storm of signals of all kinds, at the postmaster and at random sessions that work: nobody dies, no answer is a wrong one, and who is told something afterwards hears it.

    storm.py --server PROGRAM          the chapter's server
"""
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
from harness import check, equal, wait_until

SESSIONS, SIGNALS, SEED = 8, 100_000, 5
KINDS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG, signal.SIGHUP, signal.SIGALRM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT)
# SIGINT would stop it, and SIGHUP it passes on to all.
POSTMASTER_KINDS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG, signal.SIGALRM, signal.SIGCHLD, signal.SIGPIPE)
CANCELED = '57014'
options = None


class Worker(threading.Thread):
    """A session that asks, tells and listens until it is told to stop."""

    def __init__(self, server, stop):
        super().__init__(daemon=True)
        self.connection, self.stop = wire.session(server, timeout=60), stop
        self.connection.ask('listen storm')
        self.answered = self.canceled = 0
        self.failure = None

    def ask(self, sql):
        """The rows, or None when the statement was cancelled."""
        self.connection.send(wire.query(sql))
        answer = self.connection.ready()
        for kind, body in answer:
            if kind == 'E':
                equal(wire.error_fields(body)['C'], CANCELED)
                self.canceled += 1
                return None
        self.answered += 1
        return [wire.data_row(body)[0].decode() for kind, body in answer if kind == 'D']

    def run(self):
        try:
            while not self.stop.is_set():
                number = self.answered
                rows = self.ask(f'select {number} + 1')
                assert rows in (None, [str(number + 1)]), f'{number} + 1 is {rows}'
                if number % 50 == 0:
                    self.ask(f"notify storm, '{number}'")
        except (AssertionError, OSError, wire.Closed) as e:
            self.failure = e


@check
def a_hundred_thousand_signals():
    chance = random.Random(SEED)
    with harness.new_server(options) as s:
        stop = threading.Event()
        workers = [Worker(s, stop) for _ in range(SESSIONS)]
        pids = [w.connection.pid for w in workers]
        targets = [s.pid, *pids]
        for w in workers:
            w.start()
        for i in range(SIGNALS):
            pid = chance.choice(targets)
            os.kill(pid, chance.choice(POSTMASTER_KINDS if pid == s.pid else KINDS))
            if i % 200 == 0:
                time.sleep(0.002)  # so that the storm lasts, and somebody else gets to run
        stop.set()
        for w in workers:
            w.join(60)
        equal([w.failure for w in workers], [None] * SESSIONS)
        assert not any(w.is_alive() for w in workers)
        # A cancel request that hit nobody is gone with the statement that it came for, or hits one more.
        for w in workers:
            while w.ask('select 1') is None:
                pass
        with wire.session(s) as c:
            rows = c.ask(f"select pg_log_backend_memory_contexts(pid) from pg_stat_activity where pid in ({', '.join(map(str, pids))})")
            equal(rows, [('t',)] * SESSIONS)
        wait_until(lambda: all(f'logging memory contexts of PID {pid}\n' in s.log() for pid in pids), what='all to hear what they are told')
        print(f'{sum(w.answered for w in workers)} answers, {sum(w.canceled for w in workers)} cancelled')


def main():
    global options
    options = harness.arguments()
    report = harness.Report('storm')
    for one in harness.CHECKS:
        harness.run_check(report, one, None, 120)
    report.summary('storm')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
