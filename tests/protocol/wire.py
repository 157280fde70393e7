"""PostgreSQL's protocol 3.0 in a few lines: frontend messages as bytes, backend messages as readable lines.

Nothing here corrects a caller: a test may send any bytes. Standard library only.
"""
import base64
import hashlib
import hmac
import os
import socket
import struct
import time

PROTOCOL_3 = 196608
CANCEL, SSL, GSSENC = 80877102, 80877103, 80877104

# --- frontend messages ------------------------------------------------------------------------------------------------


def text(value):
    """A zero-terminated string."""
    return (value.encode() if isinstance(value, str) else value) + b'\0'


def message(kind, body=b''):
    """A message of one type byte, its length and a body."""
    return kind.encode() + struct.pack('!i', len(body) + 4) + body


def packet(body):
    """A packet without a type byte, as at the start of a connection."""
    return struct.pack('!i', len(body) + 4) + body


def startup(user='tester', database='postgres', version=PROTOCOL_3, **parameters):
    pairs = {'user': user, 'database': database, **parameters}
    return packet(struct.pack('!i', version) + b''.join(text(k) + text(v) for k, v in pairs.items() if v is not None) + b'\0')


def request(code):
    return packet(struct.pack('!i', code))


def cancel(pid, key):
    return packet(struct.pack('!ii', CANCEL, pid) + (struct.pack('!i', key) if isinstance(key, int) else key))


def query(sql):
    return message('Q', text(sql))


def parse(sql, name='', types=()):
    return message('P', text(name) + text(sql) + struct.pack('!h', len(types)) + b''.join(struct.pack('!I', t) for t in types))


def bind(parameters=(), portal='', statement='', formats=(), results=()):
    """Parameters: None, str or bytes. Formats as in the message: none, one for all, or one each."""
    body = text(portal) + text(statement) + struct.pack('!h', len(formats)) + b''.join(struct.pack('!h', f) for f in formats)
    body += struct.pack('!h', len(parameters))
    for p in parameters:
        data = p.encode() if isinstance(p, str) else p
        body += struct.pack('!i', -1) if data is None else struct.pack('!i', len(data)) + data
    return message('B', body + struct.pack('!h', len(results)) + b''.join(struct.pack('!h', f) for f in results))


def describe(kind='P', name=''):
    return message('D', kind.encode() + text(name))


def execute(portal='', rows=0):
    return message('E', text(portal) + struct.pack('!i', rows))


def close(kind='S', name=''):
    return message('C', kind.encode() + text(name))


def sync():
    return message('S')


def flush():
    return message('H')


def terminate():
    return message('X')


def password(secret):
    return message('p', text(secret))


# --- backend messages -------------------------------------------------------------------------------------------------

class Reader:
    """Takes a message's body apart."""
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        size = struct.calcsize('!' + form)
        value = struct.unpack_from('!' + form, self.data, self.at)[0]
        self.at += size
        return value

    def bytes(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def text(self):
        end = self.data.index(b'\0', self.at)
        value = self.data[self.at:end]
        self.at = end + 1
        return value.decode('utf-8', 'backslashreplace')


def error_fields(body):
    """The fields of an ErrorResponse or NoticeResponse by their letter."""
    r, fields = Reader(body), {}
    while r.data[r.at] != 0:
        letter = chr(r.bytes(1)[0])
        fields[letter] = r.text()
    return fields


def data_row(body):
    r = Reader(body)
    values = []
    for _ in range(r.number('h')):
        n = r.number('i')
        values.append(None if n < 0 else r.bytes(n))
    return values


def columns(body):
    """Of a RowDescription: (name, table, attribute, type, size, modifier, format) each."""
    r = Reader(body)
    return [(r.text(), *(r.number(f) for f in 'IhIhih')) for _ in range(r.number('h'))]


def show_value(value):
    if value is None:
        return 'NULL'
    return repr(value)[1:] if len(value) <= 200 else f'<{len(value)} bytes, md5 {hashlib.md5(value).hexdigest()}>'


SIMPLE = {'1': 'ParseComplete', '2': 'BindComplete', '3': 'CloseComplete', 'n': 'NoData', 's': 'PortalSuspended',
          'I': 'EmptyQueryResponse', 'c': 'CopyDone'}
# In which order fields are shown, whatever the order they came in; the source file, line and routine are the server's own.
SHOWN_FIELDS = 'SVCMDHPpqWstcdn'


def show(kind, body):
    """One line of text for a message, without what differs from run to run."""
    r = Reader(body)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if kind == 'R':
        code = r.number('i')
        names = {0: 'Ok', 3: 'CleartextPassword', 5: 'MD5Password', 11: 'SASLContinue', 12: 'SASLFinal'}
        if code == 10:
            return 'Authentication SASL ' + ' '.join(x.decode() for x in body[4:].split(b'\0') if x)
        return 'Authentication ' + names.get(code, str(code))
    if kind == 'S':
        name, value = r.text(), r.text()
        return f'ParameterStatus {name}={"<version>" if name == "server_version" else value}'
    if kind == 'K':
        return 'BackendKeyData'
    if kind == 'Z':
        return f'ReadyForQuery {chr(body[0])}'
    if kind == 'C':
        return f'CommandComplete {r.text()}'
    if kind == 'T':
        return 'RowDescription ' + ', '.join(
            f'{c[0]} type {c[3]} size {c[4]} modifier {c[5]} format {c[6]}' + (f' table {c[1]} column {c[2]}' if c[1] else '')
            for c in columns(body))
    if kind == 'D':
        return 'DataRow ' + ' | '.join(show_value(v) for v in data_row(body))
    if kind == 't':
        return 'ParameterDescription ' + ' '.join(str(r.number('I')) for _ in range(r.number('h')))
    if kind in 'EN':
        fields = error_fields(body)
        return ('ErrorResponse ' if kind == 'E' else 'NoticeResponse ') + ' '.join(
            f'{k}={fields[k]}' for k in SHOWN_FIELDS if k in fields)
    if kind == 'A':
        r.number('i')       # whose it is
        return f'NotificationResponse {r.text()!r} {r.text()!r}'
    if kind == 'v':
        newest = r.number('i')
        return f'NegotiateProtocolVersion {newest} ' + ' '.join(r.text() for _ in range(r.number('i')))
    return f'message {kind!r} of {len(body)} bytes'


class Closed(Exception):
    """The server closed the connection, or it broke."""


class Connection:
    """A socket, and what was read from it but not yet taken."""
    def __init__(self, where, timeout=60, source=None):
        """where: (host, port) or the path of a Unix socket."""
        self.timeout = timeout
        if isinstance(where, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(where)
        else:
            self.socket = socket.create_connection(where, timeout=timeout, source_address=source)
        self.buffer = bytearray()
        self.pid = self.key = None
        self.parameters = {}

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, *messages):
        try:
            self.socket.sendall(b''.join(messages))
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e)) from None

    def _fill(self, deadline):
        self.socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b''
        except TimeoutError:
            raise TimeoutError(f'no answer within {self.timeout} s') from None
        if not data:
            raise Closed('end of stream')
        self.buffer += data

    def byte(self):
        """The one bare byte that answers an SSLRequest or GSSENCRequest."""
        deadline = time.monotonic() + self.timeout
        while not self.buffer:
            self._fill(deadline)
        value = bytes(self.buffer[:1])
        del self.buffer[:1]
        return value

    def read(self):
        """The next message: its type and body. Raises Closed at the end of the stream."""
        deadline = time.monotonic() + self.timeout
        while len(self.buffer) < 5 or len(self.buffer) < 1 + struct.unpack_from('!I', self.buffer, 1)[0]:
            self._fill(deadline)
        size = struct.unpack_from('!I', self.buffer, 1)[0]
        kind, body = chr(self.buffer[0]), bytes(self.buffer[5:1 + size])
        del self.buffer[:1 + size]
        if kind == 'K':
            self.pid, self.key = struct.unpack('!i', body[:4])[0], body[4:]
        elif kind == 'S':
            name, value, _ = body.split(b'\0')
            self.parameters[name.decode()] = value.decode()
        return kind, body

    def until(self, kinds):
        """Messages up to and with the first of one of these types."""
        found = []
        while True:
            found.append(self.read())
            if found[-1][0] in kinds:
                return found

    def ready(self):
        """Messages up to ReadyForQuery."""
        return self.until('Z')

    def rest(self):
        """Messages up to the end of the stream."""
        found = []
        try:
            while True:
                found.append(self.read())
        except Closed:
            return found

    def log_in(self, **parameters):
        """Start-up for a user without password; the messages up to ReadyForQuery."""
        self.send(startup(**parameters))
        answer = self.ready_or_error()
        if answer[-1][0] == 'E':
            raise Closed(show(*answer[-1]))
        return answer

    def ready_or_error(self):
        return self.until('ZE')

    def ask(self, sql):
        """The rows of a simple query, as tuples of str or None; raises AssertionError at an error."""
        self.send(query(sql))
        answer = self.ready()
        for kind, body in answer:
            if kind == 'E':
                raise AssertionError(show(kind, body))
        return [tuple(None if v is None else v.decode() for v in data_row(b)) for k, b in answer if k == 'D']


def connect(server, by_socket=False, timeout=60, source=None):
    """A connection to a test server on which nothing has been said."""
    if by_socket:
        return Connection(f'{server.socket_dir}/.s.PGSQL.{server.port}', timeout)
    return Connection((server.host, server.port), timeout, source)


def session(server, timeout=60, by_socket=False, **parameters):
    """A connection that is logged in."""
    c = connect(server, by_socket, timeout)
    try:
        c.log_in(**parameters)
    except BaseException:
        c.close()
        raise
    return c


# --- SCRAM-SHA-256, the client's side ---------------------------------------------------------------------------------

class Scram:
    """RFC 5802 with SHA-256. `spoil` may change the proof to see what the server says."""
    def __init__(self, secret, nonce=None):
        self.secret = secret.encode()
        self.nonce = nonce or base64.b64encode(os.urandom(18)).decode()
        self.first_bare = f'n=,r={self.nonce}'

    def first(self, mechanism='SCRAM-SHA-256', binding='n,,'):
        data = (binding + self.first_bare).encode()
        return message('p', text(mechanism) + struct.pack('!i', len(data)) + data)

    def final(self, server_first, spoil=False):
        parts = dict(p.split('=', 1) for p in server_first.split(','))
        salted = hashlib.pbkdf2_hmac('sha256', self.secret, base64.b64decode(parts['s']), int(parts['i']))
        client_key = hmac.digest(salted, b'Client Key', 'sha256')
        without_proof = f'c=biws,r={parts["r"]}'
        what = f'{self.first_bare},{server_first},{without_proof}'.encode()
        signature = hmac.digest(hashlib.sha256(client_key).digest(), what, 'sha256')
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        if spoil:
            proof = bytes([proof[0] ^ 1]) + proof[1:]
        self.server_signature = base64.b64encode(
            hmac.digest(hmac.digest(salted, b'Server Key', 'sha256'), what, 'sha256')).decode()
        return message('p', f'{without_proof},p={base64.b64encode(proof).decode()}'.encode())
