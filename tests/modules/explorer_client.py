"""What the tests of the explorer share: a server that has one, and clients that speak HTTP by hand."""
import json
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../clients'))
import harness
from harness import title, wait_until

try:
    import psycopg2
except ModuleNotFoundError:
    print('python3-psycopg2 is not installed')
    sys.exit(harness.SKIPPED)

MOST_CLIENTS = 150


def settings(port):
    return {'shared_preload_libraries': 'explorer', 'explorer.port': str(port), 'max_connections': str(MOST_CLIENTS), 'track_lwlocks': 'on'}


def connect(server, user=harness.SUPERUSER, **more):
    c = psycopg2.connect(host=server.host, port=server.port, user=user, dbname='postgres', sslmode='disable', **more)
    c.autocommit = True
    return c


def ask(connection, query):
    with connection.cursor() as c:
        c.execute(query)
        return c.fetchall() if c.description else None


def worker(server):
    """The explorer's pid, or None while there is none."""
    return next((pid for pid in server.children() if 'explorer' in title(pid)), None)


def listens(port):
    """The addresses at which somebody listens on a port, as the kernel writes them."""
    found = []
    for family in ('tcp', 'tcp6'):
        with open('/proc/net/' + family) as f:
            for fields in map(str.split, f.readlines()[1:]):
                if fields[3] == '0A' and int(fields[1].rpartition(':')[2], 16) == port:
                    found.append(fields[1].rpartition(':')[0])
    return found


class Http:
    """One connection to the explorer."""
    def __init__(self, port, host='127.0.0.1', receive_buffer=None):
        def connected():
            self.socket = socket.socket()
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.settimeout(20)
            if self.socket.connect_ex((host, port)) == 0:
                return True
            self.socket.close()    # its worker has only just been started
        wait_until(connected, 20, 'the explorer to listen')
        self.port = port
        self.buffer = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, path, method='GET', host=None, version='HTTP/1.1', headers=''):
        host = f'127.0.0.1:{self.port}' if host is None else host
        self.send(f'{method} {path} {version}\r\n{f"Host: {host}" if host else "X-None: 1"}\r\n{headers}\r\n'.encode())
        return self

    def until(self, end):
        while end not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError(f'the explorer has closed the connection after {self.buffer[-200:]!r}')
            self.buffer += piece
        taken, _, self.buffer = self.buffer.partition(end)
        return taken

    def answer(self):
        """Status, headers and the whole body, to the connection's end."""
        first, *lines = self.until(b'\r\n\r\n').decode().split('\r\n')
        headers = {name.lower(): value for name, value in (line.split(': ', 1) for line in lines)}
        while piece := self.socket.recv(65536):
            self.buffer += piece
        return int(first.split()[1]), headers, self.buffer

    def watch(self):
        """Becomes a viewer."""
        self.ask('/events')
        assert b' 200 ' in self.until(b'\r\n\r\n')
        return self

    def snapshot(self):
        """The next one, as the page sees it: parts with rows."""
        while True:
            event = self.until(b'\n\n').decode()
            if not event.startswith('event: snapshot\ndata: '):
                continue
            parts = json.loads(event[len('event: snapshot\ndata: '):])
            return {name: [dict(zip(part['columns'], row)) for row in part['rows']] for name, part in parts.items()}


def get(port, path='/', **more):
    with Http(port) as http:
        return http.ask(path, **more).answer()


def wait_for_explorer(port):
    def there():
        try:
            return get(port)[0] == 200
        except (ConnectionError, EOFError):    # it ends just now
            return False
    wait_until(there, 20, 'the explorer to answer')
