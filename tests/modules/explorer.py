#!/usr/bin/python3
"""The explorer as an HTTP client finds it: what it answers and refuses, what it costs when nobody looks, and clients that mean no good.

    explorer.py --server PROGRAM [first words of a check…]
    explorer.py --server PROGRAM --measure         processor time that a viewer costs with 100 idle clients, instead
"""
import contextlib
import os
import signal
import socket
import sys
import time

import explorer_client    # first: it finds the harness
import harness
from explorer_client import Http, ask, connect, get, listens, psycopg2, settings, wait_for_explorer, worker
from harness import alive, check, contains, equal, title, wait_until

PORT = harness.free_port()


def memory(pid):
    """Private bytes of a process."""
    with open(f'/proc/{pid}/smaps_rollup') as f:
        return sum(int(line.split()[1]) * 1024 for line in f if line.startswith('Private'))


def waits_for_ever(pid):
    """Whether a process sleeps in epoll_wait (epoll_pwait) without a timeout."""
    with open(f'/proc/{pid}/syscall') as f:
        words = f.read().split()
    return words[0] in ('232', '281', '22') and int(words[4], 16) & 0xffffffff == 0xffffffff


@contextlib.contextmanager
def many(count, make):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(make())) for _ in range(count)]


@check
def comes_back_when_it_is_killed(server):
    for how in (signal.SIGKILL, signal.SIGTERM):
        wait_for_explorer(PORT)
        first = worker(server)
        with contextlib.closing(connect(server)) as c:
            os.kill(first, how)
            wait_until(lambda: worker(server) not in (None, first), 20, 'another explorer')
            equal(ask(c, 'select 1'), [(1,)], 'a client of before')


# Those who need time to be found out are let loose before the other checks and looked at after them.
late = {}


@check
def let_the_bad_ones_loose(server):
    wait_for_explorer(PORT)
    late['never reads'] = [Http(PORT, receive_buffer=4096).watch() for _ in range(3)]
    late['half a head'] = [Http(PORT) for _ in range(20)]
    for http in late['half a head']:
        http.send(b'GET / HTTP/1.1\r\nHost: loc')
    late['says nothing'] = [Http(PORT) for _ in range(20)]
    late['does not go'] = [Http(PORT).ask('/') for _ in range(20)]
    late['memory'] = memory(worker(server))


@check
def off_unless_asked_for(server):
    for wanted in ({}, {'shared_preload_libraries': 'explorer'}):
        with harness.Forklore(server.program, settings=wanted, roles={}) as other:
            with connect(other) as c:
                assert worker(other) is None, 'there is an explorer that nobody asked for'
                equal(ask(c, "select count(*) from pg_stat_activity where backend_type = 'explorer'"), [(0,)])
                if wanted:
                    equal(ask(c, 'show explorer.port'), [('0',)])
            c.close()


@check
def wrong_settings(server):
    with harness.Forklore(server.program, settings={'shared_preload_libraries': 'explorer', 'explorer.port': '70000', 'explorer.prot': '1'},
                          roles={}) as other:
        contains(other.log(), '70000 is outside the valid range for parameter "explorer.port" (0 .. 65535)')
        contains(other.log(), 'invalid configuration parameter name "explorer.prot"')
        equal(worker(other), None)
    with harness.Forklore(server.program, roles={}) as other, contextlib.closing(connect(other)) as c:
        for _ in range(2):
            try:
                ask(c, "load 'explorer'")
                raise AssertionError('it can be loaded into one session')
            except psycopg2.Error as e:
                equal(e.pgcode, '55000', str(e))


@check
def says_where_it_is(server):
    contains(server.log(), f'explorer is at http://127.0.0.1:{PORT}/')


@check
def listens_on_loopback_alone(server):
    equal(listens(PORT), ['0100007F'], 'addresses')


@check
def files_and_headers():
    for path, kind, part in (('/', 'text/html', b'role="tree"'), ('/explorer.css', 'text/css', b'prefers-reduced-motion'),
                             ('/explorer.js', 'text/javascript', b'EventSource'), ('/explorer.svg', 'image/svg+xml', b'<svg')):
        status, headers, body = get(PORT, path)
        equal(status, 200, path)
        assert headers['content-type'].startswith(kind), headers
        equal(int(headers['content-length']), len(body), path)
        contains(headers['content-security-policy'], "default-src 'self'")
        assert part in body, path
    equal(get(PORT, '/?x=1')[0], 200)


@check
def head_is_get_without_the_body():
    for path in ('/', '/nothing'):
        equal(get(PORT, path, method='HEAD'), (*get(PORT, path)[:2], b''), path)
    status, headers, body = get(PORT, '/events', method='HEAD')
    equal((status, headers['content-type'], body), (200, 'text/event-stream', b''))


@check
def other_methods_are_refused():
    for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'get', 'X'):
        status, headers, _ = get(PORT, '/', method=method, headers='Content-Length: 3\r\n')
        equal((status, headers['allow']), (405, 'GET, HEAD'), method)


@check
def other_hosts_are_refused():
    for host in (f'evil.example:{PORT}', 'evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '127.0.0.2', '0.0.0.0', '[::1]',
                 f'127.0.0.1:{PORT}x', 'localhost:1:2', 'localhost@evil.example', '127.0.0.1, evil.example'):
        for path in ('/', '/events', '/nothing'):
            equal(get(PORT, path, host=host)[0], 421, f'{host} {path}')
    for host in (f'localhost:{PORT}', 'LocalHost', '127.0.0.1', '127.0.0.1:8080'):
        equal(get(PORT, '/', host=host)[0], 200, host)


@check
def pages_from_elsewhere_are_refused():
    for site in ('cross-site', 'same-site', 'Cross-Site', ''):
        for path in ('/', '/events', '/nothing'):
            equal(get(PORT, path, headers=f'Sec-Fetch-Site: {site}\r\n')[0], 403, f'{site} {path}')
    for site in ('same-origin', ' none '):
        equal(get(PORT, '/', headers=f'sec-fetch-site: {site}\r\n')[0], 200, site)


@check
def other_paths_are_not_found():
    for path in ('/nothing', '/events/', '/explorer.cpp', '//', '/../explorer.css', '/%2e', 'explorer.css', f'http://127.0.0.1:{PORT}/', '*'):
        equal(get(PORT, path)[0], 404, path)


@check
def bad_requests_are_refused():
    for data, status in ((b'\r\n\r\n', 400), (b'GET /\r\n\r\n', 400), (b'GET / HTTP/1.1\r\n\r\n', 400), (b'GET  HTTP/1.1\r\n\r\n', 400),
                         (b'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n', 400), (b'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 400),
                         (b'GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n', 400), (b'GET / HTTP/1.1\r\nnonsense\r\n\r\n', 400),
                         (b'GET / FTP/1.1\r\nHost: localhost\r\n\r\n', 400), (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),
                         (b'\x16\x03\x01\x02\x00\x01\x00' + bytes(range(256)) + b'\r\n\r\n', 400),
                         (b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' + b'x' * 20000, 431), (b'x' * 8192, 431)):
        with Http(PORT) as http:
            with contextlib.suppress(ConnectionError):
                http.send(data)
            equal(http.answer()[0], status, repr(data[:60]))


@check
def a_head_may_come_in_pieces():
    with Http(PORT) as http:
        for byte in b'GET /explorer.svg HTTP/1.0\r\nHost: localhost\r\n\r\n':
            http.send(bytes([byte]))
        equal(http.answer()[0], 200)


@check
def a_snapshot_is_what_sql_says(server):
    with contextlib.closing(connect(server)) as c, Http(PORT) as http:
        equal(ask(c, "listen news; notify news, 'a'; notify news, 'b'"), None)
        http.watch()
        mine = ask(c, 'select pg_backend_pid()')[0][0]

        def agrees():
            seen = http.snapshot()
            activity = ask(c, 'select pid::text, backend_type, datname, usename from pg_stat_activity')
            return seen if sorted((p['pid'], p['type'], p['database'], p['role']) for p in seen['processes']) == sorted(activity) else None
        seen = wait_until(agrees, 20, 'the snapshot to agree with pg_stat_activity')
        for process in seen['processes']:
            if int(process['pid']) != mine:
                equal(process['title'], title(process['pid']))
        equal((seen['server'][0]['pid'], seen['server'][0]['title']), (str(server.pid), title(server.pid)))
        equal([m['name'] for m in seen['memory']], [name for name, in ask(c, 'select name from pg_shmem_allocations')])
        contains([m['name'] for m in seen['memory']], 'Explorer Log Tails')
        equal([(x['channel'], x['listeners'], x['sent']) for x in seen['channels']], [('news', '1', '2')])
        equal([x['pid'] for x in seen['listeners']], [str(mine)])
        contains([x['tranche'] for x in seen['locks']], 'NotifyQueue')


@check
def last_words_are_kept(server):
    with contextlib.closing(connect(server)) as c, Http(PORT) as http:
        mine = str(ask(c, 'select pg_backend_pid()')[0][0])
        for number in range(20):
            with contextlib.suppress(psycopg2.Error):
                ask(c, f"select 'x{number}ž\"\\\t'::int")
        http.watch()
        said = wait_until(lambda: [line for line in http.snapshot()['log'] if line['pid'] == mine], 60, 'its lines')
        said.sort(key=lambda line: -int(line['line']))
        equal(len(said), 8, 'lines kept')
        for number, line in zip(range(19, 11, -1), said):
            contains(line['message'], f'x{number}ž"\\\t')
            equal(line['severity'], 'ERROR')
        with contextlib.suppress(psycopg2.Error):
            ask(c, f"select '{'ž' * 500}'::int")
        line = wait_until(lambda: next((x for x in http.snapshot()['log'] if x['pid'] == mine and 'žž' in x['message']), None), 60, 'a long line')
        assert 230 < len(line['message'].encode()) < 256 and '\ufffd' not in line['message'], line
    # for SQL, too, but not for everybody
    with contextlib.closing(connect(server)) as c:
        equal(ask(c, f'select count(*) from explorer_log where pid = {mine}'), [(8,)])
    with contextlib.closing(connect(server, 'trusted')) as c:
        try:
            ask(c, 'select * from explorer_log')
            raise AssertionError('anybody may read the log')
        except psycopg2.Error as e:
            contains(str(e), 'permission denied for view explorer_log')
    # whoever says much leaves room for others
    with contextlib.ExitStack() as stack, Http(PORT) as http:
        quiet, *loud = [stack.enter_context(contextlib.closing(connect(server))) for _ in range(40)]
        for c in (quiet, *loud * 10):
            with contextlib.suppress(psycopg2.Error):
                ask(c, f'select {"quiet" if c is quiet else "loud"}')
        http.watch()
        wait_until(lambda: 'column "quiet" does not exist' in [line['message'] for line in http.snapshot()['log']], 60, 'the words of one who says little')
        equal(len(http.snapshot()['log']), 200, 'lines')


@check
def viewers_by_the_hundred(server):
    with many(100, lambda: Http(PORT).watch()) as viewers:
        for viewer in viewers:
            equal(viewer.snapshot()['server'][0]['pid'], str(server.pid))
        equal(get(PORT)[0], 200)


@check
def viewers_keep_nobody_out(server):
    with many(256, lambda: Http(PORT).watch()) as viewers:
        equal(get(PORT)[0], 200)
        with Http(PORT) as late_comer:
            equal(late_comer.watch().snapshot()['server'][0]['pid'], str(server.pid))
        for viewer in viewers[2:]:    # the first two have made room
            viewer.snapshot()


@check
def a_cancelled_snapshot_is_followed_by_another(server):
    with harness.Forklore(server.program, settings={**settings(port := harness.free_port()), 'statement_timeout': '1ms'}, roles={}) as other:
        wait_for_explorer(port)
        first = worker(other)
        with Http(port) as http, many(50, lambda: connect(other, options='-c statement_timeout=0')) as (c, *_):
            # They are so many that a snapshot takes its time.
            http.watch().snapshot()

            def cancelled():
                for _ in range(20):
                    os.kill(first, signal.SIGSTOP)    # to be looked at while it does whatever it does
                    wait_until(lambda: harness._stat(first)[0] == 'T', 20, 'it to stop')
                    if ask(c, f"select state from pg_stat_activity where pid = {first}") == [('active',)]:
                        os.kill(first, signal.SIGINT)
                    os.kill(first, signal.SIGCONT)
                    time.sleep(0.002)
                return 'canceling statement due to user request' in other.log()
            wait_until(cancelled, 60, 'one that is hit')
            http.snapshot()
            http.snapshot()
        equal(worker(other), first)
        assert 'statement timeout' not in other.log()


@check
def a_viewer_that_talks_is_shown_out():
    with Http(PORT) as http:
        http.watch().send(b'GET / HTTP/1.1\r\n')
        try:
            while http.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass


@check
def comes_back_after_a_crash(server):
    with harness.Forklore(server.program, settings=settings(port := harness.free_port()), roles={}) as other:
        wait_for_explorer(port)
        first = worker(other)
        with contextlib.closing(connect(other)) as c, Http(port) as http:
            http.watch().snapshot()
            os.kill(ask(c, 'select pg_backend_pid()')[0][0], signal.SIGSEGV)
            wait_until(lambda: not alive(first), 20, 'the explorer to go with the rest')
        wait_for_explorer(port)
        with Http(port) as http:
            log = http.watch().snapshot()['log']
            said = [line['message'] for line in log if line['pid'] == str(other.pid)]
            equal(said[:1], ['database system is ready to accept connections'])


@check
def a_port_that_is_taken(server):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        with harness.Forklore(server.program, settings=settings(port), roles={}) as other:
            contains_later(other, f'explorer could not listen on 127.0.0.1, port {port}: Address already in use')
            with contextlib.closing(connect(other)) as c:
                equal(ask(c, 'select 1'), [(1,)])
            taken.close()
            wait_for_explorer(port)


def contains_later(server, text):
    wait_until(lambda: text in server.log(), 20, text)


@check
def ends_with_the_server(server):
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        with harness.Forklore(server.program, settings=settings(port := harness.free_port()), roles={}) as other:
            wait_for_explorer(port)
            children = other.children()
            with many(20, lambda: Http(port).watch()) as viewers, many(5, lambda: Http(port)):
                for viewer in viewers:
                    viewer.snapshot()
                equal(other.stop(how), 0, how.name)
            assert not any(alive(pid) for pid in children), f'somebody has outlived the server after {how.name}'
            equal(listens(port), [])


@check
def the_bad_ones_are_gone(server):
    # Each had its time; nobody else noticed.
    with Http(PORT) as http:
        http.watch()
        with many(50, lambda: connect(server)):    # larger snapshots, so that a viewer who does not read is full sooner
            for kind in ('half a head', 'says nothing', 'does not go', 'never reads'):
                for bad in late[kind]:
                    wait_until(lambda: http.snapshot() and has_gone(bad), 80, f'the end of one that {kind}')
        grown = memory(worker(server)) - late['memory']
        with open(f'/proc/{worker(server)}/maps') as f:
            sanitized = 'libasan' in f.read()    # it keeps what was freed
        assert sanitized or grown < 4 << 20, f'the explorer has grown by {grown} bytes'


def has_gone(http):
    """Whether the other end of a connection is closed, without reading from it."""
    local, remote = http.socket.getsockname(), http.socket.getpeername()
    with open('/proc/net/tcp') as f:
        ours = f'{local[1]:04X}'
        for fields in map(str.split, f.readlines()[1:]):
            if fields[1].endswith(f':{remote[1]:04X}') and fields[2].endswith(':' + ours):
                return fields[3] not in ('01',)    # established
    return True


@check
def connections_beyond_the_limit():
    # Those who say nothing make room for those who do.
    with many(400, lambda: Http(PORT)):
        equal(get(PORT)[0], 200)
        with Http(PORT) as http:
            http.watch().snapshot()


@check
def sleeps_while_nobody_looks(server):
    for http in sum((late[kind] for kind in late if kind != 'memory'), []):
        http.socket.close()
    with Http(PORT) as http:
        http.watch().snapshot()
        wait_until(lambda: not waits_for_ever(worker(server)), 60, 'an explorer at work')
    wait_until(lambda: waits_for_ever(worker(server)), 20, 'an explorer that waits for a client and for nothing else')


def measure(options):
    with harness.Forklore(options.server, settings=settings(PORT), roles={}) as server:
        wait_for_explorer(PORT)
        with many(100, lambda: connect(server)):
            pid = worker(server)
            for viewers in (0, 1, 10):
                with many(viewers, lambda: Http(PORT).watch()) as all_viewers:
                    for viewer in all_viewers:
                        viewer.snapshot()
                    before, began = used(pid), time.monotonic()
                    rounds = 20
                    for _ in range(rounds if viewers else 0):
                        for viewer in all_viewers:
                            seen = viewer.snapshot()
                    if not viewers:
                        time.sleep(5)
                    passed = time.monotonic() - began
                    print(f'{viewers} viewers, 100 idle clients: {100 * (used(pid) - before) / passed:.2f} % of a processor')
    return 0


def used(pid):
    """Seconds of processor time, to the nanosecond."""
    with open(f'/proc/{pid}/schedstat') as f:
        return int(f.read().split()[0]) / 1e9


if __name__ == '__main__':
    options = harness.arguments(lambda parser: parser.add_argument('--measure', action='store_true'))
    options.limit = max(options.limit, 120)
    sys.exit(measure(options) if options.measure else harness.main('explorer', options=options, tls=False, settings=settings(PORT)))
