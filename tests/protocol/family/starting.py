"""Files, starting and stopping: pid file, lock, permissions, and the commands around the server."""
import contextlib
import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import time

import harness
import wire
from common import control, error_of, gone, mode_of, only_ours, ours, show, start
from harness import alive, check, contains, equal, wait_until


@check
def pid_file_has_eight_lines():
    with start() as s:
        with open(s.data_dir + '/postmaster.pid') as f:
            lines = f.read().split('\n')
        equal(len(lines), 9, 'lines, the last empty')
        equal((int(lines[0]), lines[1], int(lines[3]), lines[4], lines[5]),
              (s.pid, s.data_dir, s.port, s.socket_dir, '127.0.0.1'))
        assert abs(int(lines[2]) - time.time()) < 60, lines[2]
        equal(lines[7], 'ready   ')
        path = f'{s.socket_dir}/.s.PGSQL.{s.port}'
        assert os.path.exists(path) and os.path.exists(path + '.lock'), os.listdir(s.socket_dir)
        equal(s.stop(), 0, 'exit status')
        equal(os.listdir(s.socket_dir), [])
        assert not os.path.exists(s.data_dir + '/postmaster.pid')


@check
def second_postmaster_isrefused():
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
            equal(control(s, 'status')[0], 3, 'status')
        finally:
            os.kill(child, signal.SIGCONT)
        gone([child], 5)
        s.start()
        equal(show(s, 'port'), str(s.port))


@check
def root_isrefused():
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
            contains(s.log(), '"root" execution of the PostgreSQL server is not permitted.' if not ours() else '"root" execution')


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
                         ('extra_float_digits', '1', 'default', None),
                         ('statement_timeout', '90000', 'configuration file', s.conf_path),
                         ('work_mem', '7168', 'command line', None)])
            with open(s.conf_path) as f:
                line = 1 + f.read().split('\n').index('statement_timeout = 90s   # a comment')
            equal(c.ask("select sourceline from pg_settings where name = 'statement_timeout'"), [(str(line),)])


@check
def pg_isready_tells_the_states():
    isready = harness.program('pg_isready', 'postgresql-client')
    with start() as s:
        def status(**env):
            return subprocess.run([isready, '-q', '-t', '10'], env=s.environment(**env), timeout=20).returncode
        equal((status(), status(PGHOST=s.socket_dir), status(PGUSER='nobody', PGDATABASE='nosuch'), status(PGPORT='1')),
              (0, 0, 0, 2))
        c = wire.session(s)
        s.process.send_signal(signal.SIGTERM)
        wait_until(lambda: status() == 1, what='a server that rejects')
        c.close()
        equal(s.process.wait(20), 0)
        equal(status(), 2)


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
                status, said = control(s, 'stop', '-m', 'smart', '-t', '1')
                equal(status, 1, 'smart stop with a session open')
                contains(said, 'server does not shut down\nHINT: ')
                equal(status_of('stop', '-m', 'fast'), 0)
                equal(error_of(c.rest())[1], '57P01')
            equal([status_of('status'), status_of('restart'), status_of('stop', '-m', 'immediate'), status_of('status')],
                  [3, 0, 0, 3], 'the rest')
            s.data_dir, keep = s.root + '/nowhere', s.data_dir
            equal([status_of('status'), status_of('stop')], [4, 1], 'no such directory: status, stop')
            s.data_dir = keep
        except AssertionError as e:
            raise AssertionError(f'{e}; {seen[-3:]}') from None
        finally:
            if os.path.exists(s.data_dir + '/postmaster.pid'):
                control(s, 'stop', '-m', 'immediate')


@check
@only_ours
def restarts_as_it_was_started():
    # whoever started it; also words with blanks, quotes and backslashes in them
    name = '''it's a "name" \\ of  sorts'''
    with start({'cluster_name': name, 'work_mem': '7MB'}) as s:
        equal(show(s, 'cluster_name'), name)
        try:
            for _ in range(2):
                done = s.run_tool(s.program, 'restart', '--data-dir', s.data_dir, '--log', s.root + '/control.log')
                equal(done.returncode, 0, done.stdout)
                equal((show(s, 'cluster_name'), show(s, 'work_mem'), show(s, 'port')), (name, '7MB', str(s.port)))
        finally:
            control(s, 'stop')


@check
@only_ours
def files_are_named_from_where_it_was_started():
    with start(hba='host all all 127.0.0.1/32 trust\n') as s:
        s.stop()
        os.mkdir(s.root + '/conf')
        shutil.move(s.data_dir + '/hba.conf', s.root + '/conf/rules')
        with open(s.root + '/conf/settings', 'w') as f:
            f.write("hba_file = 'conf/rules'\nwork_mem = 7MB\n")
        def tool(*arguments, cwd):
            done = s.run_tool(s.program, *arguments, '--data-dir', s.data_dir, cwd=cwd)
            equal(done.returncode, 0, f'{arguments}: {done.stdout}')
        run = ['--port', str(s.port), '--socket-dir', s.socket_dir, '--listen', s.host, *harness.root_switch()]
        tool('start', '-c', 'config_file=conf/settings', '--log', 'control.log', *run, cwd=s.root)
        try:
            equal((show(s, 'work_mem'), show(s, 'config_file'), show(s, 'hba_file')),
                  ('7MB', s.root + '/conf/settings', s.root + '/conf/rules'))
            with open(s.root + '/conf/settings', 'a') as f:
                f.write('work_mem = 8MB\n')
            with open(s.root + '/conf/rules', 'a') as f:
                f.write('# more\n')
            tool('reload', cwd='/')
            wait_until(lambda: show(s, 'work_mem') == '8MB', what='the new file')
            with open(s.root + '/control.log') as f:
                said = f.read()
            assert 'could not' not in said and 'cannot' not in said and 'not reloaded' not in said, said
        finally:
            tool('stop', cwd='/')


@check
@only_ours
def who_only_looks_does_not_keep_it_from_starting():
    with start() as s:
        s.stop()
        path = s.data_dir + '/postmaster.pid'
        with open(path, 'w') as looking:
            fcntl.flock(looking, fcntl.LOCK_SH)
            s._launch()
            def has_come_to_the_lock():
                assert s.process.poll() is None, s.log()[-500:]
                files = f'/proc/{s.pid}/fd'
                with contextlib.suppress(FileNotFoundError):    # one that closes while we look
                    return any(os.readlink(f'{files}/{fd}') == path for fd in os.listdir(files))
            wait_until(has_come_to_the_lock, what='the server to try the lock')
        s._wait_until_ready()
        equal(show(s, 'port'), str(s.port))


@check
@only_ours
def only_one_initialises():
    with start() as s:
        there = s.root + '/new'
        os.mkdir(there)
        with open(there + '/postmaster.pid', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for verb in ('init', 'run'):
                done = s.run_tool(s.program, verb, '--data-dir', there, *harness.root_switch())
                equal(done.returncode, 1, verb)
                contains(done.stdout, 'lock file "postmaster.pid" already exists')
        equal(os.listdir(there), ['postmaster.pid'])
        equal(s.run_tool(s.program, 'init', '--data-dir', there).returncode, 0)
        assert 'postmaster.pid' not in os.listdir(there), os.listdir(there)


@check
@only_ours
def files_that_cannot_be_read_keep_it_from_starting():
    with start() as s:
        for name in ('hba.conf', 'roles', 'databases', 'mock_secret'):
            s.stop()
            path, kept = os.path.join(s.data_dir, name), s.root + '/kept'
            os.rename(path, kept)
            for problem in ('No such file or directory', 'Is a directory'):
                if problem == 'Is a directory':
                    os.mkdir(path)
                s._launch()
                equal(s.process.wait(20), 1, name)
                contains(s.log().split('starting Forklore')[-1], f'file "{path}": {problem}')
            os.rmdir(path)
            os.rename(kept, path)
            s.start()


@check
def what_keeps_it_from_starting_is_fatal():
    with start() as s:
        s.stop()
        for name, value, complaint in (('port', 'many', 'invalid value for parameter "port": "many"'),
                                       ('nosuch', '1', 'unrecognized configuration parameter "nosuch"'),
                                       ('max_connections', '0', '0 is outside the valid range for parameter "max_connections" (1 .. 262143)'),
                                       ('search_path', 'a,"b', 'invalid value for parameter "search_path": "a,"b"'),
                                       ('ssl', 'on', 'could not load server certificate file "{}": No such file or directory'),
                                       ('listen_addresses', '203.0.113.1', 'could not create any TCP/IP sockets')):
            s._spawn([*_command(s), '-c', f'{name}={value}'])
            equal(s.process.wait(20), 1, name)
            where = s.data_dir + '/server.crt' if ours() else 'server.crt'
            contains(s.log(), 'FATAL:  ' + complaint.format(where))


def _command(s):
    if ours():
        return [s.program, 'run', '--data-dir', s.data_dir, '--port', str(s.port), '--socket-dir', s.socket_dir, *harness.root_switch()]
    return [s.bin + '/postgres', '-D', s.data_dir, '-p', str(s.port), '-k', s.socket_dir]


@check
@only_ours
def lock_file_of_a_socket_is_no_link():
    with start() as s:
        s.stop()
        precious = s.root + '/precious'
        with open(precious, 'w') as f:
            f.write('precious')
        os.symlink(precious, f'{s.socket_dir}/.s.PGSQL.{s.port}.lock')
        s._launch()
        equal(s.process.wait(20), 1)
        with open(precious) as f:
            equal(f.read(), 'precious')


@check
def told_to_read_again_before_it_can():
    # as early as somebody can know its number
    with start() as s:
        for _ in range(10):
            s.stop()
            s._launch()
            def has_a_number():
                with contextlib.suppress(FileNotFoundError), open(s.data_dir + '/postmaster.pid') as f:
                    return f.readline() == f'{s.pid}\n'
            while not has_a_number():
                assert s.process.poll() is None, s.log()[-500:]
            s.process.send_signal(signal.SIGHUP)
            s._wait_until_ready()


@check
@only_ours
def log_that_cannot_be_written_to():
    with start() as s:
        s.stop()
        done = s.run_tool(s.program, 'start', '--data-dir', s.data_dir, '--log', s.root + '/no/where', *harness.root_switch())
        equal(done.returncode, 1)
        contains(done.stdout, f'could not open log file "{s.root}/no/where": No such file or directory')


@check
@only_ours
def role_commands_at_once():
    with start() as s:
        names = [f'one{n}' for n in range(20)]
        at_work = [subprocess.Popen([s.program, 'role', '--data-dir', s.data_dir, 'create', name], **s._account()) for name in names]
        equal([p.wait(60) for p in at_work], [0] * len(names))
        listed = s.run_tool(s.program, 'role', '--data-dir', s.data_dir, 'list').stdout
        equal([name for name in names if f'{name} login\n' not in listed], [], 'roles that were lost')
        equal([name for name in os.listdir(s.data_dir) if name.endswith('.new')], [])


@check
def wrong_command_lines():
    if ours():
        with start() as s:
            for arguments in (['run'], ['run', '--data-dir', s.data_dir, '-c', 'nosuch=1'],
                              ['run', '--data-dir', s.data_dir, '-c', 'port'],
                              ['run', '--data-dir', s.data_dir, '--port', '99999999'],
                              ['nonsense'], [], ['run', '--data-dir', s.data_dir, '--nonsense'],
                              ['role', '--data-dir', s.data_dir, 'create'], ['stop', '--data-dir', s.data_dir, '-m', 'slow']):
                done = subprocess.run([s.program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, timeout=20)
                assert done.returncode not in (0, -6, -11) and done.stdout.strip(), f'{arguments}: status {done.returncode}, {done.stdout!r}'
            equal(show(s, 'port'), str(s.port))


@check
@only_ours
def run_initialises_an_empty_directory():
    with start() as s:
        s.stop()
        shutil.rmtree(s.data_dir)
        s._spawn([s.program, 'run', '--data-dir', s.data_dir, '--port', str(s.port), '--socket-dir', s.socket_dir, '--listen',
                  s.host, '--username', 'somebody', '--auth', 'trust', *harness.root_switch()])
        s._wait_until_ready()
        with wire.session(s, user='somebody') as c:
            equal(c.ask('show is_superuser'), [('on',)])
        assert mode_of(s.data_dir) == 0o700, oct(mode_of(s.data_dir))


@check
@only_ours
def safe_as_installed():
    # without --auth: the owner by the Unix socket, nobody without a password by TCP
    me = pwd.getpwuid(os.geteuid()).pw_name
    with start() as s:
        s.stop()
        shutil.rmtree(s.data_dir)
        s._spawn([s.program, 'run', '--data-dir', s.data_dir, '--port', str(s.port), '--socket-dir', s.socket_dir, '--listen',
                  s.host, *harness.root_switch()])
        s._wait_until_ready()
        with wire.session(s, by_socket=True, user=me) as c:
            equal(c.ask('show is_superuser'), [('on',)])
        with wire.connect(s) as c:
            c.send(wire.startup(user=me))
            equal(wire.show(*c.read()), 'Authentication SASL SCRAM-SHA-256')
