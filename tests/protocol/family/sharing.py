"""Processes that share memory: what they see of each other, and what the death of one means for the others.

PostgreSQL does not keep these promises, and a server without shared memory need not."""
import os
import signal
import threading
import time

import harness
import wire
from common import error_of, ours, start
from harness import alive, check, contains, equal, wait_until

LONELY_DEATHS, DANGEROUS_DEATHS = 200, 50
CRASH = ('WARNING', '57P02', 'terminating connection because of crash of another server process')


def with_shared_memory(function):
    """A check for servers of ours whose processes share memory."""
    def run():
        if not ours():
            return
        with start() as s, wire.session(s) as c:
            c.send(wire.query("select 'pg_stat_activity'::text, count(*) from pg_stat_activity"))
            if any(k == 'E' for k, _ in c.ready()):
                return
        function()
    run.__name__ = function.__name__
    return run


def processes(c, condition='true', columns='pid'):
    return c.ask(f'select {columns} from pg_stat_activity where {condition}')


def known(c, pid):
    return bool(processes(c, f'pid = {pid}'))


class Load:
    """Sessions that work all the time and check every answer."""
    def __init__(self, server, number):
        self.stop, self.faults, self.answers = False, [], 0
        self.threads = [threading.Thread(target=self.work, args=(server, i), daemon=True) for i in range(number)]

    def work(self, server, i):
        try:
            with wire.session(server) as c:
                while not self.stop:
                    equal(c.ask(f'select sum(n) + {i} from generate_series(1, 100) n'), [(str(5050 + i),)])
                    self.answers += 1
        except BaseException as e:
            self.faults.append(f'session {i}: {type(e).__name__}: {e}')

    def __enter__(self):
        for t in self.threads:
            t.start()
        wait_until(lambda: self.answers > 2 * len(self.threads) or self.faults, what='all to work')
        return self

    def __exit__(self, *_):
        self.stop = True
        for t in self.threads:
            t.join(20)


@check
@with_shared_memory
def killed_while_it_holds_nothing():
    """200 backends, idle ones and ones in a transaction, killed while eight others work: those lose nothing."""
    with start({'max_connections': 20, 'superuser_reserved_connections': 1}) as s, wire.session(s) as watcher, Load(s, 8) as load:
        postmaster = s.pid
        for i in range(LONELY_DEATHS):
            victim = wire.session(s)
            if i % 2:
                victim.ask('begin')
                equal(victim.ask('select 1'), [('1',)])
            wait_until(lambda: processes(watcher, f"pid = {victim.pid} and wait_event = 'ClientRead'"), what='the victim to wait')
            os.kill(victim.pid, signal.SIGKILL)
            equal(victim.rest(), [], 'what the victim says')
            victim.close()
            if load.faults:
                break
        wait_until(lambda: len(processes(watcher)) == 9, what='all slots of the dead to be free')
        equal(load.faults, [])
        # Every place can be taken again.
        others = [wire.session(s) for _ in range(11)]
        equal(wire_refusal(s), '53300')
        for c in others:
            c.close()
        equal(s.pid, postmaster)
        equal(s.log().count('was terminated by signal 9: Killed'), LONELY_DEATHS)
        assert 'terminating any other' not in s.log(), s.log()[-500:]


def wire_refusal(s):
    with wire.connect(s) as c:
        c.send(wire.startup())
        return error_of(c.until('EZ'))[1]


@check
@with_shared_memory
def killed_while_nobody_knows_what_it_holds():
    """50 deaths that may have left shared memory broken: all are told, and the server is there again at once."""
    slowest = 0
    with start() as s:
        postmaster = s.pid
        for i in range(DANGEROUS_DEATHS):
            sessions = [wire.session(s) for _ in range(4)]
            sessions[0].ask('select 5')
            sessions[1].ask('begin')
            sessions[2].send(wire.query('select pg_sleep(60)'))
            os.kill(sessions[0].pid, signal.SIGSEGV if i % 2 else signal.SIGABRT)
            began = time.monotonic()
            for c in sessions[1:]:
                told = [wire.error_fields(b) for k, b in c.rest() if k in 'NE']
                equal([(t['S'], t['C'], t['M']) for t in told], [CRASH])
                contains(told[0]['D'], 'possibly corrupted shared memory')
                contains(told[0]['H'], 'In a moment you should be able to reconnect')
            wait_until(lambda: can_come_in(s), what='the server to accept again')
            slowest = max(slowest, time.monotonic() - began)
            for c in sessions:
                c.close()
        equal(s.pid, postmaster)
        equal(s.log().count('terminating any other active server processes'), DANGEROUS_DEATHS)
        equal(s.log().count('all server processes terminated; reinitializing'), DANGEROUS_DEATHS)
        contains(s.log(), 'Failed process was running: select 5')
        with wire.session(s) as c:
            wait_until(lambda: len(processes(c)) == 1, what='those who only knocked to be gone')
    limit = 1 + os.getloadavg()[0] / os.cpu_count() / 2
    assert slowest < limit, f'it took {slowest:.2f} s until the server accepted again'


def can_come_in(s):
    try:
        with wire.session(s) as c:
            return c.ask('select 1') == [('1',)]
    except (wire.Closed, OSError):
        return False


@check
@with_shared_memory
def clients_come_while_it_recovers():
    """A process that does not listen holds the recovery up, until it is killed; whoever comes meanwhile is told."""
    with start() as s:
        deaf, victim = wire.session(s), wire.session(s)
        os.kill(deaf.pid, signal.SIGSTOP)
        os.kill(victim.pid, signal.SIGSEGV)
        wait_until(lambda: 'terminating any other' in s.log(), what='the crash to be noticed')
        with wire.connect(s) as c:
            c.send(wire.startup())
            equal(error_of(c.until('EZ')), ('FATAL', '57P03', 'the database system is in recovery mode'))
        silent = wire.connect(s)          # says nothing, and holds nothing up
        os.kill(deaf.pid, signal.SIGCONT)
        wait_until(lambda: can_come_in(s), what='the server to accept again')
        silent.send(wire.startup())
        equal(error_of(silent.until('EZ'))[1], '57P03')
        silent.close()
        with wire.session(s) as last:
            os.kill(last.pid, signal.SIGKILL)
            equal(can_come_in(s), True)


@check
@with_shared_memory
def the_deaf_are_killed():
    with start() as s:
        deaf, victim = wire.session(s), wire.session(s)
        os.kill(deaf.pid, signal.SIGSTOP)
        os.kill(victim.pid, signal.SIGSEGV)
        wait_until(lambda: 'issuing SIGKILL to recalcitrant children' in s.log(), 20, 'the end of its patience')
        wait_until(lambda: can_come_in(s), 20, 'the server to accept again')
        assert not alive(deaf.pid)


@check
@with_shared_memory
def no_restart_after_crash():
    with start({'restart_after_crash': 'off'}) as s:
        victim, other = wire.session(s), wire.session(s)
        silent = wire.connect(s)
        os.kill(victim.pid, signal.SIGSEGV)
        equal([wire.error_fields(b)['C'] for k, b in other.rest() if k == 'N'], ['57P02'])
        equal(s.process.wait(20), 1)
        contains(s.log(), 'shutting down because restart_after_crash is off')
        assert s.log().rstrip().endswith('database system is shut down'), s.log()[-300:]
        assert not os.path.exists(s.data_dir + '/postmaster.pid')
        silent.close()


@check
@with_shared_memory
def shutdown_while_it_recovers():
    with start() as s:
        deaf, victim = wire.session(s), wire.session(s)
        os.kill(deaf.pid, signal.SIGSTOP)
        os.kill(victim.pid, signal.SIGSEGV)
        wait_until(lambda: 'terminating any other' in s.log(), what='the crash to be noticed')
        s.process.send_signal(signal.SIGINT)
        wait_until(lambda: 'fast shutdown request' in s.log(), what='the request to be heard')
        os.kill(deaf.pid, signal.SIGCONT)
        equal(s.process.wait(20), 1)
        contains(s.log(), 'abnormal database system shutdown')


@check
@with_shared_memory
def killed_on_the_way_down():
    """A death during a smart shutdown: an undertaker comes all the same, and the shutdown ends well."""
    with start() as s:
        stays, victim = wire.session(s), wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: 'smart shutdown request' in s.log(), what='the request to be heard')
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda: not known(stays, victim.pid), what='the burial')
        stays.send(wire.terminate())
        equal(s.process.wait(20), 0)


@check
@with_shared_memory
def no_slot_for_one_more():
    """Processes that have been told to go and do not have all slots: who comes then is refused, and nobody else notices."""
    with start({'max_connections': 5, 'superuser_reserved_connections': 1, 'max_half_open_connections': 2}) as s, wire.session(s) as inside:
        stopped, lines = set(), []
        while 'process slots are taken' not in s.log():
            assert len(lines) < 100, 'there are slots without end'
            lines.append(wire.connect(s))
            wait_until(lambda: set(s.client_children()) - stopped - {inside.pid} or 'process slots are taken' in s.log(), what='a child')
            for pid in set(s.client_children()) - stopped - {inside.pid}:
                stopped.add(pid)
                os.kill(pid, signal.SIGSTOP)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        last = lines[-1]
        last.send(wire.startup())
        equal(error_of(last.until('EZ')), ('FATAL', '53300', 'sorry, too many clients already'))
        equal(inside.ask('select 1'), [('1',)])
        for c in lines:
            c.close()
        wait_until(lambda: can_come_in(s), what='a slot to be free')
        wait_until(lambda: len(processes(inside)) == 1, what='all slots but one to be free')
        assert 'terminating any other' not in s.log(), s.log()[-500:]


@check
@with_shared_memory
def no_process_for_the_undertaker():
    """The kernel has no process left when somebody is to be buried: it is tried again."""
    os.environ['FORKLORE_FAULTS'] = 'fork:EAGAIN:2:4'
    try:
        s = start().__enter__()
    finally:
        del os.environ['FORKLORE_FAULTS']
    try:
        watcher, *victims = [wire.session(s) for _ in range(4)]
        for v in victims:
            os.kill(v.pid, signal.SIGKILL)
        wait_until(lambda: len(processes(watcher)) == 1, what='the burials')
        wait_until(lambda: s.log().count('could not fork undertaker') == 2, what='both attempts')
        equal(can_come_in(s), True)
    finally:
        s.__exit__(None, None, None)


@check
@with_shared_memory
def signals_that_are_not_deaths_of_a_kind():
    """SIGKILL and SIGTERM (before it can be heard) kill from outside; any other signal means that something is broken."""
    with start() as s:
        for number in (signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
            victim, other = wire.session(s), wire.session(s)
            os.kill(victim.pid, number)
            equal([wire.error_fields(b)['C'] for k, b in other.rest() if k == 'N'], ['57P02'])
            wait_until(lambda: can_come_in(s), what='the server to accept again')


@check
@with_shared_memory
def activity_is_true():
    """Ten sessions that do different things, and what pg_stat_activity says of each."""
    columns = 'usename, datname, application_name, state, wait_event_type, wait_event, query, backend_type'
    with start() as s:
        def opened(**kw):
            kw.setdefault('application_name', 'test')
            return wire.session(s, **kw)

        watcher = opened()
        idle, block, failed, sleeping, counting, sending, other, prepared, quiet, fresh = [opened() for _ in range(6)] + [
            opened(user='trusted', application_name='other'), opened(), opened(), opened()]
        half_open = wire.connect(s)
        idle.ask('select 1')
        block.ask('begin')
        block.ask('select 2')
        failed.ask('begin')
        failed.send(wire.query('select 1/0'))
        failed.ready()
        sleeping.send(wire.query('select pg_sleep(60)'))
        counting.send(wire.query('select count(*) from generate_series(1, 100000000000)'))
        sending.send(wire.query("select repeat('x', 1000) from generate_series(1, 100000)"))
        other.ask("set application_name = 'renamed'")
        prepared.send(wire.parse('select pg_sleep($1)'), wire.bind(['50']), wire.execute(), wire.sync())
        quiet.ask('set track_activities = off')
        name, none = ('tester', 'postgres', 'test'), None
        expected = {
            idle: (*name, 'idle', 'Client', 'ClientRead', 'select 1'),
            block: (*name, 'idle in transaction', 'Client', 'ClientRead', 'select 2'),
            failed: (*name, 'idle in transaction (aborted)', 'Client', 'ClientRead', 'select 1/0'),
            sleeping: (*name, 'active', 'Timeout', 'PgSleep', 'select pg_sleep(60)'),
            counting: (*name, 'active', none, none, 'select count(*) from generate_series(1, 100000000000)'),
            sending: (*name, 'active', 'Client', 'ClientWrite', "select repeat('x', 1000) from generate_series(1, 100000)"),
            other: ('trusted', 'postgres', 'renamed', 'idle', 'Client', 'ClientRead', "set application_name = 'renamed'"),
            prepared: (*name, 'active', 'Timeout', 'PgSleep', 'select pg_sleep($1)'),
            quiet: (*name, 'disabled', 'Client', 'ClientRead', ''),
            fresh: (*name, 'idle', 'Client', 'ClientRead', ''),
        }
        for c, row in expected.items():
            wait_until(lambda: processes(watcher, f'pid = {c.pid}', columns) == [(*row, 'client backend')],
                       what=f"{row}; it is {processes(watcher, f'pid = {c.pid}', columns)}")
        equal(processes(watcher, f'pid = {watcher.pid}', 'state, wait_event'), [('active', None)])
        equal(len(processes(watcher)), 12)
        equal(processes(watcher, 'usename is null', 'datname, state, query, backend_type'), [(None, None, '', 'client backend')])

        # Times, in their order.
        ordered = 'backend_start <= query_start and query_start <= state_change and state_change <= now()'
        equal(processes(watcher, f'pid = {block.pid}', f'{ordered}, xact_start < query_start'), [('t', 't')])
        equal(processes(watcher, f'pid = {idle.pid}', f'{ordered}, xact_start'), [('t', None)])
        equal(processes(watcher, f'pid = {sleeping.pid}', 'query_start = state_change, xact_start = query_start'), [('t', 't')])

        block.ask('commit and chain')
        equal(processes(watcher, f'pid = {block.pid}', 'state, xact_start >= query_start'), [('idle in transaction', 't')])

        # Where the client is.
        host, port = sending.socket.getsockname()
        equal(processes(watcher, f'pid = {sending.pid}', 'host(client_addr), client_port'), [(host, str(port))])
        with wire.session(s, by_socket=True) as local:
            equal(processes(watcher, f'pid = {local.pid}', 'client_addr, client_port'), [(None, '-1')])

        # What an ordinary role may know of others, and of its own.
        hidden = 'usename, query, state, wait_event, client_port, backend_start, backend_type'
        equal(processes(other, f'pid = {idle.pid}', hidden), [('tester', '<insufficient privilege>', *[None] * 5)])
        equal(processes(other, f'pid = {other.pid}', 'usename, state'), [('trusted', 'active')])

        # It goes with its session.
        idle.send(wire.terminate())
        wait_until(lambda: not known(watcher, idle.pid), what='the row to go')


@check
@with_shared_memory
def activity_hides_passwords_and_cuts_long_texts():
    with start({'track_activity_query_size': 100}) as s, wire.session(s) as watcher:
        c = wire.session(s)
        c.send(wire.query("create role nobody password 'secret'"))
        c.ready()
        equal(processes(watcher, f'pid = {c.pid}', 'query'), [('create role nobody password <hidden>',)])
        c.ask("select '" + 'ž' * 100 + "'")
        equal(processes(watcher, f'pid = {c.pid}', 'query'), [("select '" + 'ž' * 45,)])
        c.send(wire.query('select 1' + ' ' * 80 + "; alter role nobody password 'secret'"))
        c.ready()
        assert 'secret' not in processes(watcher, f'pid = {c.pid}', 'query')[0][0]


@check
@with_shared_memory
def signals_from_sql():
    with start() as s, wire.session(s) as admin:
        ordinary, own = wire.session(s, user='trusted'), wire.session(s, user='trusted')

        def says(c, sql):
            c.send(wire.query(sql))
            return [wire.error_fields(b)['M'] for k, b in c.ready() if k in 'NE']

        equal(says(ordinary, f'select pg_cancel_backend({admin.pid})'), ['must be a superuser to cancel superuser query'])
        equal(says(ordinary, f'select pg_terminate_backend({admin.pid})'), ['must be a superuser to terminate superuser process'])
        equal(says(ordinary, 'select pg_reload_conf()'), ['permission denied for function pg_reload_conf'])
        equal(says(admin, 'select pg_terminate_backend(1)'), ['PID 1 is not a PostgreSQL backend process'])
        equal(says(admin, f'select pg_terminate_backend({own.pid}, -1)'), ['"timeout" must not be negative'])
        own.send(wire.query('select pg_sleep(60)'))
        wait_until(lambda: processes(admin, f"pid = {own.pid} and wait_event = 'PgSleep'"), what='the sleep')
        equal(ordinary.ask(f'select pg_cancel_backend({own.pid})'), [('t',)])
        equal(error_of(own.ready())[1], '57014')
        os.kill(own.pid, signal.SIGSTOP)
        equal(says(admin, f'select pg_terminate_backend({own.pid}, 50)'),
              [f'backend with PID {own.pid} did not terminate within 50 milliseconds'])
        os.kill(own.pid, signal.SIGCONT)
        equal(error_of(own.rest())[1], '57P01')
        equal(admin.ask(f'select pg_terminate_backend({ordinary.pid}, 10000)'), [('t',)])
        assert not alive(ordinary.pid) or harness._stat(ordinary.pid)[0] == 'Z'


@check
@with_shared_memory
def segment_too_large():
    """Refused with its size, and nothing is left behind."""
    with start() as s:
        s.stop()
        s.settings = {**(s.settings or {}), 'track_activity_query_size': '1MB', 'max_connections': 200000}
        try:
            s.start()
        except AssertionError as failure:
            contains(str(failure), 'could not map anonymous shared memory: Cannot allocate memory')
            contains(str(failure), 'reduce the request size (currently 2')
        else:
            raise AssertionError('it started')
