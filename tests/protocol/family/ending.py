"""How the server ends: smart, fast, immediate, by kill -9; nobody is left behind."""
import signal

import harness
import wire
from common import error_of, gone, ours, refused, show, start
from harness import check, contains, equal, title, wait_until


@check
def smart_shutdown_waits_for_sessions():
    with start() as s:
        c = wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: 'smart shutdown request' in s.log(), what='the signal')
        answer = wait_until(lambda: refused(s), what='new sessions to be refused')
        equal(answer, ('FATAL', '57P03', 'the database system is shutting down'))
        equal(c.ask('select 1'), [('1',)])
        assert s.process.poll() is None
        c.send(wire.terminate())
        equal(s.process.wait(20), 0)
        assert s.log().rstrip().endswith('database system is shut down'), s.log()[-300:]


@check
def fast_shutdown_ends_sessions():
    with start() as s:
        idle, busy, open_block = wire.session(s), wire.session(s), wire.session(s)
        open_block.ask('begin')
        busy.send(wire.query('select pg_sleep(60)'))
        wait_until(lambda: 'SELECT' in title(busy.pid), what='the sleep to begin')
        children = s.children()
        s.process.send_signal(signal.SIGINT)
        for c in (idle, open_block):
            equal(error_of(c.rest()), ('FATAL', '57P01', 'terminating connection due to administrator command'))
        equal(error_of(busy.rest()), ('FATAL', '57P01', 'terminating connection due to administrator command'))
        equal(s.process.wait(20), 0)
        gone(children, 1)
        lines = [line.partition('  ')[2] for line in s.log().split('\n') if f'[{busy.pid}]' in line]
        equal(lines, ['terminating connection due to administrator command', 'select pg_sleep(60)'], 'the log of the one that was busy')
        contains(s.log(), 'received fast shutdown request')
        assert s.log().rstrip().endswith('database system is shut down'), s.log()[-300:]


@check
def immediate_shutdown_says_so():
    with start() as s:
        c = wire.session(s)
        wait_until(lambda: harness.asleep(c.pid), what='the backend to have sent all and to wait')
        children = s.children()
        s.process.send_signal(signal.SIGQUIT)
        notices = [wire.error_fields(b) for k, b in c.rest() if k in 'NE']
        equal([(n['S'], n['C'], n['M']) for n in notices],
              [('WARNING', '57P01', 'terminating connection due to immediate shutdown command')])
        equal(s.process.wait(20), 0)
        gone(children, 1)
        contains(s.log(), 'received immediate shutdown request')
        s.start()
        equal(show(s, 'port'), str(s.port))


@check
def shutdown_is_upgraded_by_a_later_signal():
    with start() as s:
        c = wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refused(s), what='the smart shutdown')
        s.process.send_signal(signal.SIGINT)
        equal(error_of(c.rest())[1], '57P01')
        equal(s.process.wait(20), 0)


@check
def shutdown_while_somebody_logs_in():
    with start() as s:
        silent, asked = wire.connect(s), wire.connect(s)
        asked.send(wire.startup(user='alice'))
        asked.read()
        wait_until(lambda: len(s.client_children()) == 2, what='two processes')
        s.process.send_signal(signal.SIGINT)
        equal(s.process.wait(20), 0)
        for c in (silent, asked):
            c.rest()


@check
def killed_postmaster_leaves_nobody():
    with start() as s:
        sessions = [wire.session(s) for _ in range(10)]
        sessions[0].ask('begin')
        sessions[1].send(wire.query('select pg_sleep(60)'))
        wait_until(lambda: 'SELECT' in title(sessions[1].pid), what='the sleep to begin')
        half_open, at_the_door = wire.connect(s), wire.connect(s)
        at_the_door.send(wire.startup(user='alice'))
        at_the_door.read()
        if ours():        # PostgreSQL's busy backends notice at their next wait
            sessions[2].send(wire.query('select count(*) from generate_series(1, 100000000000)'))
            wait_until(lambda: 'SELECT' in title(sessions[2].pid), what='the count to begin')
        children = wait_until(lambda: len(s.client_children()) == 12 and s.children(), what='twelve processes')
        if not ours():    # a process that is still logging in does not look after the postmaster there
            children = [p for p in children if p in [c.pid for c in sessions]]
        s.process.kill()
        s.process.wait()
        gone(children, 1)
        half_open.close()
        at_the_door.close()
