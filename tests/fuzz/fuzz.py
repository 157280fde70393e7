#!/usr/bin/python3
"""Sends changed recordings of real sessions to a server: bits flipped, lengths that lie, pieces cut off, swapped and mixed.

After each batch the server must answer a good client, serve nobody any more, have had no crash in its log, and its
postmaster must not have grown. Every case comes from the seed and its number alone:

    fuzz.py --server PROGRAM [--seed N] [--cases N] [--seconds S]
    fuzz.py --server PROGRAM --seed N --case K      that one again; it says what it sends
"""
import glob
import os
import random
import re
import select
import socket
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients'), os.path.join(HERE, '../protocol')]
import harness
import wire

BATCH = 25
# A statement that a change has made endless must not hold the test up; the server has to look for clients that have left.
SETTINGS = {'statement_timeout': '1s', 'client_connection_check_interval': '100ms', 'authentication_timeout': '5s',
            'log_min_messages': 'log'}
# What a healthy child never does; a sanitizer's report ends up in the log too.
TROUBLE = re.compile(r'was terminated by signal|exited with exit code (?![01]\b)|PANIC:|AddressSanitizer|LeakSanitizer|runtime error:|Assertion|terminate called|std::|internal error')
WORDS = [b'select', b'null', b'(', b')', b"'", b'"', b'$1', b'$65535', b'::int', b'::text[]', b'array[', b'generate_series(1,10)',
         b'1/0', b';', b'--', b'/*', b'begin', b'commit', b'rollback', b'case when',
         b'from', b'where', b'group by', b'order by', b'limit', b'-9223372036854775808', b'1e400', b"'infinity'::timestamp",
         b'\xff', b'\xc3', b'\0', b'prepare p as', b'execute p', b'deallocate all',
         b'set client_encoding=latin1', b'cast(', b'coalesce(', b'max(', b'values (', b'union all', b'with x as (',
         b"'{1,2'::int[]", b'%s', b'\\', b'E\'\\', b'$$', b'||', b'<>', b'not', b'is distinct from', b'repeat(\'x\',1000)']
NUMBERS = [0, 1, -1, 2, 3, 4, 5, 7, 127, 128, 255, 256, 32767, -32768, 65535, 10000, 10001, 0x3fffffff, 0x40000000, 0x7fffffff,
           -0x80000000]


class Session:
    """A recording cut into its packets: (type byte or nothing, body), and what is left over at the end."""
    def __init__(self, data):
        self.packets, self.rest = [], b''
        at, started = 0, False
        while at < len(data):
            head = 1 if started else 0
            if len(data) - at < head + 4:
                break
            size = struct.unpack_from('!i', data, at + head)[0]
            if size < 4 or at + head + size > len(data):
                break
            body = data[at + head + 4:at + head + size]
            self.packets.append((data[at:at + head], body))
            at += head + size
            # requests for encryption and cancelling come before the packet that starts the session
            started = started or not body[:4] in (struct.pack('!i', wire.SSL), struct.pack('!i', wire.GSSENC))
        self.rest = data[at:]

    def pieces(self):
        return [kind + struct.pack('!i', len(body) + 4) + body for kind,
                body in self.packets] + ([self.rest] if self.rest else [])


def load():
    found = []
    for path in sorted(glob.glob(os.path.join(HERE, 'corpus/*.bin'))):
        with open(path, 'rb') as f:
            found.append((os.path.basename(path), Session(f.read())))
    assert found, 'no corpus'
    return found


def change_bytes(r, data):
    """One change to a string of bytes."""
    data = bytearray(data)
    at = r.randrange(len(data) + 1)
    what = r.randrange(8)
    if what == 0 and data:
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    elif what == 1 and data:
        data[r.randrange(len(data))] = r.choice([0, 0xff, 0x7f, 0x80, ord("'"), r.randrange(256)])
    elif what == 2:
        del data[at:at + r.randint(1, 8)]
    elif what == 3:
        data[at:at] = bytes(r.randrange(256) for _ in range(r.randint(1, 8)))
    elif what == 4:
        word = r.choice(WORDS)
        data[at:at] = b' ' + word + b' '
    elif what == 5:
        form = r.choice('hi')
        number = r.choice(NUMBERS)
        data[at:at + struct.calcsize(form)] = struct.pack('!q', number)[-struct.calcsize(form):]
    elif what == 6:
        piece = bytes(data[at:at + r.randint(1, 64)])
        data[at:at] = piece * r.choice([1, 2, 100])
    else:
        data[at:] = b''
    return bytes(data)


def make(seed, number, corpus):
    """The pieces of case `number`, and how to send them."""
    r = random.Random(f'{seed}:{number}')
    name, base = r.choice(corpus)
    pieces = base.pieces()
    done = [name]
    for _ in range(r.choice([1, 1, 1, 2, 3, 8])):
        at = r.randrange(len(pieces)) if pieces else 0
        what = r.choice(['bytes', 'bytes', 'bytes', 'body', 'body', 'body', 'body', 'length', 'type', 'drop', 'repeat', 'swap',
                         'splice', 'cut', 'noise', 'sync', 'query'])
        if not pieces and what not in ('splice', 'noise'):
            continue
        if what == 'bytes':
            pieces[at] = change_bytes(r, pieces[at])
        elif what == 'body':        # the frame stays right, so that the change is seen by what lies behind the reader
            head = 4 if pieces[at][:1] == b'\0' else 5
            body = change_bytes(r, pieces[at][head:])
            pieces[at] = pieces[at][:head - 4] + struct.pack('!i', len(body) + 4) + body
        elif what == 'length':
            head = 0 if pieces[at][:1] == b'\0' else 1
            size = struct.unpack('!i', pieces[at][head:head + 4].ljust(4, b'\0'))[0]
            size = max(-0x80000000, min(0x7fffffff, r.choice([size + r.randint(-5, 5), r.choice(NUMBERS)])))
            pieces[at] = pieces[at][:head] + struct.pack('!i', size) + pieces[at][head + 4:]
        elif what == 'type':
            pieces[at] = bytes([r.choice([*b'QPBDECHSXFdcfp', r.randrange(256)])]) + pieces[at][1:]
        elif what == 'drop':
            del pieces[at]
        elif what == 'repeat':
            pieces[at:at] = [pieces[at]] * r.choice([1, 2, 50])
        elif what == 'swap':
            other = r.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif what == 'splice':
            other = r.choice(corpus)[1].pieces()
            start = r.randrange(len(other))
            pieces[at:at] = other[start:start + r.randint(1, 6)]
        elif what == 'cut':
            pieces[at:] = [pieces[at][:r.randrange(len(pieces[at]) + 1)]]
        elif what == 'noise':
            pieces.insert(at, bytes(r.randrange(256) for _ in range(r.choice([1, 5, 50, 5000]))))
        elif what == 'sync':
            pieces.insert(at, wire.sync())
        elif what == 'query':
            pieces.insert(at, wire.query(b' '.join(r.choice(WORDS) for _ in range(r.randint(1, 12))).replace(b'\0', b'')))
        done.append(what)
    return pieces, {'chunks': r.random() < 0.1, 'leave': r.choice(['half', 'half', 'half', 'rudely', 'early']),
                    'story': ', '.join(done)}


def say(s, data, limit):
    """Sends `data` and throws away what is answered meanwhile. A client that only writes while the server only writes would wait
    for ever: a backend reads nothing while it sends rows, and many small pieces fill a Unix socket."""
    deadline = time.monotonic() + limit
    s.setblocking(False)
    while data:
        readable, writable, _ = select.select([s], [s], [], limit)
        if readable and not s.recv(1_000_000):
            raise ConnectionResetError      # the server has closed
        if writable:
            data = data[s.send(data):]
        if time.monotonic() > deadline:
            raise TimeoutError
    s.settimeout(limit)


def send(server, pieces, how, number, seed, limit=15):
    """Plays a case: everything is sent while answers are thrown away; then the client leaves in one of three ways."""
    r = random.Random(f'{seed}:{number}:send')
    with wire.connect(server, by_socket=r.random() < 0.3, timeout=limit) as c:
        try:
            for piece in pieces:
                request = len(piece) == 8 and piece[4:] in (struct.pack('!i', wire.SSL), struct.pack('!i', wire.GSSENC))
                for start in range(0, len(piece), 3 if how['chunks'] else 1_000_000):
                    say(c.socket, piece[start:start + (3 if how['chunks'] else 1_000_000)], limit)
                if request:     # its answer is one byte, and the next packet has to wait for it
                    c.socket.settimeout(1)
                    try:
                        c.socket.recv(1)
                    except TimeoutError:
                        pass
                    c.socket.settimeout(limit)
            if how['leave'] == 'half':      # "I have said all": the server must come to an end by itself
                c.socket.shutdown(1)
                deadline = time.monotonic() + limit
                while c.socket.recv(1_000_000):
                    if time.monotonic() > deadline:
                        raise TimeoutError
            elif how['leave'] == 'rudely':
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))     # a reset instead of an end
        except TimeoutError:
            raise AssertionError(f'case {number}: the server holds on to a client that has said its last word ({how["story"]})') from None
        except OSError:
            pass        # the server has closed the connection, as it may


class Watch:
    """Compares the server with how it was before."""
    def __init__(self, server):
        self.server = server
        self.read = 0
        self.files = self.size = None

    def look(self):
        """Raises AssertionError if something is wrong."""
        with wire.session(self.server) as c:
            assert c.ask("select 'well'") == [('well',)]
        harness.wait_until(lambda: not self.server.client_children(), 15, 'the last child of a client that has left')
        assert self.server.process.poll() is None, 'the postmaster is gone'
        text = self.server.log()
        trouble = [line for line in text[self.read:].split('\n') if TROUBLE.search(line)]
        self.read = len(text)
        assert not trouble, 'the log says: ' + ' | '.join(trouble[:5])
        with open(f'/proc/{self.server.pid}/status') as f:
            size = int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))
        def files():
            return len(os.listdir(f'/proc/{self.server.pid}/fd'))
        if self.files is None:
            self.files, self.size = files(), size
        # A child is reaped a moment before what was kept open for it closes.
        harness.wait_until(lambda: files() <= self.files, 5, f'no more than {self.files} open files of the postmaster')
        assert size <= self.size + 4096, f'the postmaster has {size} KiB, and had {self.size}'


def options_of_fuzzer(parser):
    parser.add_argument('--seed', type=int, default=None, help='default: a new one, which is printed')
    parser.add_argument('--cases', type=int, default=500)
    parser.add_argument('--seconds', type=float, default=30)
    parser.add_argument('--case', type=int, default=None, help='only this one')


def main():
    options = harness.arguments(options_of_fuzzer)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000_000)
    corpus = load()
    print(f'fuzz: seed {seed}, {len(corpus)} recordings', flush=True)
    done, problem, last = 0, None, None
    with harness.new_server(options, settings=SETTINGS, tls=True) as server:
        watch = Watch(server)
        try:
            watch.look()
            if options.case is not None:
                pieces, how = make(seed, options.case, corpus)
                print(how, *pieces, sep='\n')
                send(server, pieces, how, options.case, seed)
                watch.look()
                return print('fuzz: 1 passed, 0 failed') or 0
            deadline = time.monotonic() + options.seconds
            while done < options.cases and time.monotonic() < deadline:
                last = range(done, min(done + BATCH, options.cases))
                for number in last:
                    send(server, *make(seed, number, corpus), number, seed)
                done = last.stop
                watch.look()
            return print(f'fuzz: {done} passed, 0 failed') or 0
        except (AssertionError, wire.Closed, OSError) as e:
            problem = str(e) or type(e).__name__
        print(server.log()[-3000:])
    print(f'fuzz: {problem}')
    if last is not None:
        guilty = blame(options, seed, last, corpus)
        print('fuzz: no single case of that batch does it alone' if guilty is None else f'fuzz: again with --seed {seed} --case {guilty}')
    print(f'fuzz: {done} passed, 1 failed (seed {seed})')
    return 1


def blame(options, seed, numbers, corpus):
    """Which case of a batch does it alone, on a new server each."""
    for number in numbers:
        with harness.new_server(options, settings=SETTINGS, tls=True) as server:
            try:
                watch = Watch(server)
                watch.look()
                send(server, *make(seed, number, corpus), number, seed)
                watch.look()
            except (AssertionError, wire.Closed, OSError):
                return number
    return None


if __name__ == '__main__':
    sys.exit(main())
