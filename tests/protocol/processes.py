#!/usr/bin/python3
"""The server as a family of processes: its files, titles, limits, log, signals, and its end; each check starts its own.

    processes.py --server PROGRAM | --postgres  [beginnings of checks…]
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients')]
import harness
import wire
from harness import alive, check, contains, equal, title, wait_until

OPTIONS = None
OURS = False


def start(settings=None, **kw):
    """A running server; use it with `with`."""
    return harness.new_server(OPTIONS, settings=settings, **kw)


def error_of(answer):
    """Severity, SQLSTATE and text of the ErrorResponse among messages."""
    found = [wire.error_fields(b) for k, b in answer if k == 'E']
    assert found, f'no error among {[wire.show(*m) for m in answer]}'
    return found[0]['S'], found[0]['C'], found[0]['M']


def log_in_fails(server, **parameters):
    """The error that a log-in gets."""
    with wire.connect(server) as c:
        c.send(wire.startup(**parameters))
        return error_of(c.until('EZ'))


def show(server, name):
    with wire.session(server) as c:
        return c.ask(f'show {name}')[0][0]


def gone(pids, seconds):
    wait_until(lambda: not any(alive(p) for p in pids), seconds, f'the end of {pids}')


def no_children(server):
    """Waits until nobody is served."""
    wait_until(lambda: not server.client_children(), 10, 'the last client process to end')


def only_ours(function):
    """A check of what is promised beyond PostgreSQL."""
    def run():
        if OURS:
            function()
    run.__name__ = function.__name__
    return run


# --- files and starting ------------------------------------------------------------------------------------------------

@check
def pid_file_has_eight_lines():
    with start() as s:
        with open(s.data_dir + '/postmaster.pid') as f:
            lines = f.read().split('\n')
        equal(len(lines), 9, 'lines, the last empty')
        equal((int(lines[0]), lines[1], int(lines[3]), lines[4], lines[5]), (s.pid, s.data_dir, s.port, s.socket_dir, '127.0.0.1'))
        assert abs(int(lines[2]) - time.time()) < 60, lines[2]
        equal(lines[7], 'ready   ')
        path = f'{s.socket_dir}/.s.PGSQL.{s.port}'
        assert os.path.exists(path) and os.path.exists(path + '.lock'), os.listdir(s.socket_dir)
        equal(s.stop(), 0, 'exit status')
        equal(os.listdir(s.socket_dir), [])
        assert not os.path.exists(s.data_dir + '/postmaster.pid')


@check
def second_postmaster_is_refused():
    with start() as s:
        first = s.process
        s.port, port = harness.free_port(), s.port
        s._launch()
        equal(s.process.wait(20), 1, 'exit status of the second')
        s.process, s.port = first, port
        assert re.search(r'FATAL:  lock file "(\S*/)?postmaster\.pid" already exists', s.log()), s.log()[-800:]
        contains(s.log(), f'HINT:  Is another postmaster (PID {first.pid}) running in data directory "{s.data_dir}"?')
        equal(show(s, 'port'), str(port))


@check
def stale_pid_file_is_replaced():
    with start() as s:
        s.process.kill()
        s.process.wait()
        assert os.path.exists(s.data_dir + '/postmaster.pid')
        s.start()
        equal(show(s, 'port'), str(s.port))


@check
def orphan_of_the_old_server_keeps_a_new_one_out():
    with start() as s:
        c = wire.session(s)
        child = c.pid
        os.kill(child, signal.SIGSTOP)      # so that it cannot notice
        try:
            s.process.kill()
            s.process.wait()
            s._launch()
            assert s.process.wait(20) != 0, 'started beside an orphan'
            assert 'is still in use' in s.log() or 'already exists' in s.log(), s.log()[-800:]
            contains(s.log(), 'HINT:')
        finally:
            os.kill(child, signal.SIGCONT)
        gone([child], 5)
        s.start()
        equal(show(s, 'port'), str(s.port))


@check
def root_is_refused():
    if os.geteuid() == 0:
        with start() as s:
            s.stop()
            s.os_user, keep = None, s.os_user
            refuse, harness.root_switch = harness.root_switch, lambda: []
            try:
                s._launch()
                status = s.process.wait(20)
            finally:
                harness.root_switch, s.os_user = refuse, keep
            equal(status, 1)
            contains(s.log(), '"root" execution of the PostgreSQL server is not permitted.' if not OURS else '"root" execution')


@check
def data_directory_must_be_private():
    with start() as s:
        s.stop()
        os.chmod(s.data_dir, 0o777)
        s._launch()
        equal(s.process.wait(20), 1)
        contains(s.log(), f'FATAL:  data directory "{s.data_dir}" has invalid permissions')
        contains(s.log(), 'DETAIL:  Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).')
        os.chmod(s.data_dir, 0o750)
        s.start()


@check
def port_in_use():
    with start() as a, start() as b:
        b.stop()
        b.port = a.port
        b._launch()
        equal(b.process.wait(20), 1)
        contains(b.log(), 'could not bind IPv4 address "127.0.0.1": Address already in use')
        contains(b.log(), 'FATAL:  could not create any TCP/IP sockets')
        equal(show(a, 'port'), str(a.port))
        b.port = harness.free_port()


@check
def socket_permissions():
    with start({'unix_socket_permissions': '0700'}) as s:
        equal(oct(os.stat(f'{s.socket_dir}/.s.PGSQL.{s.port}').st_mode & 0o777), '0o700')


@check
def settings_know_where_they_come_from():
    with start({'work_mem': '7MB'}) as s:
        with open(s.conf_path, 'a') as f:
            f.write("\nstatement_timeout = 90s   # a comment\nlog_min_messages = 'info'\n")
        s.reload()
        wait_until(lambda: show(s, 'statement_timeout') == '90s', what='the new file')
        with wire.session(s, DateStyle='German') as c:
            c.ask("set bytea_output = 'escape'")
            rows = c.ask("select name, setting, source, sourcefile from pg_settings where name in "
                         "('work_mem', 'statement_timeout', 'DateStyle', 'bytea_output', 'extra_float_digits') order by name")
            equal(rows, [('DateStyle', 'German, DMY', 'client', None), ('bytea_output', 'escape', 'session', None),
                         ('extra_float_digits', '1', 'default', None), ('statement_timeout', '90000', 'configuration file', s.conf_path),
                         ('work_mem', '7168', 'command line', None)])
            with open(s.conf_path) as f:
                line = 1 + f.read().split('\n').index('statement_timeout = 90s   # a comment')
            equal(c.ask("select sourceline from pg_settings where name = 'statement_timeout'"), [(str(line),)])


# --- shutting down -----------------------------------------------------------------------------------------------------

@check
def smart_shutdown_waits_for_sessions():
    with start() as s:
        c = wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: 'smart shutdown request' in s.log(), what='the signal')
        refused = wait_until(lambda: _refused(s), what='new sessions to be refused')
        equal(refused, ('FATAL', '57P03', 'the database system is shutting down'))
        equal(c.ask('select 1'), [('1',)])
        assert s.process.poll() is None
        c.send(wire.terminate())
        equal(s.process.wait(20), 0)
        assert s.log().rstrip().endswith('database system is shut down'), s.log()[-300:]


def _refused(s):
    try:
        return log_in_fails(s)
    except AssertionError:
        return None


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
        wait_until(lambda: _refused(s), what='the smart shutdown')
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
        if OURS:        # PostgreSQL's busy backends notice at their next wait
            sessions[2].send(wire.query('select count(*) from generate_series(1, 100000000000)'))
            wait_until(lambda: 'SELECT' in title(sessions[2].pid), what='the count to begin')
        children = wait_until(lambda: len(s.client_children()) == 12 and s.children(), what='twelve processes')
        if not OURS:    # a process that is still logging in does not look after the postmaster there
            children = [p for p in children if p in [c.pid for c in sessions]]
        s.process.kill()
        s.process.wait()
        gone(children, 1)
        half_open.close()
        at_the_door.close()


# --- signals and settings ----------------------------------------------------------------------------------------------

def append(server, text):
    with open(server.conf_path, 'a') as f:
        f.write('\n' + text + '\n')


@check
def reload_reaches_every_process():
    with start() as s:
        c = wire.session(s)
        equal(c.ask('show work_mem'), [('4MB',)])
        append(s, "work_mem = '7MB'\nmax_connections = 55\nDateStyle = 'German'")
        s.reload()
        wait_until(lambda: c.ask('show work_mem') == [('7MB',)], what='the running session')
        equal(c.parameters['DateStyle'], 'German, DMY')
        equal(show(s, 'work_mem'), '7MB')
        equal(show(s, 'max_connections'), '100')
        contains(s.log(), 'received SIGHUP, reloading configuration files')
        contains(s.log(), 'parameter "max_connections" cannot be changed without restarting the server')
        equal(wire.session(s).ask("select name, setting from pg_settings where pending_restart"), [('max_connections', '100')])


@check
def reload_does_not_override_the_session():
    with start() as s:
        c = wire.session(s)
        c.ask("set work_mem = '9MB'")
        append(s, "work_mem = '7MB'")
        s.reload()
        wait_until(lambda: show(s, 'work_mem') == '7MB', what='new sessions')
        equal(c.ask('show work_mem'), [('9MB',)])
        c.ask('reset work_mem')
        wait_until(lambda: c.ask('show work_mem') == [('7MB',)], what='the value of the file')


@check
def broken_file_is_ignored_as_a_whole():
    with start() as s:
        append(s, "work_mem = '7MB'\nthis is not a setting")
        s.reload()
        wait_until(lambda: 'contains errors' in s.log(), what='the complaint')
        contains(s.log(), 'syntax error in file "' + s.conf_path + '" line ')
        equal(show(s, 'work_mem'), '4MB')


@check
def wrong_value_in_the_file():
    with start() as s:
        append(s, "work_mem = 'much'\nstatement_timeout = 5s\nnosuch = 1")
        s.reload()
        wait_until(lambda: 'contains errors' in s.log(), what='the complaint')
        contains(s.log(), 'unrecognized configuration parameter "nosuch" in file')
        equal(show(s, 'work_mem'), '4MB')


@check
def rules_are_reloaded():
    with start() as s:
        equal(log_in_fails(s, user='rejected')[1], '28000')
        s.write_hba('host all rejected 127.0.0.1/32 trust\n' + harness.HBA_RULES)
        s.reload()
        wait_until(lambda: _can_log_in(s, 'rejected'), what='the new rules')
        s.write_hba('nonsense all all trust\nhost all all 127.0.0.1/32 reject\n')
        s.reload()
        wait_until(lambda: 'was not reloaded' in s.log(), what='the complaint')
        contains(s.log(), 'invalid connection type "nonsense"')
        assert _can_log_in(s, 'rejected')


def _can_log_in(s, user):
    with wire.connect(s) as c:
        c.send(wire.startup(user=user))
        return c.until('EZ')[-1][0] == 'Z'


# --- connections and limits --------------------------------------------------------------------------------------------

@check
def one_child_for_each_client():
    with start() as s:
        sessions = [wire.session(s) for _ in range(5)]
        equal(sorted(s.client_children()), sorted(c.pid for c in sessions))
        equal(sorted(int(c.ask('select pg_backend_pid()')[0][0]) for c in sessions), sorted(c.pid for c in sessions))
        for c in sessions:
            c.close()
        no_children(s)


@check
def reserved_and_last_slots():
    with start({'max_connections': 6, 'superuser_reserved_connections': 2}) as s:
        sessions = [wire.session(s, user='trusted') for _ in range(4)]
        equal(log_in_fails(s, user='trusted'), ('FATAL', '53300', 'remaining connection slots are reserved for non-replication superuser connections'))
        sessions += [wire.session(s) for _ in range(2)]
        for user in ('trusted', 'tester'):
            equal(log_in_fails(s, user=user), ('FATAL', '53300', 'sorry, too many clients already'))
        sessions[0].close()
        wait_until(lambda: _can_log_in(s, 'tester'), what='a free slot')


@check
def far_too_many_clients_all_get_an_answer():
    with start({'max_connections': 20}) as s:
        lines = []
        for _ in range(300):
            c = wire.connect(s, timeout=30)
            c.send(wire.startup())
            lines.append(c)
        answers = []
        for c in lines:
            try:
                answers.append(c.until('EZ')[-1])
            except wire.Closed:
                answers.append(('(closed)', b''))
        ready = sum(k == 'Z' for k, _ in answers)
        refused = sum(k == 'E' and wire.error_fields(b)['C'] == '53300' for k, b in answers)
        equal(ready + refused, 300, f'{ready} ready and {refused} refused')
        assert 17 <= ready <= 20, ready
        for c in lines:
            c.close()
        no_children(s)
        equal(show(s, 'max_connections'), '20')


@check
@only_ours
def half_open_connections_leave_room():
    with start() as s:
        silent = [wire.connect(s) for _ in range(300)]
        for c in silent[::3]:
            c.send(b'\0\0')
        for c in silent[1::3]:
            c.send(wire.startup(user='alice'))
        equal(show(s, 'max_connections'), '100')
        with wire.session(s, user='trusted') as c:
            equal(c.ask('select 1'), [('1',)])
        for c in silent:
            c.close()
        no_children(s)


@check
def authentication_timeout():
    with start({'authentication_timeout': '1s'}, tls=True) as s:
        silent, half, password, tls = (wire.connect(s, timeout=15) for _ in range(4))
        half.send(wire.startup()[:10])
        password.send(wire.startup(user='alice'))
        tls.send(wire.request(wire.SSL))
        equal(tls.byte(), b'S')
        began = time.monotonic()
        equal([wire.show(*m) for m in silent.rest()], [])
        equal([wire.show(*m) for m in half.rest()], [])
        password.rest()
        contains(s.log(), 'FATAL:  canceling authentication due to timeout')
        tls.rest()
        assert 0.5 < time.monotonic() - began < 10
        no_children(s)
        c = wire.session(s)     # who is in stays in
        time.sleep(1.2)
        equal(c.ask('select 1'), [('1',)])


@check
def nobody_outlives_a_client():
    with start(tls=True) as s:
        def leave(*messages, wait=False):
            c = wire.connect(s)
            c.send(*messages)
            if wait:
                c.read()
            c.close()
        for _ in range(20):
            leave()
            leave(b'\0')
            leave(wire.startup())
            leave(wire.startup(user='alice'), wait=True)
            leave(wire.request(wire.SSL))
            leave(wire.startup() + wire.query('select 1'))
            leave(wire.startup() + wire.query('select g, repeat(\'x\', 1000) from generate_series(1, 100000) g'))
            leave(wire.startup() + wire.query('begin'))
            leave(b'\xff' * 100)
        no_children(s)
        equal(show(s, 'port'), str(s.port))


@check
def client_that_vanishes_in_mid_query():
    with start({'client_connection_check_interval': '100ms'}) as s:
        c = wire.session(s)
        c.send(wire.query('select pg_sleep(60)'))
        wait_until(lambda: 'SELECT' in title(c.pid), what='the sleep to begin')
        c.close()
        no_children(s)


@check
def client_that_never_reads():
    with start() as s:
        c = wire.session(s)
        c.send(wire.query("select repeat('x', 10000) from generate_series(1, 1000000)"))
        wait_until(lambda: 'SELECT' in title(c.pid), what='the query to begin')
        began = time.monotonic()
        for _ in range(20):
            equal(show(s, 'port'), str(s.port))
        assert time.monotonic() - began < 10
        with open(f'/proc/{c.pid}/status') as f:
            size = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))
        assert size < 200_000, f'{size} KiB for a client that does not read'
        c.close()
        no_children(s)


@check
def length_that_is_only_claimed_costs_nothing():
    # five bytes announce a gigabyte that never comes
    with start() as s:
        sessions = [wire.session(s) for _ in range(4)]
        for c in sessions:
            c.send(b'Q' + struct.pack('!i', 0x3ffffff0) + b'select 1')
        wait_until(lambda: all(harness.asleep(c.pid) for c in sessions), what='the backends to wait for more')
        for c in sessions:
            with open(f'/proc/{c.pid}/status') as f:
                size = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))
            assert size < 100_000, f'{size} KiB for what has not been sent'
            c.close()
        no_children(s)


@check
def many_pipelined_requests_unread():
    # the client sends 20 MB of requests and reads nothing until all is sent: the server must not wait for it forever
    with start() as s:
        c = wire.session(s, timeout=30)
        one = wire.parse('select $1::text') + wire.bind(['x' * 1000]) + wire.describe() + wire.execute() + wire.sync()
        c.socket.setblocking(False)
        data, sent, received = one * 20000, 0, 0
        answers = bytearray()
        deadline = time.monotonic() + 60
        while answers.count(b'Z\0\0\0\5I') < 20000:
            assert time.monotonic() < deadline, f'{sent} of {len(data)} sent, {len(answers)} received'
            with contextlib.suppress(BlockingIOError):
                if sent < len(data):
                    sent += c.socket.send(data[sent:sent + 1_000_000])
                    continue
            with contextlib.suppress(BlockingIOError):
                answers += c.socket.recv(1_000_000)
        c.close()


@check
def postmaster_does_not_grow():
    with start() as s:
        def once():
            for _ in range(100):
                with wire.session(s) as c:
                    c.ask('select 1')
            no_children(s)
            with open(f'/proc/{s.pid}/status') as f:
                return len(os.listdir(f'/proc/{s.pid}/fd')), int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))
        once()
        files, size = once()
        later_files, later_size = (once(), once())[1]
        equal(later_files, files, 'open files')
        assert later_size <= size + 512, f'{size} KiB have become {later_size} KiB'


@check
@only_ours
def a_killed_backend_costs_nobody_else_anything():
    with start() as s:
        victim, other = wire.session(s), wire.session(s)
        other.ask('begin')
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(lambda: f'(PID {victim.pid}) was terminated by signal 9: Killed' in s.log(), what='the log line')
        equal(other.ask('select 1'), [('1',)])
        equal(show(s, 'port'), str(s.port))
        other.ask('commit')


# --- cancel ------------------------------------------------------------------------------------------------------------

def request_cancel(server, pid, key, by_tls=False):
    with wire.connect(server) as c:
        if by_tls:
            import ssl
            c.send(wire.request(wire.SSL))
            equal(c.byte(), b'S')
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            c.socket = context.wrap_socket(c.socket)
        c.send(wire.cancel(pid, key))
        equal([wire.show(*m) for m in c.rest()], [], 'answer to a cancel request')


@check
def cancel_with_the_right_key():
    with start(tls=True) as s:
        c = wire.session(s)
        for by_tls in (False, True):
            c.send(wire.query('select pg_sleep(60)'))
            wait_until(lambda: 'SELECT' in title(c.pid), what='the sleep to begin')
            request_cancel(s, c.pid, c.key, by_tls)
            equal(error_of(c.ready()), ('ERROR', '57014', 'canceling statement due to user request'))
            equal(c.ask('select 1'), [('1',)])


@check
def cancel_with_a_wrong_key():
    with start() as s:
        c, other = wire.session(s), wire.session(s)
        c.send(wire.query('select pg_sleep(1), 7'))
        wait_until(lambda: 'SELECT' in title(c.pid), what='the sleep to begin')
        request_cancel(s, c.pid, bytes(x ^ 1 for x in c.key))
        request_cancel(s, c.pid, other.key)
        request_cancel(s, 1, c.key)
        request_cancel(s, s.pid, c.key)
        equal([wire.data_row(b)[1] for k, b in c.ready() if k == 'D'], [b'7'])
        contains(s.log(), f'wrong key in cancel request for process {c.pid}')
        contains(s.log(), 'PID 1 in cancel request did not match any process')


@check
def cancel_between_statements_does_nothing():
    with start() as s:
        c = wire.session(s)
        request_cancel(s, c.pid, c.key)
        for _ in range(3):
            answer = None
            c.send(wire.query('select 1'))
            answer = c.ready()
            if all(k != 'E' for k, _ in answer):
                break
            equal(error_of(answer)[1], '57014')     # it may come late, but never harms the session
        assert all(k != 'E' for k, _ in answer)


@check
def cancel_in_a_pipeline_skips_to_sync():
    with start() as s:
        c = wire.session(s)
        c.send(wire.parse('select pg_sleep(60)') + wire.bind() + wire.execute() + wire.parse('select 1') + wire.bind() + wire.execute() + wire.sync() +
               wire.parse('select 2') + wire.bind() + wire.execute() + wire.sync())
        wait_until(lambda: 'SELECT' in title(c.pid), what='the sleep to begin')
        request_cancel(s, c.pid, c.key)
        equal([k for k, _ in c.ready()], list('12EZ'))
        equal([k for k, _ in c.ready()], list('12DCZ'))


@check
def keys_are_not_guessable():
    with start() as s:
        keys = set()
        for _ in range(50):
            with wire.session(s) as c:
                keys.add(c.key)
        assert len(keys) == 50, f'{len(keys)} different keys in 50 sessions'


@check
def sql_signals():
    with start() as s:
        a, b = wire.session(s), wire.session(s)
        a.send(wire.query('select pg_sleep(60)'))
        wait_until(lambda: 'SELECT' in title(a.pid), what='the sleep to begin')
        equal(b.ask(f'select pg_cancel_backend({a.pid})'), [('t',)])
        equal(error_of(a.ready())[1], '57014')
        equal(b.ask(f'select pg_terminate_backend({a.pid})'), [('t',)])
        equal(error_of(a.rest()), ('FATAL', '57P01', 'terminating connection due to administrator command'))
        b.send(wire.query('select pg_terminate_backend(1)'))
        notices = [wire.show(k, m) for k, m in b.ready() if k == 'N']
        contains(' '.join(notices), 'PID 1 is not a PostgreSQL')
        equal(b.ask('select pg_reload_conf()'), [('t',)])
        wait_until(lambda: 'received SIGHUP' in s.log(), what='the reload')


@check
def timeouts_of_a_session():
    with start() as s:
        c = wire.session(s, statement_timeout='100')
        c.send(wire.query('select pg_sleep(60)'))
        equal(error_of(c.ready()), ('ERROR', '57014', 'canceling statement due to statement timeout'))
        c.send(wire.parse('select pg_sleep(60)') + wire.bind() + wire.execute() + wire.sync())
        equal(error_of(c.ready())[1], '57014')
        c = wire.session(s, idle_in_transaction_session_timeout='100')
        c.ask('begin')
        equal(error_of(c.rest()), ('FATAL', '25P03', 'terminating connection due to idle-in-transaction timeout'))
        c = wire.session(s, idle_session_timeout='100')
        equal(error_of(c.rest()), ('FATAL', '57P05', 'terminating connection due to idle-session timeout'))
        c = wire.session(s, idle_session_timeout='100')
        c.ask('begin; select pg_sleep(0.3)')
        c.socket.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            raise AssertionError(f'in a transaction it does not count, but came {c.socket.recv(100)!r}')


# --- titles, silence, log ----------------------------------------------------------------------------------------------

@check
def process_titles():
    with start() as s:
        def shows(pid, pattern):
            wait_until(lambda: re.fullmatch(r'\S+: ' + pattern, title(pid)), 5, f'{pattern}; it is {title(pid)!r}')
        c = wire.session(s)
        port = c.socket.getsockname()[1]
        me = rf'tester postgres 127\.0\.0\.1\({port}\) '
        shows(c.pid, me + 'idle')
        c.ask('begin')
        shows(c.pid, me + 'idle in transaction')
        c.send(wire.query('select 1/0'))
        c.ready()
        shows(c.pid, me + r'idle in transaction \(aborted\)')
        c.ask('rollback')
        shows(c.pid, me + 'idle')
        c.send(wire.query('select pg_sleep(60)'))
        shows(c.pid, me + 'SELECT')
        c.close()
        c = wire.session(s, by_socket=True)
        shows(c.pid, r'tester postgres \[local\] idle')
        door = wire.connect(s)
        door.send(wire.startup(user='alice'))
        door.read()
        pid = (set(s.client_children()) - {c.pid}).pop() if len(s.client_children()) == 2 else None
        if pid:
            shows(pid, r'alice postgres 127\.0\.0\.1\(\d+\) authentication')
        assert 'postgres' in title(s.pid) or 'forklore' in title(s.pid) or 'server' in title(s.pid)


@check
def cluster_name_stands_in_front():
    with start({'cluster_name': 'main'}) as s:
        c = wire.session(s, by_socket=True)
        wait_until(lambda: re.fullmatch(r'\S+: main: tester postgres \[local\] idle', title(c.pid)), 5, 'the title')
        equal(c.ask('show cluster_name'), [('main',)])


@check
def titles_can_be_left_alone():
    with start({'update_process_title': 'off'}) as s:
        c = wire.session(s)
        c.ask('begin')
        assert 'in transaction' not in title(c.pid), title(c.pid)


@check
def idle_server_makes_no_system_call():
    harness.program('strace', 'strace')
    with start() as s:
        sessions = [wire.session(s) for _ in range(10)]
        for c in sessions:
            c.ask('select 1')
        out = os.path.join(s.root, 'strace.out')
        who = [s.pid] + [c.pid for c in sessions]
        tracer = subprocess.Popen(['strace', '-o', out, *[x for p in who for x in ('-p', str(p))]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            attached = [tracer.stderr.readline() for _ in who]
            assert all('attached' in line for line in attached), f'strace cannot attach: {attached[0]}'
            time.sleep(2)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
        with open(out) as f:
            # strace writes down the call that each process sleeps in, unfinished or detached
            calls = [line for line in f if not re.search(r'<unfinished|<detached|resumed|^\d+ +(epoll_wait|epoll_pwait|select|pselect6|ppoll|poll|restart_syscall|recvfrom|read)\([^)]*$', line)]
        equal(calls, [], 'system calls in two idle seconds')


@check
def log_of_connections():
    with start({'log_connections': 'on', 'log_disconnections': 'on'}, tls=True) as s:
        wire.session(s, application_name='a name').close()
        wait_until(lambda: 'disconnection:' in s.log(), what='the last line')
        for pattern in (r'LOG:  connection received: host=127\.0\.0\.1 port=\d+\n', r'LOG:  connection authorized: user=tester database=postgres application_name=a name\n',
                        r'LOG:  disconnection: session time: 0:00:0\d\.\d{3} user=tester database=postgres host=127\.0\.0\.1 port=\d+\n'):
            assert re.search(pattern, s.log()), f'{pattern} in {s.log()[-1500:]}'
        wire.session(s, by_socket=True).close()
        wait_until(lambda: s.log().count('disconnection:') == 2, what='the second session')
        assert re.search(r'connection received: host=\[local\]\n', s.log()), s.log()[-800:]
        with wire.connect(s) as c:
            log_in_with_scram(c, 'alice', harness.PASSWORD)
        wait_until(lambda: 'connection authenticated: identity="alice" method=scram-sha-256' in s.log(), what='the authenticated line')
        env = s.environment(PGSSLMODE='require')
        subprocess.run([harness.program('psql', 'postgresql-client'), '-Xc', 'select 1'], env=env, stdout=subprocess.DEVNULL, check=True, timeout=20)
        wait_until(lambda: re.search(r'connection authorized: user=tester database=postgres application_name=psql SSL enabled \(protocol=TLSv1\.\d, cipher=\S+, bits=\d+\)', s.log()), what='the line of TLS')


def log_in_with_scram(c, user, secret):
    c.send(wire.startup(user=user))
    c.read()
    scram = wire.Scram(secret)
    c.send(scram.first())
    c.send(scram.final(c.read()[1][4:].decode()))
    return c.until('EZ')


@check
def log_of_failed_logins():
    with start() as s:
        for user, secret in (('alice', 'wrong'), ('no_password', 'x'), ('nobody_knows', 'x')):
            with wire.connect(s) as c:
                equal(error_of(log_in_with_scram(c, user, secret))[1], '28P01')
        for text in ('FATAL:  password authentication failed for user "alice"', 'DETAIL:  Connection matched ', 'User "no_password" has no password assigned.', 'Role "nobody_knows" does not exist.'):
            wait_until(lambda: text in s.log(), 5, f'{text} in the log: {s.log()[-500:]}')
        assert 'wrong' not in s.log()


@check
def log_of_statements():
    with start({'log_statement': 'all', 'log_min_duration_statement': '-1', 'log_line_prefix': '<%p|%u|%d|%a|%h|%e|%i> '}) as s:
        with wire.session(s, application_name='app') as c:
            c.ask('select 1')
            c.ask('select 2; select 3')
            c.send(wire.parse('select $1::int, $2::text', 'st') + wire.bind(['5', None], statement='st') + wire.execute() + wire.sync())
            c.ready()
            c.send(wire.query('select 1/0'))
            c.ready()
            pid = c.pid
        where = f'<{pid}|tester|postgres|app|127.0.0.1|'
        for text in (f'{where}00000|idle> LOG:  statement: select 1\n', 'LOG:  statement: select 2; select 3\n', 'LOG:  execute st: select $1::int, $2::text\n', "DETAIL:  parameters: $1 = '5', $2 = NULL\n",
                     f'{where}22012|SELECT> ERROR:  division by zero\n', f'{where}22012|SELECT> STATEMENT:  select 1/0\n'):
            wait_until(lambda: text in s.log(), 5, f'{text!r} in the log: {s.log()[-500:]}')


@check
def log_of_durations():
    with start({'log_min_duration_statement': '0'}) as s:
        with wire.session(s) as c:
            c.ask('select 1')
            c.send(wire.parse('select $1::int', 'st') + wire.bind(['5'], statement='st') + wire.execute() + wire.sync())
            c.ready()
        for pattern in (r'LOG:  duration: \d+\.\d{3} ms  statement: select 1\n', r'duration: \d+\.\d{3} ms  parse st: select \$1::int\n', r'duration: \d+\.\d{3} ms  bind st: select \$1::int\n',
                        r'duration: \d+\.\d{3} ms  execute st: select \$1::int\n'):
            wait_until(lambda: re.search(pattern, s.log()), 5, f'{pattern} in the log: {s.log()[-500:]}')
    with start({'log_min_duration_statement': '200ms'}) as s:
        with wire.session(s) as c:
            c.ask('select 1')
            c.ask('select pg_sleep(0.3)')
        wait_until(lambda: 'pg_sleep' in s.log(), 5, 'the slow statement')
        assert 'select 1' not in s.log()


@check
def log_levels():
    with start({'log_min_messages': 'warning', 'log_min_error_statement': 'panic'}) as s:
        with wire.session(s) as c:
            for sql in ('commit', 'select 1/0'):
                c.send(wire.query(sql))
                c.ready()
        wait_until(lambda: 'ERROR:  division by zero' in s.log(), 5, 'the error')
        contains(s.log(), 'WARNING:  there is no transaction in progress')
        assert 'STATEMENT:' not in s.log()


@check
@only_ours
def passwords_stay_out_of_log_and_titles():
    with start({'log_statement': 'all', 'log_min_duration_statement': '0'}) as s:
        secret = 'Xyzzy-quite-secret'
        with wire.session(s) as c:
            for sql in (f"alter role alice password '{secret}'", f"create role x login password '{secret}'", f"create user y encrypted password '{secret}'; selec",
                        f"prepare p as alter role alice password '{secret}'", f"select 1; alter user alice with password E'{secret}'"):
                c.send(wire.query(sql))
                c.ready()
                assert secret not in title(c.pid)
            c.send(wire.parse(f"alter role alice password '{secret}'") + wire.sync())
            c.ready()
        assert secret not in s.log(), [line for line in s.log().split('\n') if secret in line]


# --- what is parsed but not yet built ----------------------------------------------------------------------------------

@check
@only_ours
def what_is_not_built_says_so():
    with start() as s, wire.session(s) as c:
        for sql, words in (('create index on t (a)', 'CREATE INDEX'), ('vacuum', 'VACUUM'), ('listen x', 'LISTEN'), ('merge into t using u on true when matched then delete', 'MERGE'),
                           ("create function f() returns int language sql as 'select 1'", 'CREATE FUNCTION')):
            c.send(wire.query(sql))
            answer = error_of(c.ready())
            equal(answer[1], '0A000', f'{sql}: {answer[2]}')
            contains(answer[2], words)
            c.send(wire.parse(sql) + wire.sync())
            equal(error_of(c.ready())[1], '0A000', sql)
        equal(c.ask('select 1'), [('1',)])


@check
def function_call_message_gets_an_answer():
    # PostgreSQL runs the function; what has no such functions must answer with an error and go on
    with start() as s, wire.session(s) as c:
        c.send(wire.message('F', struct.pack('!I', 4_000_000_000) + struct.pack('!hhh', 0, 0, 0)))
        equal(error_of(c.ready())[0], 'ERROR')
        equal(c.ask('select 1'), [('1',)])


# --- the programs around it --------------------------------------------------------------------------------------------

@check
def pg_isready_tells_the_states():
    isready = harness.program('pg_isready', 'postgresql-client')
    with start() as s:
        def status(**env):
            return subprocess.run([isready, '-q', '-t', '10'], env=s.environment(**env), timeout=20).returncode
        equal((status(), status(PGHOST=s.socket_dir), status(PGUSER='nobody', PGDATABASE='nosuch'), status(PGPORT='1')), (0, 0, 0, 2))
        c = wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: status() == 1, what='a server that rejects')
        c.close()
        equal(s.process.wait(20), 0)
        equal(status(), 2)


def control(server, verb, *arguments):
    """`forklore VERB` or `pg_ctl VERB` on the server's directory: exit status and output."""
    if OURS:
        command = [server.program, verb, '--data-dir', server.data_dir, *arguments]
        if verb in ('start', 'restart'):
            command += ['--port', str(server.port), '--socket-dir', server.socket_dir, '--listen', server.host, '--log', server.root + '/control.log', *harness.root_switch()]
    else:
        command = [server.bin + '/pg_ctl', verb, '-D', server.data_dir, *arguments]
        if verb in ('start', 'restart'):
            command += ['-l', server.root + '/control.log', '-o', f'-p {server.port} -k {server.socket_dir} -c listen_addresses={server.host}']
    # the server that it starts must not hold the test's pipe open
    with open(server.root + '/control', 'w+') as out:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=60, **server._account()).returncode
        out.seek(0)
        return status, out.read()


@check
def control_commands_and_their_exit_statuses():
    with start() as s:
        equal(s.stop(), 0)
        def status_of(verb, *arguments):
            status, output = control(s, verb, *arguments)
            seen.append((verb, *arguments, status, output.strip()))
            return status
        seen = []
        try:
            equal([status_of('status'), status_of('stop'), status_of('reload')], [3, 1, 1], 'nobody runs: status, stop, reload')
            equal([status_of('start'), status_of('status'), status_of('reload')], [0, 0, 0], 'start, status, reload')
            first = int(open(s.data_dir + '/postmaster.pid').readline())
            contains(seen[-2][2], str(first), 'the output of status')
            equal(status_of('start'), 1, 'start again')
            equal(status_of('restart'), 0)
            second = int(open(s.data_dir + '/postmaster.pid').readline())
            assert second != first and not alive(first), (first, second)
            equal(show(s, 'port'), str(s.port))
            with wire.session(s) as c:
                equal(status_of('stop', '-m', 'smart', '-t', '1'), 1, 'smart stop with a session open')
                equal(status_of('stop', '-m', 'fast'), 0)
                equal(error_of(c.rest())[1], '57P01')
            equal([status_of('status'), status_of('restart'), status_of('stop', '-m', 'immediate'), status_of('status')], [3, 0, 0, 3], 'the rest')
            s.data_dir, keep = s.root + '/nowhere', s.data_dir
            equal([status_of('status'), status_of('stop')], [4, 1], 'no such directory: status, stop')
            s.data_dir = keep
        except AssertionError as e:
            raise AssertionError(f'{e}; {seen[-3:]}') from None
        finally:
            if os.path.exists(s.data_dir + '/postmaster.pid'):
                control(s, 'stop', '-m', 'immediate')


@check
def wrong_command_lines():
    if OURS:
        with start() as s:
            for arguments in (['run'], ['run', '--data-dir', s.data_dir, '-c', 'nosuch=1'], ['run', '--data-dir', s.data_dir, '-c', 'port'], ['run', '--data-dir', s.data_dir, '--port', '99999999'],
                              ['nonsense'], [], ['run', '--data-dir', s.data_dir, '--nonsense'], ['role', '--data-dir', s.data_dir, 'create'], ['stop', '--data-dir', s.data_dir, '-m', 'slow']):
                done = subprocess.run([s.program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
                assert done.returncode not in (0, -6, -11) and done.stdout.strip(), f'{arguments}: status {done.returncode}, {done.stdout!r}'
            equal(show(s, 'port'), str(s.port))


@check
@only_ours
def run_initialises_an_empty_directory():
    with start() as s:
        s.stop()
        shutil.rmtree(s.data_dir)
        s._spawn([s.program, 'run', '--data-dir', s.data_dir, '--port', str(s.port), '--socket-dir', s.socket_dir, '--listen', s.host, '--username', 'somebody', '--auth', 'trust', *harness.root_switch()])
        s._wait_until_ready()
        with wire.session(s, user='somebody') as c:
            equal(c.ask('show is_superuser'), [('on',)])
        assert _mode(s.data_dir) == 0o700, oct(_mode(s.data_dir))


@check
@only_ours
def safe_as_installed():
    # without --auth: the owner by the Unix socket, nobody without a password by TCP
    import pwd
    me = pwd.getpwuid(os.geteuid()).pw_name
    with start() as s:
        s.stop()
        shutil.rmtree(s.data_dir)
        s._spawn([s.program, 'run', '--data-dir', s.data_dir, '--port', str(s.port), '--socket-dir', s.socket_dir, '--listen', s.host, *harness.root_switch()])
        s._wait_until_ready()
        with wire.session(s, by_socket=True, user=me) as c:
            equal(c.ask('show is_superuser'), [('on',)])
        with wire.connect(s) as c:
            c.send(wire.startup(user=me))
            equal(wire.show(*c.read()), 'Authentication SASL SCRAM-SHA-256')


def _mode(path):
    return os.stat(path).st_mode & 0o777


if __name__ == '__main__':
    OPTIONS = harness.arguments()
    OURS = bool(OPTIONS.server)
    report = harness.Report()
    for one in harness.CHECKS:
        if not OPTIONS.checks or any(one.__name__.startswith(w) for w in OPTIONS.checks):
            try:
                harness.run_check(report, one, None, OPTIONS.limit * 2)
            except harness.Missing as missing:
                report.add(one.__name__, str(missing))
    print(f'processes: {report.passed} passed, {report.failed} failed')
    sys.exit(1 if report.failed or not report.passed else 0)
