#!/usr/bin/python3
"""The bridge between notifications and a program that is no client of the server.

    notify_bridge.py --server build/debug/forklore [first words of a check…]
"""
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients'), os.path.join(HERE, '../protocol')]
import harness
import wire
from harness import check, contains, equal, main, switches, title, wait_until

OPTIONS = harness.arguments()
PATIENCE = 60    # seconds


class Program:
    """The far side: listens, takes one connection at a time, reads and writes lines."""
    def __init__(self, family=socket.AF_UNIX):
        self.folder = tempfile.mkdtemp(prefix='forklore-', dir='/tmp')
        self.address = self.folder + '/far' if family == socket.AF_UNIX else ('127.0.0.1', 0)
        self.family, self.bridge, self.lines = family, None, None
        self.listen()
        self.target = f'unix:{self.address}' if family == socket.AF_UNIX else 'tcp:%s:%d' % self.address

    def listen(self):
        self.socket = socket.socket(self.family)
        self.socket.settimeout(PATIENCE)
        self.socket.bind(self.address)
        self.address = self.socket.getsockname()
        self.socket.listen(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        self.close()
        os.rmdir(self.folder)

    def close(self):
        self.socket.close()
        if self.family == socket.AF_UNIX:
            os.unlink(self.address)

    def accept(self):
        self.bridge, _ = self.socket.accept()
        self.bridge.settimeout(PATIENCE)
        self.lines = self.bridge.makefile('rb')

    def hang_up(self):
        if self.bridge:
            self.lines.close()
            self.bridge.close()
            self.bridge = None

    def line(self):
        return json.loads(self.lines.readline())

    def say(self, line):
        self.bridge.sendall((line if isinstance(line, bytes) else json.dumps(line).encode()) + b'\n')


def start(target='', channels='orders', accepted='news', **more):
    return harness.Forklore(OPTIONS.server, roles={}, settings={
        'shared_preload_libraries': 'notify_bridge', 'notify_bridge.target': target, 'notify_bridge.channels': channels,
        'notify_bridge.accepted_channels': accepted, **{f'notify_bridge.{name}': value for name, value in more.items()}})


def worker(server):
    return next((pid for pid in server.children() if 'notify_bridge' in title(pid)), None)


def listens_to(client):
    """How many channels the bridge listens to."""
    rows = client.ask("select l.channels from pg_stat_notify_listeners l join pg_stat_activity a using (pid) where a.backend_type = 'notify_bridge'")
    return int(rows[0][0]) if rows else 0


def wait_for_listener(client, channels=1):
    """Until the worker listens: what was told before is not for it."""
    wait_until(lambda: listens_to(client) == channels, what='the bridge to listen')


def numbers(client):
    """What has been heard, lost, accepted and refused."""
    return tuple(int(x) for x in client.ask('select heard, lost, accepted, refused from notify_bridge')[0])


def memory(pid):
    """kB that are its own."""
    with open(f'/proc/{pid}/status') as f:
        return int(next(line for line in f if line.startswith('RssAnon')).split()[1])


def literal(text):
    return "E'" + text.replace('\\', '\\\\').replace("'", "''") + "'"


@check
def what_is_committed_is_handed_on_in_that_order(_):
    for family in (socket.AF_UNIX, socket.AF_INET):
        with Program(family) as far, start(far.target) as s:
            far.accept()
            c, other = wire.session(s), wire.session(s)
            wait_for_listener(c)
            me, him = (int(x.ask('select pg_backend_pid()')[0][0]) for x in (c, other))
            c.ask("begin; notify orders, 'first'")
            other.ask("notify orders, 'second'")
            c.ask('commit')
            c.ask("begin; notify orders, 'never'; rollback")
            c.ask("notify elsewhere, 'not ours'")
            awkward = '"quotes" \\ back, tab\t, line\n, \\u0000, ž € 𝄞, </script>, \x01'
            c.ask(f"select pg_notify('orders', {literal(awkward)})")
            c.ask('notify orders')
            equal([far.line() for _ in range(4)], [
                {'channel': 'orders', 'pid': him, 'payload': 'second'}, {'channel': 'orders', 'pid': me, 'payload': 'first'},
                {'channel': 'orders', 'pid': me, 'payload': awkward}, {'channel': 'orders', 'pid': me, 'payload': ''}])
            equal(numbers(c), (4, 0, 0, 0))
            equal(c.ask('select target, connected, waiting_bytes from notify_bridge'), [(far.target, 't', '0')])


@check
def what_the_program_says_is_told_and_does_not_come_back(_):
    with Program() as far, start(far.target, channels='orders, news') as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c, 2)
        c.ask('listen news')
        far.say({'channel': 'news', 'payload': 'a "b" ž'})
        far.say(b'{"channel": "news"}\r')
        heard = [c.until('A')[-1][1] for _ in range(2)]
        equal([body[4:] for body in heard], [b'news\0' + 'a "b" ž'.encode() + b'\0', b'news\0\0'])
        equal({int.from_bytes(body[:4], 'big') for body in heard}, {worker(s)})
        c.ask("notify news, 'from here'")
        equal(far.line()['payload'], 'from here', 'what it said itself has not come back')
        equal(numbers(c), (1, 0, 2, 0))


@check
def wrong_lines_are_answered_and_the_bridge_goes_on(_):
    with Program() as far, start(far.target) as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c)
        c.ask('listen news')
        wrong = [(b'hello', '22P02', 'invalid input syntax for type json'), (b'{"payload": "x"}', '22023', 'a line needs a "channel"'),
                 (b'[1, 2]', '22023', 'a line needs a "channel"'), ({'channel': 'orders', 'payload': 'x'}, '42501', 'channel "orders" is not accepted'),
                 ({'channel': 'news', 'payload': 'x' * 8000}, '22023', 'payload string too long'),
                 ({'channel': 'n' * 70}, '42501', f'channel "{"n" * 70}" is not accepted'), (b'{"channel": "news", "payload": "\xff"}', '22021', None),
                 (b'{"channel": "news", "payload": "\\u0000"}', '22P05', None), (b'{"channel": "news"} x', '22P02', 'invalid input syntax for type json'),
                 (b'\0', '22021', None)]
        for line, code, message in wrong:
            far.say(line)
            said = far.line()
            equal(said['sqlstate'], code, f'{line!r}: {said}')
            if message:
                equal(said['error'], message)
        far.say({'channel': 'news', 'payload': 'still here'})
        contains(c.until('A')[-1][1][4:].decode(), 'still here')
        equal(numbers(c), (0, 0, 1, len(wrong)))
        with contextlib.suppress(ConnectionError):
            far.bridge.sendall(b'x' * 200_000)    # with an end it would be a line
            far.lines.readline()
        far.hang_up()
        far.accept()
        contains(s.log(), 'it has sent a line without an end')


@check
def a_program_that_comes_late_hears_what_has_waited(_):
    with Program() as far:
        far.close()
        with start(far.target) as s:
            c = wire.session(s)
            wait_for_listener(c)
            for i in range(100):
                c.ask(f"notify orders, '{i}'")
            wait_until(lambda: numbers(c)[0] == 100, what='all to be heard')
            far.listen()
            far.accept()
            equal([far.line()['payload'] for _ in range(100)], [str(i) for i in range(100)])
            far.hang_up()
            far.accept()
            c.ask("notify orders, 'again'")
            equal(far.line()['payload'], 'again')
            equal(s.log().count('notify_bridge cannot reach'), 1, 'how often it was said that nobody is there')


@check
def who_does_not_read_loses_what_finds_no_room_and_is_told_so(_):
    with Program() as far, start(far.target, queue_size='64kB') as s:
        far.accept()
        c, listener = wire.session(s), wire.session(s)
        wait_for_listener(c)
        listener.ask('listen orders')
        said = 0
        while numbers(c)[1] < 50:    # until the kernel's buffers and the bridge's are full, and it has had its time
            c.ask(' '.join(f"notify orders, '{said + i} {'x' * 7000}';" for i in range(20)))
            said += 20
            for _ in range(20):
                listener.until('A')    # others hear it as ever
            wait_until(lambda: numbers(c)[0] == said, what='all to be heard')
        lost, resident = numbers(c)[1], memory(worker(s))
        seen = gaps = 0
        while seen + gaps < said:
            line = far.line()
            if 'lost' in line:
                gaps += line['lost']
            else:
                equal(int(line['payload'].split()[0]), seen + gaps, 'the next one')
                seen += 1
        equal((seen, gaps), (said - lost, lost))
        assert resident < 50_000, f'{resident} kB'


@check
def who_reads_gets_all_of_a_transaction_that_is_larger_than_any_buffer(_):
    with Program() as far, start(far.target, queue_size='64kB') as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c)
        c.ask("select count(pg_notify('orders', g || repeat('x', 500))) from generate_series(1, 20000) g")
        for i in range(20_000):
            line = far.line()
            equal(line.get('payload'), f"{i + 1}{'x' * 500}", f'line {i}')
        assert memory(worker(s)) < 20_000, f'{memory(worker(s))} kB'
        wait_until(lambda: c.ask('select heard, lost, waiting_bytes from notify_bridge') == [('20000', '0', '0')], what='the numbers to be right')


@check
def who_does_not_take_his_answers_is_not_listened_to(_):
    with Program() as far, start(far.target, queue_size='64kB') as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c)
        sent, wrong = 0, b'nonsense\n' * 1000
        far.bridge.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                sent += far.bridge.send(wrong)
        far.bridge.settimeout(PATIENCE)
        assert sent < 20_000_000, sent
        answers = 0
        while answers < sent // len(b'nonsense\n'):
            equal(far.line()['sqlstate'], '22P02')
            answers += 1
        equal(numbers(c)[1], 0, 'what has been lost')


@check
def what_is_said_before_a_hasty_end_is_heard(_):
    with Program() as far, start(far.target) as s:
        c = wire.session(s)
        c.ask('listen news')
        for i in range(3):
            far.accept()
            far.bridge.sendall(b''.join(b'{"channel": "news", "payload": "%d"}\n' % j for j in range(i * 10, i * 10 + 10)))
            far.hang_up()
            for j in range(i * 10, i * 10 + 10):
                equal(c.until('A')[-1][1][4:], b'news\0%d\0' % j)


@check
def settings_that_change_while_it_works(_):
    alone = harness.Forklore(OPTIONS.server, roles={}, settings={'shared_preload_libraries': 'notify_bridge'})
    with Program() as first, Program() as second, alone as s:
        def say(**more):
            with open(s.conf_path, 'a') as f:
                f.writelines(f"notify_bridge.{name} = '{value}'\n" for name, value in more.items())
            s.reload()
        c = wire.session(s)
        say(channels='a')
        wait_until(lambda: 'parameter "notify_bridge.channels" changed to "a"' in s.log(), what='the settings to be read')
        equal(listens_to(c), 0, 'without a program nobody listens')
        say(target=first.target)
        first.accept()
        wait_for_listener(c)
        c.ask('notify a')
        equal(first.line()['channel'], 'a')
        say(channels='Two Words, b')
        wait_for_listener(c, 2)
        c.ask('notify a; notify b; notify "Two Words"')
        equal([first.line()['channel'] for _ in range(2)], ['b', 'Two Words'])
        say(target=second.target)
        second.accept()
        equal(first.lines.readline(), b'', 'the first one is let go')
        c.ask('notify b')
        equal(second.line()['channel'], 'b')
        say(target='nowhere')
        wait_until(lambda: 'invalid address "nowhere"' in s.log(), what='a refusal')
        c.ask('notify b')
        equal(second.line()['channel'], 'b')
        say(target='')
        equal(second.lines.readline(), b'')
        wait_until(lambda: listens_to(c) == 0, what='nobody to listen')


@check
def wrong_settings(_):
    for value, why in (('nowhere', 'neither "unix:" nor "tcp:" stands in front'), ('tcp:localhost:80', 'the host must be given in numbers'),
                       ('tcp:127.0.0.1', 'it has no port'), ('tcp:127.0.0.1:0', 'a port is a number from 1 to 65535'),
                       ('tcp:127.0.0.1:70000', 'a port is a number from 1 to 65535'), ('unix:/' + 'x' * 200, 'the path is too long'),
                       ('tcp:::1:80', 'the host must be given in numbers')):
        with start(value) as s:    # as with any module's setting that was given before the module was there
            contains(s.log(), f'WARNING:  invalid address "{value}": {why}')
            equal(wire.session(s).ask('show notify_bridge.target'), [('',)])
    with start('unix:/nowhere', role='nobody_at_all') as s:
        wait_until(lambda: 'FATAL:  role "nobody_at_all" does not exist' in s.log(), what='the worker to give up')
        wire.session(s).ask('select 1')


@check
def the_worker_is_killed_and_the_bridge_stands_again(_):
    with Program() as far, start(far.target) as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c)
        for how in (signal.SIGKILL, signal.SIGTERM):
            old = worker(s)
            os.kill(old, how)
            equal(far.lines.readline(), b'')
            far.hang_up()
            far.accept()
            wait_until(lambda: worker(s) not in (None, old) and listens_to(c) == 1, what='another worker')
            c.ask("notify orders, 'to the new one'")
            equal(far.line()['payload'], 'to the new one')
        equal(s.stop(), 0)


@check
def an_idle_bridge_sleeps(_):
    with Program() as far, start(far.target) as s:
        far.accept()
        c = wire.session(s)
        wait_for_listener(c)
        c.ask('notify orders')
        far.line()
        pid = worker(s)
        wait_until(lambda: harness.asleep(pid) and c.ask("select wait_event from pg_stat_activity where backend_type = 'notify_bridge'") ==
                   [('NotifyBridgeMain',)], what='the bridge to sleep')
        before = switches(pid)
        for _ in range(100):
            c.ask('notify elsewhere')
        equal(switches(pid), before)


if __name__ == '__main__':
    sys.exit(main('notify_bridge', options=OPTIONS, tls=False, roles={}))
