#!/usr/bin/python3
"""LISTEN and NOTIFY on a whole server: who is woken, who holds the queue back, what a death leaves behind.

    listening.py --server build/debug/forklore [check…]
"""
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients'), os.path.join(HERE, '../protocol')]
import harness
import wire
from harness import check, equal, main, switches, wait_until

SERVER = None


def start(**settings):
    return harness.Forklore(SERVER, settings={'max_connections': '30', **settings})


def listener(server, channel='c'):
    c = wire.session(server)
    c.ask(f'listen {channel}')
    return c


def heard(c, count):
    """The next notifications of a session."""
    return [(body[4:].split(b'\0')[0].decode(), body[4:].split(b'\0')[1].decode()) for _, body in (c.until('A')[-1] for _ in range(count))]


def queue_files(server):
    return os.listdir(server.data_dir + '/pg_notify')


def pid_of(c):
    return int(c.ask('select pg_backend_pid()')[0][0])


@check
def nobody_else_is_woken(_):
    with start() as s:
        notifier, here, elsewhere = wire.session(s), listener(s), [listener(s, f'other{i}') for i in range(20)]
        pids = [pid_of(c) for c in elsewhere]
        wait_until(lambda: all(harness.asleep(p) for p in pids), what='all to sleep')
        time.sleep(0.2)
        before = [switches(p) for p in pids]
        for i in range(100):
            notifier.ask(f"notify c, '{i}'")
        equal(heard(here, 100), [('c', str(i)) for i in range(100)])
        equal([switches(p) for p in pids], before)


class Strace:
    """What system calls the processes of a server make from now on, a file for each."""
    def __init__(self, server):
        self.prefix, self.pids = server.root + '/strace', [server.pid, *server.children()]
        self.process = subprocess.Popen(['strace', '-qq', '-ff', '-o', self.prefix, *(x for pid in self.pids for x in ('-p', str(pid)))],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: all(self.traced(pid) and harness.asleep(pid) for pid in self.pids), 30, 'all to be traced, and asleep')

    @staticmethod
    def traced(pid):
        with open(f'/proc/{pid}/status') as f:
            return not any(line.split() == ['TracerPid:', '0'] for line in f)

    def written(self):
        """For each process, how much it has done."""
        return {pid: os.path.getsize(f'{self.prefix}.{pid}') if os.path.exists(f'{self.prefix}.{pid}') else 0 for pid in self.pids}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def can_trace():
    return shutil.which('strace') is not None and subprocess.run(['strace', '-o', '/dev/null', 'true'], stderr=subprocess.DEVNULL).returncode == 0


@check
def a_hundred_idle_listeners_make_no_system_calls(_):
    """And one NOTIFY wakes those who listen to its channel, and no other process."""
    if not can_trace():
        return print('strace cannot be used here')
    with start(max_connections='120') as s:
        notifier, here, elsewhere = wire.session(s), [listener(s) for _ in range(3)], [listener(s, f'other{i}') for i in range(100)]
        concerned = {c.pid for c in (notifier, *here)}
        with Strace(s) as strace:
            time.sleep(0.5)     # what has been done is written by then
            before = strace.written()
            time.sleep(2)
            equal(strace.written(), before)
            notifier.ask("notify c, 'x'")
            for c in here:
                equal(heard(c, 1), [('c', 'x')])
            wait_until(lambda: {pid for pid, size in strace.written().items() if size != before[pid]} == concerned, what='those and no others to do something')
            time.sleep(0.5)
            equal({pid for pid, size in strace.written().items() if size != before[pid]}, concerned)
        assert len(strace.pids) >= 105, len(strace.pids)


@check
def who_never_reads_hinders_nobody(_):
    with start(notify_buffers='8') as s:
        deaf, good, notifier = listener(s), listener(s), wire.session(s)
        pid = pid_of(deaf)
        for i in range(1000):
            notifier.ask(f"notify c, '{i}{'x' * 7000}'")
            equal(heard(good, 1)[0][1][:5], f'{i}{"x" * 7000}'[:5])
        equal(notifier.ask('select wait_event from pg_stat_activity where pid = ' + str(pid)), [('ClientWrite',)])
        assert queue_files(s), 'nothing on disk'
        lag, = notifier.ask(f'select lag from pg_stat_notify_listeners where pid = {pid}')[0]
        assert int(lag) > 1_000_000, lag
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not queue_files(s), what='the queue to be empty')
        equal(notifier.ask('select count(*), max(lag) from pg_stat_notify_listeners'), [('1', '0')])
        notifier.ask('notify c')
        equal(heard(good, 1), [('c', '')])


@check
def who_never_reads_can_be_cut(_):
    with start() as s:
        deaf, notifier = listener(s), wire.session(s)
        pid = pid_of(deaf)
        deaf.ask("set idle_session_timeout = '2s'")
        for i in range(500):
            notifier.ask(f"notify c, '{i}{'x' * 7000}'")
        wait_until(lambda: notifier.ask('select count(*) from pg_stat_notify_listeners') == [('0',)], what='the deaf one to be cut off')
        wait_until(lambda: not harness.alive(pid), what='its process to end')


@check
def who_does_not_read_for_long_is_cut_by_the_operator(_):
    with start(notification_send_timeout='300ms') as s:
        deaf, idle, notifier = listener(s), listener(s), wire.session(s)
        pid = pid_of(deaf)
        sent = 0
        while harness.alive(pid):
            notifier.ask(f"notify c, '{sent}{'x' * 7000}'")
            equal(heard(idle, 1)[0][1][:5], f'{sent}xxxxx'[:5])
            sent += 1
            assert sent < 100_000
        wait_until(lambda: 'because its client does not read its notifications' in s.log(), what='the reason in the log')
        equal(notifier.ask('select count(*), max(lag) from pg_stat_notify_listeners'), [('1', '0')])
        notifier.ask('notify c')
        equal(heard(idle, 1), [('c', '')])


@check
def what_comes_while_a_client_is_slow_is_not_overlooked(_):
    """The listener waits until its client reads. What wakes it then must not be forgotten when it goes on to wait for its client's word."""
    with start() as s:
        slow, notifier = listener(s), wire.session(s)
        pid, sent = pid_of(slow), 0
        while notifier.ask(f'select wait_event from pg_stat_activity where pid = {pid}') != [('ClientWrite',)] or not harness.asleep(pid):
            notifier.ask(f"notify c, '{sent} {'x' * 7000}'")
            sent += 1
        notifier.ask("notify c, 'the last'")
        wait_until(lambda: harness.asleep(pid), what='it to wait again')
        equal([heard(slow, 1)[0][1].split(' ')[0] for _ in range(sent)], [str(i) for i in range(sent)])
        equal(heard(slow, 1), [('c', 'the last')])


@check
def what_takes_long_behind_a_notify_keeps_nobody_waiting(_):
    with start() as s:
        here, other = listener(s), wire.session(s)
        for long in ([wire.query('select pg_sleep(60)')], [wire.parse('select pg_sleep(60)'), wire.bind(), wire.execute(), wire.sync()]):
            notifier = wire.session(s)
            notifier.send(wire.query("notify c, '1'"), wire.query("notify c, '2'"), *long)
            equal(heard(here, 2), [('c', '1'), ('c', '2')])
            equal([notifier.until('Z')[0][0] for _ in range(2)], ['C', 'C'])
            other.ask(f"select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
        notifier = wire.session(s)
        notifier.send(wire.query("begin; notify c, '3'; commit; select pg_sleep(60)"))
        equal(heard(here, 1), [('c', '3')])


@check
def who_leaves_right_behind_a_notify_has_told_it(_):
    with start() as s:
        here = listener(s)
        for last in (wire.message('X', b''), wire.query('no statement'), b'', wire.query("notify c, '2'")[:-3]):
            notifier = wire.session(s)
            notifier.send(wire.query("notify c, '1'"), last)
            equal(heard(here, 1), [('c', '1')])
            equal([kind for kind, _ in notifier.until('Z')], ['C', 'Z'])


@check
def the_killed_are_missed_by_nobody(_):
    with start(max_connections='8') as s:
        stays, notifier = listener(s), wire.session(s)
        for i in range(20):
            crowd = [listener(s) for _ in range(3)]
            for c in crowd:
                os.kill(pid_of(c), signal.SIGKILL)
            notifier.ask(f"notify c, '{i}'")
            equal(heard(stays, 1), [('c', str(i))])
            wait_until(lambda: notifier.ask('select listeners from pg_stat_notify') == [('1',)], what='the dead to be buried')
        equal(notifier.ask('select count(*) from pg_stat_notify_listeners'), [('1',)])


@check
def a_full_queue_undoes_the_transaction(_):
    with start(max_notify_queue_pages='64') as s:
        slow, notifier = listener(s), wire.session(s)
        slow.ask('begin')
        notices = []
        def told(sql):
            notifier.send(wire.query(sql))
            answer = notifier.ready()
            notices.extend(wire.error_fields(b)['M'] for k, b in answer if k == 'N')
            return [wire.show(k, b) for k, b in answer if k != 'N']
        count = 0
        while (answer := told(f"notify c, '{count}{'x' * 7900}'"))[0] == 'CommandComplete NOTIFY':
            count += 1
        full = 'ErrorResponse S=ERROR V=ERROR C=54000 M=too many notifications in the NOTIFY queue'
        equal(answer, [full, 'ReadyForQuery I'])
        assert 60 < count < 70, count
        equal(len(notices), 1, str(notices))
        equal(told('begin')[-1], 'ReadyForQuery T')
        told("notify c, 'not even this'")
        told(f"notify c, '{'x' * 7900}'")
        equal(told('commit'), [full, 'ReadyForQuery I'])
        slow.send(wire.query('commit'))
        equal([x[1][:3] for x in heard(slow, count)][-1], f'{count - 1}x'[:3])
        equal(told("notify c, 'again'")[0], 'CommandComplete NOTIFY')
        equal(heard(slow, 1), [('c', 'again')])


@check
def a_start_empties_the_queue(_):
    with start(notify_buffers='4') as s:
        slow, notifier = listener(s), wire.session(s)
        slow.ask('begin')
        for i in range(50):
            notifier.ask(f"notify c, '{i}{'x' * 7900}'")
        assert queue_files(s), 'nothing on disk'
        s.stop(signal.SIGQUIT)
        assert queue_files(s), 'nothing was left'
        s.start()
        equal(queue_files(s), [])
        equal(wire.session(s).ask('select pg_notification_queue_usage()'), [('0',)])


@check
def a_crash_empties_the_queue_and_is_survived(_):
    with start() as s:
        c = listener(s)
        c.ask('begin')
        wire.session(s).ask('notify c')
        os.kill(pid_of(c), signal.SIGABRT)
        def back():
            try:
                with wire.session(s) as c:
                    return c.ask('select count(*) from pg_stat_notify') == [('0',)]
            except (OSError, wire.Closed, TimeoutError):
                return False
        wait_until(back, what='the server to accept again')
        a, b = listener(s), wire.session(s)
        b.ask("notify c, 'new'")
        equal(heard(a, 1), [('c', 'new')])


@check
def what_is_told_is_counted(_):
    with start() as s:
        a, b, n = listener(s), listener(s), wire.session(s)
        n.ask("notify c, 'one'; notify c, 'three'")
        heard(a, 2), heard(b, 2)
        n.ask('notify nobody')
        equal(n.ask('select datname, channel, listeners, sent, delivered, bytes from pg_stat_notify'), [('postgres', 'c', '2', '2', '4', '8')])
        equal(n.ask('select datname, channels, delivered, lag from pg_stat_notify_listeners'), [('postgres', '1', '2', '0')] * 2)
        a.ask('unlisten *')
        b.close()
        wait_until(lambda: n.ask('select count(*) from pg_stat_notify') == [('0',)], what='the last listener to be gone')


@check
def each_step_is_traced(_):
    """As PostgreSQL does it; its own PID is <pid> here."""
    with start() as s:
        c = wire.session(s)
        c.ask('set client_min_messages = debug1')
        c.ask('set trace_notify = on')
        def steps(sql):
            c.send(wire.query(sql))
            return [wire.error_fields(b)['M'].replace(str(c.pid), '<pid>') for k, b in c.ready() if k == 'N']
        equal(steps('listen c'), ['Async_Listen(c,<pid>)', 'PreCommit_Notify', 'Exec_ListenPreCommit(<pid>)', 'AtCommit_Notify'])
        equal(steps('listen d'), ['Async_Listen(d,<pid>)', 'PreCommit_Notify', 'AtCommit_Notify'])
        equal(steps("notify c, 'x'"), ['Async_Notify(c)', 'PreCommit_Notify', 'AtCommit_Notify', 'ProcessIncomingNotify', 'ProcessIncomingNotify: done'])
        equal(steps('begin'), [])
        equal(steps("select pg_notify('c', '')"), ['Async_Notify(c)'])
        equal(steps('rollback'), [])
        equal(steps('unlisten c'), ['Async_Unlisten(c,<pid>)', 'PreCommit_Notify', 'AtCommit_Notify', 'Exec_UnlistenCommit(c,<pid>)'])
        equal(steps('unlisten *'), ['Async_UnlistenAll(<pid>)', 'PreCommit_Notify', 'AtCommit_Notify', 'Exec_UnlistenAllCommit(<pid>)'])
        equal(steps('unlisten *'), ['Async_UnlistenAll(<pid>)'])


if __name__ == '__main__':
    at = sys.argv.index('--server')
    SERVER = sys.argv[at + 1]
    sys.exit(main('listening'))
