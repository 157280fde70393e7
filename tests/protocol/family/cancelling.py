"""Cancel requests, signals from SQL, and time-outs."""
import contextlib
import ssl

import wire
from common import error_of, only_ours, start
from harness import check, contains, equal, title, wait_until


def request_cancel(server, pid, key, by_tls=False):
    with wire.connect(server) as c:
        if by_tls:
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
@only_ours
def keys_are_not_inherited():
    # those of others that the postmaster knows, that is; what one of its children holds may be read by whoever has broken into it
    def holds(pid, keys):
        found = set()
        with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as memory:
            for line in maps:
                area, rights = line.split()[:2]
                begin, end = (int(x, 16) for x in area.split('-'))
                if rights.startswith('rw') and end - begin < 1 << 30:     # not the shadow of a sanitizer
                    memory.seek(begin)
                    content = memory.read(end - begin)
                    found |= {key for key in keys if key in content}
        return found
    with start() as s:
        others = [wire.session(s, version=3 << 16 | 2) for _ in range(20)]
        last = wire.session(s, version=3 << 16 | 2)
        keys = {c.key for c in others}
        equal(({len(key) for key in keys}, len(keys)), ({32}, 20))
        # all of them, or, where each child makes its own, none
        assert holds(s.pid, keys) in (keys, set()), 'the postmaster has some of the keys'
        equal(holds(last.pid, {last.key}), {last.key}, 'own key')
        equal(len(holds(last.pid, keys)), 0, 'number of keys of others')


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
