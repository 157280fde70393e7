#!/usr/bin/python3
"""Processes that are killed while they hold a lock, or wait for one: everybody is told, and the server is there again at once.

    killed.py --server PROGRAM          the chapter's lock_lab
"""
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import check, contains, equal, wait_until

DEATHS = 50
CRASH = ('WARNING', '57P02', 'terminating connection because of crash of another server process')
options = None


def can_come_in(server):
    try:
        with wire.session(server) as c:
            return c.ask('select 1') == [('1',)]
    except (wire.Closed, OSError):
        return False


def waits_for(server, pid, event):
    with wire.session(server) as c:
        return c.ask(f"select 1 from pg_stat_activity where pid = {pid} and wait_event = '{event}'") == [('1',)]


@check
def killed_while_it_holds_a_lock_or_waits_for_one():
    """50 times, the holder and the one that waits in turn."""
    slowest = 0
    with harness.new_server(options) as s:
        postmaster = s.pid
        for i in range(DEATHS):
            idle, holder, waiter = (wire.session(s) for _ in range(3))
            holder.send(wire.query('select hold_lwlock(1000)'))
            wait_until(lambda: waits_for(s, holder.pid, 'HoldLock'), what='the lock to be held')
            waiter.send(wire.query("select shared_log('later')"))
            wait_until(lambda: waits_for(s, waiter.pid, 'shared_log'), what='the other one to wait')
            victim = (holder, waiter)[i % 2]
            os.kill(victim.pid, signal.SIGKILL)
            began = time.monotonic()
            for c in (idle, holder, waiter):
                if c is not victim:
                    told = [wire.error_fields(b) for k, b in c.rest() if k in 'NE']
                    equal([(t['S'], t['C'], t['M']) for t in told], [CRASH])
            wait_until(lambda: can_come_in(s), what='the server to accept again')
            slowest = max(slowest, time.monotonic() - began)
            for c in (idle, holder, waiter):
                c.close()
            with wire.session(s) as c:
                equal(c.ask("select shared_log('free again')"), [('1',)])
        equal(s.pid, postmaster)
        equal(s.log().count('all server processes terminated; reinitializing'), DEATHS)
        contains(s.log(), 'Failed process was running: select hold_lwlock(1000)')
    print(f'{DEATHS} deaths; at most {slowest * 1000:.0f} ms until the server accepted again')
    limit = 1 + os.getloadavg()[0] / os.cpu_count() / 2
    assert slowest < limit, f'it took {slowest:.2f} s until the server accepted again'


def main():
    global options
    options = harness.arguments()
    report = harness.Report('killed')
    for one in harness.CHECKS:
        harness.run_check(report, one, None, 120)
    report.summary('killed')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
