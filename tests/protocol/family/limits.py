"""Many clients, silent clients, clients that leave or never read: nobody else notices, nothing stays behind."""
import contextlib
import os
import resource
import signal
import struct
import time

import harness
import wire
from common import can_log_in, log_in_fails, no_children, only_ours, sanitized, show, size_of, start
from harness import check, contains, equal, title, wait_until


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
        equal(log_in_fails(s, user='trusted'),
              ('FATAL', '53300', 'remaining connection slots are reserved for non-replication superuser connections'))
        sessions += [wire.session(s) for _ in range(2)]
        for user in ('trusted', 'tester'):
            equal(log_in_fails(s, user=user), ('FATAL', '53300', 'sorry, too many clients already'))
        sessions[0].close()
        wait_until(lambda: can_log_in(s, 'tester'), what='a free slot')


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
        for by_socket in (False, True):     # one that leaves requests behind which nobody has read
            c = wire.session(s, by_socket=by_socket)
            c.send(wire.query('select pg_sleep(60)'))
            wait_until(lambda: 'SELECT' in title(c.pid), what='the sleep to begin')
            c.send(wire.query('select 1'))
            c.close()
            no_children(s)
        equal(s.log().count('FATAL:  connection to client lost\n'), 3)
        equal(s.log().count('STATEMENT:  select pg_sleep(60)\n'), 3)


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
        size = size_of(c.pid)
        assert size < 200_000, f'{size} KiB for a client that does not read'
        c.close()
        no_children(s)


@check
@only_ours
def large_statements_leave_nothing_behind():
    with start() as s:
        c = wire.session(s, timeout=60)
        c.ask('select 1')
        before = size_of(c.pid)
        large = ' -- ' + 'x' * 5_000_000
        # Ways that have not been taken before touch pages of their own; they are fewer than one of these statements.
        for wrong in ('select 1' + large, 'select 1/0' + large, 'nonsense' + large):
            c.send(wire.query(wrong))
            c.ready()
            wait_until(lambda: harness.asleep(c.pid) and size_of(c.pid) < before + 4000, what=f'{size_of(c.pid)} KiB to become {before} KiB again')
        c.ask('begin')
        c.send(wire.parse('select 1', 'p') + wire.sync())
        c.ready()
        def many_portals(n):
            names = [f'a portal with quite a long name of its own {n}.{i}' for i in range(20000)]
            c.send(b''.join(wire.bind(portal=name, statement='p') + wire.close('P', name) for name in names) + wire.sync())
            c.ready()
            return size_of(c.pid)
        many_portals(0)
        before = many_portals(1)
        assert many_portals(2) <= before + 512


@check
@only_ours
def message_that_finds_no_room():
    with start() as s:
        c, other = wire.session(s, timeout=30), wire.session(s)
        if sanitized(c.pid):
            return
        with open(f'/proc/{c.pid}/statm') as f:
            most = int(f.read().split()[0]) * resource.getpagesize() + 50_000_000
        resource.prlimit(c.pid, resource.RLIMIT_AS, (most, most))
        with contextlib.suppress(wire.Closed):
            c.send(wire.query('select 1 -- ' + 'x' * 100_000_000))
        c.rest()
        wait_until(lambda: 'FATAL:  out of memory' in s.log(), what='the complaint')
        wait_until(lambda: c.pid not in s.client_children(), what='the end of the process')
        equal(s.log().count('out of memory'), 1)
        equal(other.ask('select 1'), [('1',)])


@check
def length_that_is_only_claimed_costs_nothing():
    # five bytes announce a gigabyte that never comes
    with start() as s:
        sessions = [wire.session(s) for _ in range(4)]
        for c in sessions:
            c.send(b'Q' + struct.pack('!i', 0x3ffffff0) + b'select 1')
        wait_until(lambda: all(harness.asleep(c.pid) for c in sessions), what='the backends to wait for more')
        for c in sessions:
            size = size_of(c.pid)
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
            return len(os.listdir(f'/proc/{s.pid}/fd')), size_of(s.pid)
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
