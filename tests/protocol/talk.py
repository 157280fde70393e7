"""A conversation with a server: what was sent and what came back, line by line, so that two servers can be compared.

A module of conversations marks its functions with @conversation; each gets a Talk. run.py plays them.
"""
import wire

CONVERSATIONS = []


def conversation(function):
    """Marks a function of a Talk as a conversation."""
    CONVERSATIONS.append(function)
    return function


def shown(data):
    """Bytes sent by a client: type letter and body of a message as it should be, else the bytes as they are; the middle of long ones left out."""
    kind, whole = '', data
    if len(data) > 4 and chr(data[0]).isalpha() and len(data) == 1 + int.from_bytes(data[1:5], 'big'):
        kind, whole = chr(data[0]) + ' ', data[5:]
    text = repr(whole)[2:-1]
    return kind + (text if len(text) <= 300 else f'{text[:60]}…({len(whole)} bytes)')


class Line(wire.Connection):
    """A connection whose traffic is written down."""
    def __init__(self, talk, where, name='', **kw):
        super().__init__(where, **kw)
        self.talk = talk
        self.name = name

    def note(self, text):
        self.talk.lines.append(f'{self.name}{text}'.replace('\n', '\\n').replace('\r', '\\r'))

    def say(self, *messages):
        """Sends all of it in one piece."""
        for m in messages:
            self.note('F ' + shown(m))
        try:
            self.send(*messages)
        except wire.Closed:
            self.note('  (broken)')

    def hear(self, kinds='Z', seconds=None):
        """Writes down messages up to the first of these types, or the end of the stream, or a silence of `seconds`."""
        usual, self.timeout = self.timeout, seconds or self.timeout
        try:
            while True:
                kind, body = self.read()
                self.note('B ' + wire.show(kind, body))
                if kind in kinds:
                    return True
        except wire.Closed:
            self.note('B (closed)')
        except TimeoutError:
            self.note('B (silent)')
        finally:
            self.timeout = usual
        return False

    def hear_all(self):
        """Up to the end of the stream."""
        self.hear('')

    def hear_raw(self):
        """Whatever bytes come up to the end of the stream, which may be no messages; not written down."""
        found = b''
        try:
            while data := self.socket.recv(10000):
                found += data
        except ConnectionResetError:
            pass
        self.note('B (closed)')
        return found

    def settle(self):
        """Hears everything that is still owed: up to the answer to a query of its own, which is not written down."""
        try:
            self.send(wire.sync(), wire.query("select 'settled'"))
            for kind, body in iter(self.read, None):
                if kind == 'D' and wire.data_row(body) == [b'settled']:
                    self.until('Z')
                    self.talk.lines.pop()      # the description of that row
                    return self.note('  (settled)')
                self.note('B ' + wire.show(kind, body))
        except wire.Closed:
            self.note('B (closed)')
        except TimeoutError:
            self.note('B (silent)')

    def hear_byte(self):
        try:
            self.note('B ' + repr(self.byte())[1:])
        except wire.Closed:
            self.note('B (closed)')

    def exchange(self, *messages):
        """Sends, and hears up to ReadyForQuery."""
        self.say(*messages)
        return self.hear()

    def query(self, *statements):
        for sql in statements:
            self.exchange(wire.query(sql))

    def finish(self):
        """Terminate, then nothing more may come."""
        self.say(wire.terminate())
        self.hear_all()


class Talk:
    """What a conversation works with: it opens lines to the server, and keeps the minutes."""
    def __init__(self, server):
        self.server = server
        self.lines = []
        self.open = []

    def line(self, name='', by_socket=False, source=None):
        """A connection on which nothing has been said."""
        where = f'{self.server.socket_dir}/.s.PGSQL.{self.server.port}' if by_socket else (self.server.host, self.server.port)
        found = Line(self, where, name, timeout=5, **({} if by_socket else {'source': source}))
        self.open.append(found)
        return found

    def session(self, name='', **parameters):
        """A connection that is logged in; that part is not written down."""
        line = self.line(name)
        line.log_in(**{'TimeZone': 'UTC', 'client_encoding': 'UTF8', **parameters})
        return line

    def note(self, text):
        self.lines.append(f'# {text}')

    def close(self):
        for line in self.open:
            line.close()
