#!/usr/bin/python3
"""Background workers on a whole server: how they begin and end, what they may do, and what their deaths mean for others.

    workers.py --server PROGRAM          the chapter's laboratory
"""
import os
import re
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import alive, asleep, check, contains, equal, title, wait_until

options = None
NEVER = -1


def start(settings=None):
    return harness.new_server(options, settings=settings)


def static(*workers):
    """The setting that registers these: (name, function, argument, interval in ms, moment)."""
    return {'worker_lab_static': ', '.join(' '.join(map(str, w)) for w in workers)}


def modules_directory():
    """Where the tests' modules are."""
    folder = os.path.dirname(os.path.abspath(options.server))
    while not os.path.exists(folder + '/CMakeCache.txt'):
        folder = os.path.dirname(folder)
    return folder + '/tests/modules'


class Sql:
    """A session that launches workers."""
    def __init__(self, server):
        self.c = wire.session(server, timeout=60)
        self.pid = self.c.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.c.close()

    def value(self, sql):
        return self.c.ask('select ' + sql)[0][0]

    def launch(self, function, argument=0, restart=NEVER, extra='', name='w'):
        return self.value(f"launch_worker('{name}', '{function}', {argument}, {restart}, '{extra}')")

    def started(self, *arguments, **words):
        handle = self.launch(*arguments, **words)
        equal(self.value(f"await_worker_start('{handle}')"), 'started')
        return handle, int(self.value(f"worker_pid('{handle}')"))

    def status(self, handle):
        return self.value(f"worker_status('{handle}')")

    def ended(self, handle):
        return self.value(f"await_worker_end('{handle}')")

    def activity(self, columns='pid', condition="backend_type = 'lab worker'"):
        return self.c.ask(f'select {columns} from pg_stat_activity where {condition} order by pid')


def lines(server, pattern):
    return re.findall(pattern, server.log())


def next_pid(server, name, *before):
    """The pid of a worker by its title, when it is none of those."""
    return wait_until(lambda: next((p for p in server.children() if title(p) == 'forklore: ' + name and p not in before), None), what=f'a new {name}')


@check
def static_workers_come_with_the_server():
    moments = ('late lab_idle 0 0 2', 'early lab_idle 0 0 0', 'middle lab_idle 0 0 1')
    with start({'worker_lab_static': ', '.join(moments)}) as s, Sql(s) as q:
        wait_until(lambda: sorted(title(p) for p in s.children() if p != q.pid) == ['forklore: early', 'forklore: late', 'forklore: middle'],
                   what='all to have their titles')
        equal([title(p) for p in sorted(s.children())][:3], ['forklore: early', 'forklore: middle', 'forklore: late'], 'order of birth')
        wait_until(lambda: q.activity('wait_event_type, wait_event') == [('Extension', 'Extension')] * 3, what='all to wait')
        equal(q.activity('state, query, usename, datname'), [(None, '', None, None)] * 3)
        equal(s.stop(), 0)
        equal(len(lines(s, r'FATAL:  terminating background worker "\w+" due to administrator command')), 3)
        equal(len(lines(s, r'background worker "\w+" \(PID \d+\) exited with exit code 1')), 3)
        assert 'started again' not in s.log(), s.log()[-1000:]


@check
def no_memory_when_the_server_starts():
    with start({**static(('late', 'lab_idle', 0, 0, 2)), 'worker_lab_turns_without_memory': 5}) as s, Sql(s) as q:
        next_pid(s, 'late')
        wait_until(lambda: s.log().count('LOG:  postmaster: out of memory') == 5, what='five turns')
        handle, _ = q.started('lab_idle')
        equal(s.stop(), 0)


@check
def too_many_static_workers():
    with start({**static(*[(f'w{i}', 'lab_idle', 0, 0, 2) for i in range(3)]), 'max_worker_processes': 2}) as s, Sql(s) as q:
        contains(s.log(), 'LOG:  too many background workers')
        contains(s.log(), 'DETAIL:  Up to 2 background workers can be registered with the current settings.')
        contains(s.log(), 'HINT:  Consider increasing the configuration parameter "max_worker_processes".')
        equal(q.value("count(*) from pg_stat_activity where backend_type = 'lab worker'"), '2')
        equal(q.launch('lab_idle'), 'no slot')


@check
def no_workers_at_all():
    with start({'max_worker_processes': 0}) as s, Sql(s) as q:
        equal(q.launch('lab_idle'), 'no slot')


@check
def a_dynamic_worker():
    with start() as s, Sql(s) as q:
        handle, pid = q.started('lab_idle', name='dynamic')
        wait_until(lambda: title(pid) == 'forklore: dynamic', what='its title')
        equal(q.activity(), [(str(pid),)])
        equal(q.status(handle), 'started')
        q.value(f"end_worker('{handle}')")
        equal(q.ended(handle), 'stopped')
        equal(q.value(f"worker_pid('{handle}')"), '0')
        wait_until(lambda: not alive(pid), what='its end')
        contains(s.log(), 'FATAL:  terminating background worker "dynamic" due to administrator command')


@check
def each_way_to_end():
    with start() as s, Sql(s) as q:
        for argument, code in ((0, None), (1, 1), (-1, 1)):
            handle = q.launch('lab_end', argument, name=f'ends{argument}')
            equal(q.ended(handle), 'stopped')
            found = lines(s, rf'background worker "ends{argument}" \(PID \d+\) exited with exit code (\d+)')
            equal(found, [str(code)] if code else [])
        contains(s.log(), 'ERROR:  it had to be')
        contains(s.log(), 'FATAL:  unexpected exception\n')
        handle = q.launch('lab_nothing')
        equal(q.ended(handle), 'stopped')
        contains(s.log(), 'ERROR:  internal function "lab_nothing" not found')
        equal(q.value('1'), '1')


@check
def who_goes_without_a_word_is_buried():
    with start() as s, Sql(s) as q:
        for status in (0, 1):
            equal(q.ended(q.launch('lab_vanish', status)), 'stopped')
            wait_until(lambda: q.value('count(*) from pg_stat_notify_listeners') == '0', what='nobody to listen')
            wait_until(lambda: q.activity('pid', f'pid <> {q.pid}') == [], what='the burial')
        equal(q.value('workers_begun()'), '2')
        assert 'terminating any other' not in s.log()


@check
def wrong_descriptions():
    with start() as s, Sql(s) as q:
        for arguments, code, text in ((('lab_idle', 0, -5), '22023', 'background worker "w": invalid restart interval'),
                                      (('lab_idle', 0, 86_400_001), '22023', 'background worker "w": invalid restart interval'),
                                      (('', 0, -1), '22023', 'background worker "w": a name and a function must be given'),
                                      (('x' * 96, 0, -1), '42622', f'"{"x" * 96}" is too long')):
            function, argument, restart = arguments
            q.c.send(wire.query(f"select launch_worker('w', '{function}', {argument}, {restart}, '')"))
            fields = next(wire.error_fields(b) for k, b in q.c.ready() if k == 'E')
            equal((fields['C'], fields['M']), (code, text))
        equal(q.value('1'), '1')


@check
def only_who_is_told_can_wait():
    with start() as s, Sql(s) as q, Sql(s) as other:
        handle, pid = q.started('lab_idle')
        equal(other.status(handle), 'started')
        other.value(f"end_worker('{handle}')")
        equal(q.ended(handle), 'stopped')


@check
def one_that_is_started_again_at_once_has_ended_all_the_same():
    with start() as s, Sql(s) as q:
        handle, pid = q.started('lab_idle', restart=0)
        q.c.send(wire.query(f"select await_worker_end('{handle}')"))
        with Sql(s) as other:
            wait_until(lambda: other.activity(condition="wait_event = 'BgWorkerShutdown'"), what='somebody to wait')
            os.kill(pid, signal.SIGKILL)
            equal([wire.data_row(body) for kind, body in q.c.ready() if kind == 'D'], [[b'stopped']])
            wait_until(lambda: other.status(handle) == 'started', what='it to be there again')


@check
def killed_alone():
    """A worker that is killed while it holds nothing: it alone begins anew, at once, and then not quite at once."""
    with start(static(('idle', 'lab_idle', 0, 3_600_000, 2))) as s, Sql(s) as q:
        first = next_pid(s, 'idle')
        os.kill(first, signal.SIGKILL)
        second = next_pid(s, 'idle', first)
        contains(s.log(), f'background worker "idle" (PID {first}) was terminated by signal 9: Killed')
        os.kill(second, signal.SIGKILL)
        next_pid(s, 'idle', first, second)
        found = lines(s, r'background worker "idle" will be started again in (\d+) ms: it has failed (\d) times in a row')
        assert found[-1:] == [('100', '2')] or not found, found   # none: this machine took a second between the two
        equal(q.value('1'), '1')
        wait_until(lambda: len(q.activity()) == 1, what='the burials')
        assert 'terminating any other' not in s.log()


@check
def killed_with_something_in_its_hands():
    with start(static(('holds', 'lab_hold', 0, 0, 2), ('idle', 'lab_idle', 0, 0, 2))) as s:
        with Sql(s) as q:
            wait_until(lambda: q.value('workers_begun()') == '2', what='both to begin')
            never, _ = q.started('lab_idle', name='never again')
            again, _ = q.started('lab_idle', restart=1000, name='again')
            idle = next_pid(s, 'idle')
            os.kill(next_pid(s, 'holds'), signal.SIGKILL)
            q.c.rest()
        contains(s.log(), 'terminating any other active server processes')
        wait_until(lambda: 'reinitializing' in s.log(), what='a fresh start')
        for name in ('idle', 'holds', 'again'):
            next_pid(s, name, idle)
        with Sql(s) as q:
            wait_until(lambda: q.value('workers_begun()') == '3', what='all to begin again')
            equal(len(q.activity()), 3)
        assert 'forklore: never again' not in [title(p) for p in s.children()]


@check
def who_rests_starts_with_the_others_after_a_crash():
    with start(static(('holds', 'lab_hold', 0, 0, 2), ('fails', 'lab_end', 1, 3_600_000, 2))) as s:
        with Sql(s) as q:
            wait_until(lambda: q.value('workers_begun()') == '2', what='both to begin')
            wait_until(lambda: 'background worker "fails" will be started again in 3600 s' in s.log(), what='one to rest')
            os.kill(next_pid(s, 'holds'), signal.SIGKILL)
            q.c.rest()
        wait_until(lambda: s.log().count('ERROR:  it had to be') == 2, 30, what='it to begin again')


@check
def a_worker_that_crashes_at_once():
    """It takes the server down with it each time, but less and less often."""
    with start(static(('crashes', 'lab_end', 256 + signal.SIGSEGV, 0, 2))) as s:
        wait_until(lambda: len(lines(s, 'reinitializing')) >= 4, 30, what='four fresh starts')
        found = lines(s, r'background worker "crashes" will be started again in (\d+) ms: it has failed (\d) times in a row')
        equal(found[:3], [('100', '2'), ('200', '3'), ('400', '4')])
        equal(s.stop(), 0)


@check
def back_off():
    with start(static(('fails', 'lab_end', 1, 50, 2), ('library', 'nothing', 0, 50, 2))) as s:
        rests = lambda name: lines(s, rf'background worker "{name}" will be started again in (\d+ m?s)')
        wait_until(lambda: len(rests('fails')) >= 4 and len(rests('library')) >= 4, 30, what='four failures each')
        equal(rests('fails')[:4], ['50 ms', '100 ms', '200 ms', '400 ms'])
        equal(rests('library')[:4], ['50 ms', '100 ms', '200 ms', '400 ms'])


@check
def registrations_in_a_view():
    with start({**static(('idle', 'lab_idle', 0, 5000, 2), ('fails', 'lab_end', 1, 3_600_000, 2))}) as s, Sql(s) as q:
        columns = 'slot, name, type, library, function, state, pid is null, starts, next_start > now(), restart_interval_ms'
        wait_until(lambda: q.c.ask(f'select {columns} from pg_stat_background_workers order by slot') ==
                   [('0', 'idle', 'lab worker', '', 'lab_idle', 'running', 'f', '1', None, '5000'),
                    ('1', 'fails', 'lab worker', '', 'lab_end', 'resting', 't', '1', 't', '3600000')], what='one that runs and one that rests')
        handle, pid = q.started('lab_idle', name='dynamic')
        equal(q.c.ask('select name, pid, restart_interval_ms from pg_stat_background_workers where slot = 2'), [('dynamic', str(pid), None)])
        q.value(f"end_worker('{handle}')")
        q.ended(handle)
        equal(q.value('count(*) from pg_stat_background_workers'), '2')


@check
def terminated_by_sql():
    """pg_terminate_backend is an end with status 1: there will be another one after the interval."""
    with start(static(('idle', 'lab_idle', 0, 0, 2))) as s, Sql(s) as q:
        first = next_pid(s, 'idle')
        wait_until(lambda: q.activity() == [(str(first),)], what='it in the view')
        equal(q.value(f'pg_terminate_backend({first}, 5000)'), 't')
        next_pid(s, 'idle', first)
        contains(s.log(), 'FATAL:  terminating background worker "idle" due to administrator command')
        contains(s.log(), f'background worker "idle" (PID {first}) exited with exit code 1')


@check
def settings_reach_workers():
    with start({**static(('speaks', 'lab_speak', 0, 0, 2))}) as s, Sql(s) as q:
        wait_until(lambda: 'speaks says first' in s.log(), what='the first word')
        with open(s.conf_path, 'a') as f:
            f.write("worker_lab_word = 'second'\nlog_line_prefix = '[%b] '\n")
        equal(q.value('pg_reload_conf()'), 't')
        wait_until(lambda: '[lab worker] LOG:  speaks says second' in s.log(), what='the second word')


@check
def a_session_of_its_own():
    with start() as s, Sql(s) as q:
        handle, pid = q.started('lab_session', name='sql')
        wait_until(lambda: q.activity('state, query, usename, datname, application_name') ==
                   [('active', 'select pg_sleep(60)', 'tester', 'postgres', '')], what='its last statement')
        equal(lines(s, r'LOG:  sql: (.*)'), ['22012 division by zero', 'SELECT 1', 'BEGIN', '42703 column "nothing" does not exist',
              '25P02 current transaction is aborted, commands ignored until end of transaction block', 'ROLLBACK', 'SELECT 1', '',
              '42P02 there is no parameter $1', 'none 42 t', 'background worker "sql" is connected already'])
        equal(q.value(f'pg_cancel_backend({pid})'), 't')
        wait_until(lambda: q.activity('state, wait_event') == [('idle', 'Extension')], what='the cancel')
        contains(s.log(), 'sql: 57014 canceling statement due to user request')
        equal(q.value(f'pg_cancel_backend({pid})'), 't')    # hits nothing
        equal(q.status(handle), 'started')


@check
def a_session_begins_as_any_other():
    """It knows the functions that have been made since the server started, and those who step in are called."""
    with start({'dynamic_library_path': modules_directory(), 'shared_preload_libraries': 'watcher'}) as s, Sql(s) as q:
        q.c.ask("create function add_one(integer) returns integer as 'functions', 'add_one' language c")
        equal(q.ended(q.launch('lab_sql', extra='select add_one(41)')), 'stopped')
        contains(s.log(), 'LOG:  w got 42')
        equal(q.ended(q.launch('lab_sql', extra='select watcher_seen()')), 'stopped')
        contains(s.log(), 'LOG:  w got session of tester, start of SELECT')
    # What each client's session loads is for clients.
    with start({'dynamic_library_path': modules_directory(), 'session_preload_libraries': 'watcher'}) as s, Sql(s) as q:
        equal(q.value('watcher_seen()'), 'session of tester, start of SELECT')
        q.ended(q.launch('lab_sql', extra='select watcher_seen()'))
        contains(s.log(), 'ERROR:  function watcher_seen() does not exist')


@check
def a_role_that_is_no_superuser_any_more():
    with start({'dynamic_library_path': modules_directory()}) as s, Sql(s) as q:
        def make(rights):
            with open(s.data_dir + '/roles') as f:
                roles = re.sub('"trusted" .*', '"trusted" ' + rights, f.read())
            with open(s.data_dir + '/new', 'w') as f:
                f.write(roles)
            os.rename(s.data_dir + '/new', s.data_dir + '/roles')
            wire.session(s).close()    # whoever comes in notices, and tells all
        refused = 'LOG:  w: access to library "functions" is not allowed'
        q.launch('lab_as', extra="trusted load ''functions''")
        wait_until(lambda: refused in s.log(), what='it to be refused')
        make('login superuser')
        wait_until(lambda: 'LOG:  w: LOAD' in s.log(), what='it to load the library')
        before = s.log().count(refused)
        make('login')
        wait_until(lambda: s.log().count(refused) > before, what='it to be refused again')


@check
def what_a_program_would_inherit():
    """Nothing but standard input, output and error: whoever executes one from a module must not keep a socket or the server's lock open."""
    with start(static(('idle', 'lab_idle', 0, 0, 2))) as s, Sql(s) as q:
        idle = next_pid(s, 'idle')
        wait_until(lambda: asleep(idle), what='it to wait')
        for pid in (idle, q.pid):
            for fd in os.listdir(f'/proc/{pid}/fd'):
                with open(f'/proc/{pid}/fdinfo/{fd}') as f:
                    flags = int(re.search(r'flags:\s+(\d+)', f.read())[1], 8)
                assert int(fd) < 3 or flags & os.O_CLOEXEC, (pid, fd, os.readlink(f'/proc/{pid}/fd/{fd}'))


@check
def sql_that_fails_ends_a_worker():
    with start() as s, Sql(s) as q:
        handle = q.launch('lab_sql', extra='select 1/0')
        equal(q.ended(handle), 'stopped')
        contains(s.log(), 'ERROR:  division by zero')
        handle = q.launch('lab_listen', extra='nobody')
        equal(q.ended(handle), 'stopped')
        contains(s.log(), 'FATAL:  role "nobody" does not exist')
        # Each statement has its own time, and the time that is set when it begins.
        q.ended(q.launch('lab_sql', extra="set statement_timeout = 200; select pg_sleep(600)", name='slow'))
        contains(s.log(), 'canceling statement due to statement timeout')
        handle = q.launch('lab_sql', extra='select 6*7', name='right')
        equal(q.ended(handle), 'stopped')
        contains(s.log(), 'LOG:  right got 42')


@check
def notifications_both_ways():
    with start() as s, Sql(s) as q:
        q.started('lab_listen')
        wait_until(lambda: q.value('workers_begun()') == '1', what='it to listen')
        with wire.session(s, timeout=30) as listener:
            listener.ask('listen echo')
            for i in range(50):
                q.c.ask(f"notify lab, '{i}'")
            heard = [listener.until('A')[-1][1] for _ in range(50)]
            equal([body[4:].split(b'\0')[1].decode() for body in heard], [str(i) for i in range(50)])
            # What the listener fails at is lost, but nothing that comes behind it.
            q.c.ask("begin; notify lab, '1'; notify lab, 'two'; notify lab, '3'; notify lab, '4'; commit")
            heard = [listener.until('A')[-1][1] for _ in range(3)]
            equal([body[4:].split(b'\0')[1].decode() for body in heard], ['1', '3', '4'])
            contains(s.log(), 'ERROR:  invalid input syntax for type integer: "two"')


@check
def a_smart_shutdown_keeps_workers():
    with start(static(('idle', 'lab_idle', 0, 0, 2))) as s:
        with Sql(s) as q:
            idle = next_pid(s, 'idle')
            s.process.send_signal(signal.SIGTERM)
            wait_until(lambda: 'smart shutdown request' in s.log(), what='the request to be heard')
            equal(q.value("count(*) from pg_stat_activity where backend_type = 'lab worker'"), '1')
            q.started('lab_idle')       # even new ones
            assert alive(idle)
        equal(s.process.wait(20), 0)
        contains(s.log(), f'background worker "idle" (PID {idle}) exited with exit code 1')


@check
def an_immediate_shutdown():
    with start(static(('idle', 'lab_idle', 0, 0, 2), ('holds', 'lab_hold', 0, 0, 2))) as s:
        next_pid(s, 'holds')
        equal(s.stop(signal.SIGQUIT), 0)
        assert 'exited with' not in s.log(), s.log()[-1000:]


@check
def who_does_not_end_is_killed():
    with start({**static(('deaf', 'lab_deaf', 0, 0, 2)), 'background_worker_stop_timeout': '200ms'}) as s, Sql(s) as q:
        deaf = next_pid(s, 'deaf')
        wait_until(lambda: q.value('workers_begun()') == '1', what='it to be deaf')
        equal(s.stop(), 0)
        contains(s.log(), f'background worker "deaf" (PID {deaf}) has not ended within 200 ms; sending it SIGKILL')


@check
def the_postmaster_is_killed():
    with start(static(('idle', 'lab_idle', 0, 0, 2))) as s:
        idle = next_pid(s, 'idle')
        wait_until(lambda: asleep(idle), what='it to wait')
        s.process.kill()
        wait_until(lambda: not alive(idle), what='its end')
        contains(s.log(), 'terminating background worker "idle" due to unexpected postmaster exit')


def main():
    global options
    options = harness.arguments()
    report = harness.Report('workers')
    for one in harness.CHECKS:
        if not options.checks or any(one.__name__.startswith(c) for c in options.checks):
            harness.run_check(report, one, None, 120)
    report.summary('workers')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
