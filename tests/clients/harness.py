"""Starts a server of its own for a test, and runs that test's checks against it.

A test script collects checks with @check and ends with `sys.exit(main('name', …))`. Each server lives in a fresh
temporary directory, on a port that the kernel gave, on loopback and on a Unix socket:

    script.py --server build/debug/forklore        ours, or build/debug/chapters/01-connections/server
    script.py --postgres                           a real PostgreSQL: every check has to pass on it too
    script.py … first_words_of_a_check             only those checks

Standard library only.
"""
import argparse
import atexit
import contextlib
import ctypes
import glob
import inspect
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77            # exit status of a test whose client is missing under --allow-missing
SUPERUSER = 'tester'    # made with the data directory
PASSWORD = 'correct horse battery'

# Who gets in, and how, in every test server: PostgreSQL's syntax for both.
HBA_RULES = '''\
# TYPE     DATABASE  USER          ADDRESS        METHOD
local      all       tester                       trust
local      all       trusted                      trust
local      all       all                          scram-sha-256
host       all       tester        127.0.0.1/32   trust
host       all       trusted       127.0.0.1/32   trust
host       all       missing_role  127.0.0.1/32   trust
host       all       plain         127.0.0.1/32   password
host       all       rejected      127.0.0.1/32   reject
hostssl    all       only_tls      127.0.0.1/32   scram-sha-256
hostnossl  all       never_tls     127.0.0.1/32   scram-sha-256
host       all       only_tls      127.0.0.1/32   reject
host       all       all           127.0.0.1/32   scram-sha-256
'''
# Roles beside the superuser: name → password (None: none stored).
ROLES = {'alice': PASSWORD, 'plain': PASSWORD, 'rejected': PASSWORD, 'only_tls': PASSWORD, 'never_tls': PASSWORD,
         'no_password': None, 'trusted': None, 'žofie': 'heslo s háčky'}


class Missing(Exception):
    """A program or library that a test needs is not installed; the text names the package."""


def wait_until(condition, seconds=60, what='the condition'):
    """Asks `condition` again and again until it answers something true, which is returned."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {seconds} s in vain for {what}')
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def _die_with_parent():
    """In the child before exec: an immediate shutdown if the test itself is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


# --- what /proc tells of the server's processes -----------------------------------------------------------------------

def _stat(pid):
    """The fields of /proc/PID/stat after the name, or None for a process that is gone."""
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def alive(pid):
    """Whether the process runs (a zombie does not)."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in 'ZX'


def asleep(pid):
    """Whether the process waits for something."""
    fields = _stat(pid)
    return fields is not None and fields[0] == 'S'


def switches(pid):
    """How often a process has gone to sleep."""
    with open(f'/proc/{pid}/status') as f:
        return int(next(line for line in f if line.startswith('voluntary_ctxt_switches')).split()[1])


def children_of(pid):
    """Process ids of the direct children."""
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            fields = _stat(entry)
            if fields and int(fields[1]) == pid and fields[0] not in 'ZX':
                found.append(int(entry))
    return sorted(found)


def cpu_seconds(pid):
    """User and system time of a process, its reaped children and its living ones."""
    ticks = 0
    fields = _stat(pid)
    if fields:
        ticks += sum(int(x) for x in fields[11:15])
    for child in children_of(pid):
        fields = _stat(child)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf('SC_CLK_TCK')


def page_faults(pid):
    """Page faults that needed no disk, of a process and its reaped children."""
    return sum(int(x) for x in _stat(pid)[7:9])


def title(pid):
    """The process title, as ps shows it."""
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as f:
            return f.read().replace(b'\0', b' ').decode(errors='replace').strip()
    except (FileNotFoundError, ProcessLookupError):
        return ''


# --- servers ----------------------------------------------------------------------------------------------------------

class Server:
    """A server in a directory of its own; `with` starts it and removes all of it.

    settings   dict, given on the command line as -c name=value
    hba        rules in pg_hba's syntax
    tls        make a certificate for localhost and set ssl on
    roles      role name → password or None, made beside the superuser
    """
    name = 'server'
    hba_file = 'hba.conf'

    def __init__(self, settings=None, hba=HBA_RULES, tls=False, roles=None):
        self.settings = dict(settings or {})
        self.hba = hba
        self.roles = ROLES if roles is None else roles
        self.host = '127.0.0.1'
        self.port = free_port()
        self.process = None
        self.os_user = None        # the account that the server runs under, if not ours
        self.root = tempfile.mkdtemp(prefix='forklore-', dir='/tmp')   # short: a socket's path holds 107 bytes
        self.data_dir = os.path.join(self.root, 'data')
        self.socket_dir = os.path.join(self.root, 'sockets')
        self.log_file = os.path.join(self.root, 'log')
        self.tls = tls
        self.initialised = False

    # -- the life of the server

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        if not self.initialised:
            self._prepare()
            self.initialised = True
        for _ in range(5):
            self._launch()
            try:
                self._wait_until_ready()
                return self
            except ConnectionAbortedError:       # another program took the port between our look and the bind
                self.port = free_port()
        raise AssertionError('no free port in five attempts')

    def stop(self, how=signal.SIGINT, seconds=20):
        """Ends the server by a signal (fast shutdown unless told otherwise); returns its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is not None:
                self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        try:
            if self.process is not None:
                descendants = self.children()
                try:
                    self.stop()
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
                    for pid in descendants:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def _prepare(self):
        os.mkdir(self.socket_dir, 0o700)
        if self.tls:
            make_certificate(self.root)
        self._own_files()
        self._initialise()
        self.write_hba(self.hba)
        if self.tls:
            self.settings.update({'ssl': 'on', 'ssl_cert_file': self.root + '/server.crt',
                                  'ssl_key_file': self.root + '/server.key'})
        self._add_roles()

    def _own_files(self):
        if self.os_user:
            owner = pwd.getpwnam(self.os_user)
            os.chmod(self.root, 0o755)
            for path in [self.root] + [os.path.join(self.root, x) for x in os.listdir(self.root)]:
                os.chown(path, owner.pw_uid, owner.pw_gid)

    def _wait_until_ready(self):
        def ready():
            if self.process.poll() is not None:
                text = self.log()
                if 'Address already in use' in text:
                    raise ConnectionAbortedError
                raise AssertionError(f'{self.name} did not start (status {self.process.returncode}):\n{text[-2000:]}')
            try:
                with open(self.data_dir + '/postmaster.pid') as f:
                    lines = f.read().split('\n')
                return len(lines) >= 8 and lines[7].strip() == 'ready' and int(lines[0]) == self.process.pid
            except (FileNotFoundError, ValueError):
                return False
        wait_until(ready, 30, f'{self.name} to be ready; its log: {self.log_file}')

    def _spawn(self, arguments):
        with open(self.log_file, 'ab') as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=_die_with_parent, start_new_session=True,
                                            **self._account())

    def _account(self):
        if not self.os_user:
            return {}
        owner = pwd.getpwnam(self.os_user)
        return {'user': owner.pw_uid, 'group': owner.pw_gid, 'extra_groups': [], 'cwd': '/'}

    def run_tool(self, *arguments, **kw):
        """Runs a program of the server's under the server's account."""
        return subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, **{**self._account(), **kw})

    def _setting_arguments(self):
        return [x for name, value in self.settings.items() for x in ('-c', f'{name}={value}')]

    # -- what tests ask

    @property
    def pid(self):
        return self.process.pid

    def children(self):
        return children_of(self.pid) if self.process and self.process.poll() is None else []

    def client_children(self):
        """The processes that serve clients, those that are still logging in among them."""
        helpers = ('checkpointer', 'background writer', 'walwriter', 'autovacuum', 'logical replication', 'logger',
                   'startup', 'archiver', 'undertaker')
        return [p for p in self.children() if not any(h in title(p) for h in helpers)]

    def log(self):
        try:
            with open(self.log_file, errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def environment(self, **more):
        """The environment for a libpq client: the superuser over TCP, without TLS unless asked for."""
        env = {k: v for k, v in os.environ.items() if not k.startswith('PG')}
        env.update(PGHOST=self.host, PGPORT=str(self.port), PGUSER=SUPERUSER, PGDATABASE='postgres', PGSSLMODE='disable',
                   PGCONNECT_TIMEOUT='10', HOME=self.root, LC_ALL='C.UTF-8', TZ='UTC',
                   TEST_SOCKET_DIR=self.socket_dir, TEST_PASSWORD=PASSWORD, TEST_ROOT_CERTIFICATE=self.root + '/server.crt',
                   PSQL_HISTORY='/dev/null', PSQLRC='/dev/null')
        env.update({k: str(v) for k, v in more.items()})
        return env

    def write_hba(self, rules):
        path = os.path.join(self.data_dir, self.hba_file)
        with open(path, 'w') as f:
            f.write(rules)
        if self.os_user:
            owner = pwd.getpwnam(self.os_user)
            os.chown(path, owner.pw_uid, owner.pw_gid)

    @property
    def conf_path(self):
        return os.path.join(self.data_dir, self.conf_file)


def name_of(program):
    """forklore, or of a chapter's server the chapter: 01-connections."""
    folder, name = os.path.split(os.path.abspath(program))
    return os.path.basename(folder) if name == 'server' else name


class Forklore(Server):
    """Ours: the finished server or a chapter's, both with one command line."""
    conf_file = 'forklore.conf'

    def __init__(self, program, **kw):
        super().__init__(**kw)
        self.program = os.path.abspath(program)
        self.name = name_of(self.program)
        if not os.access(self.program, os.X_OK):
            raise Missing(f'{program} is not built')

    def _initialise(self):
        done = self.run_tool(self.program, 'init', '--data-dir', self.data_dir, '--username', SUPERUSER)
        assert done.returncode == 0, f'init failed: {done.stdout}'

    def _add_roles(self):
        for role, password in self.roles.items():
            add = [self.program, 'role', '--data-dir', self.data_dir, 'create', role]
            if password is not None:
                add += ['--password']       # asks, and takes it from standard input where there is no terminal
            done = subprocess.run(add, input=password or '', text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, f'role {role}: {done.stdout}'

    def _launch(self):
        self._spawn([self.program, 'run', '--data-dir', self.data_dir, '--port', str(self.port),
                     '--socket-dir', self.socket_dir, '--listen', self.host, *root_switch(), *self._setting_arguments()])


class PostgreSQL(Server):
    """The reference: what a check asks for must be true here."""
    conf_file = 'postgresql.conf'
    hba_file = 'pg_hba.conf'

    def __init__(self, bin_dir=None, **kw):
        super().__init__(**kw)
        self.bin = bin_dir or postgres_bin_dir()
        self.name = 'postgresql'
        if os.geteuid() == 0:
            self.os_user = next((u for u in ('postgres', 'nobody') if _account_exists(u)), None)

    templates = {}      # directories that initdb has filled: roles → path, copied for each server of this run

    def _initialise(self):
        self.settings.setdefault('fsync', 'off')
        key = (self.bin, tuple(self.roles))
        if key not in self.templates:
            directory = tempfile.mkdtemp(prefix='forklore-template-', dir='/tmp')
            atexit.register(shutil.rmtree, directory, ignore_errors=True)
            os.chmod(directory, 0o777)
            made, self.data_dir = self.data_dir, directory + '/data'
            self._initialise_template()
            self.templates[key], self.data_dir = self.data_dir, made
        done = self.run_tool('cp', '-a', self.templates[key], self.data_dir)
        assert done.returncode == 0, done.stdout

    def _initialise_template(self):
        done = self.run_tool(self.bin + '/initdb', '-D', self.data_dir, '-U', SUPERUSER, '-E', 'UTF8', '--locale=C.UTF-8',
                             '--auth=trust', '--no-sync', '--no-instructions')
        assert done.returncode == 0, f'initdb failed: {done.stdout}'
        # A server in single-user mode needs no port and no waiting; one statement a line.
        sql = ''.join(f'CREATE ROLE "{role}" LOGIN' + (f" PASSWORD '{password}'" if password is not None else '') + ';\n'
                      for role, password in self.roles.items())
        done = subprocess.run([self.bin + '/postgres', '--single', '-D', self.data_dir, 'postgres'], input=sql,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **self._account())
        assert done.returncode == 0 and 'ERROR' not in done.stdout, f'roles: {done.stdout}'

    def _add_roles(self):
        pass        # they came with the template

    def _launch(self):
        self._spawn([self.bin + '/postgres', '-D', self.data_dir, '-p', str(self.port), '-k', self.socket_dir,
                     '-c', f'listen_addresses={self.host}', *self._setting_arguments()])


def root_switch():
    return ['--allow-root'] if os.geteuid() == 0 else []


def _account_exists(user):
    try:
        pwd.getpwnam(user)
        return True
    except KeyError:
        return False


def postgres_bin_dir(major=None):
    """Where the newest installed PostgreSQL server (of that major version) lies; raises Missing."""
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/postgres'), key=lambda p: int(p.split('/')[4]))
    if major:
        found = [p for p in found if p.split('/')[4] == str(major)]
    if found:
        return os.path.dirname(found[-1])
    on_path = shutil.which('postgres')
    if on_path and not major:
        return os.path.dirname(on_path)
    raise Missing('no PostgreSQL server: install postgresql' + (f'-{major}' if major else ''))


def make_certificate(directory):
    """A self-signed certificate for localhost: server.crt (it is its own root) and server.key, 0600."""
    program('openssl', 'openssl')
    key = directory + '/server.key'
    done = subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                           '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                           '-keyout', key, '-out', directory + '/server.crt'],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f'openssl: {done.stdout}'
    os.chmod(key, 0o600)


def program(name, package):
    """The path of a client program; raises Missing with the package's name."""
    path = shutil.which(name)
    if path is None:
        found = sorted(glob.glob(f'/usr/lib/postgresql/*/bin/{name}'))
        if not found:
            raise Missing(f'{name} is missing: install {package}')
        path = found[-1]
    return path


# --- checks -----------------------------------------------------------------------------------------------------------

CHECKS = []


def check(function):
    """Marks a function as a check. It may take the server as its argument."""
    CHECKS.append(function)
    return function


def equal(got, wanted, what='value'):
    if got != wanted:
        raise AssertionError(f'{what}: got {got!r}, wanted {wanted!r}')


def contains(text, part, what='text'):
    if part not in text:
        shown = text if len(text) < 400 else '…' + text[-400:]
        raise AssertionError(f'{what} lacks {part!r}: {shown!r}')


def read_open(program):
    """Checks that this server of ours is known not to pass: suite.check → reason, from tests/open.txt."""
    known = {}
    with open(os.path.join(HERE, '../open.txt'), encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                check, reason = line.split(':', 1)
                check, _, only = check.strip().partition(' in ')
                if only in ('', name_of(program)):
                    known[check] = reason.strip()
    return known


class Report:
    """Counts what passed and failed, one line each. `suite` names the checks in open.txt; without a program of ours nothing
    is known to fail."""
    def __init__(self, suite=None, program=None):
        self.passed = self.failed = self.open = 0
        self.suite = suite
        self.known = read_open(program) if program else {}

    def add(self, name, problem=None, seconds=0):
        took = f' ({seconds:.1f} s)' if seconds >= 1 else ''
        full = f'{self.suite}.{name}' if self.suite else name
        if problem is None:
            self.passed += 1
            print(f'ok {name}{took}' + (' - and may be taken off open.txt' if full in self.known else ''), flush=True)
        elif full in self.known:
            self.open += 1
            print(f'open {name}{took} - {self.known[full]}: {problem}', flush=True)
        else:
            self.failed += 1
            print(f'not ok {name}{took} - {problem}', flush=True)

    def summary(self, who):
        print(f'{who}: {self.passed} passed, {self.failed} failed' + (f', {self.open} open' if self.open else ''))


class TooSlow(BaseException):
    pass


def run_check(report, function, server, limit):
    def ring(*_):
        raise TooSlow(f'not done after {limit} s')
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(limit)
    began = time.monotonic()
    try:
        function(*([server] if inspect.signature(function).parameters else []))
        signal.alarm(0)
        report.add(function.__name__, None, time.monotonic() - began)
    except Missing:
        raise
    except (Exception, TooSlow) as e:
        signal.alarm(0)
        frames = [f for f in traceback.extract_tb(e.__traceback__) if f.filename != os.path.abspath(__file__)]
        where = f' ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})' if frames else ''
        report.add(function.__name__, f'{type(e).__name__}: {" ".join(str(e).split())[:600]}{where}', time.monotonic() - began)
    finally:
        signal.alarm(0)


def run_program(report, arguments, server, env=None, limit=120):
    """Runs a client program that prints `ok …` and `not ok …` lines itself and ends with the line `done`."""
    child = subprocess.Popen(arguments, env=env or server.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, cwd=server.root)
    try:
        out, err = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        report.add(os.path.basename(arguments[0]), f'not done after {limit} s: {err[-300:]}')
    last = ''
    for line in out.splitlines():
        last = line
        if line.startswith('ok '):
            report.add(line[3:])
        elif line.startswith('not ok '):
            name, _, problem = line[7:].partition(' - ')
            report.add(name, problem)
    if last != 'done':
        report.add('the program ends by itself', f'status {child.returncode}, last line {last!r}, {err[-600:]!r}')


def arguments(extra=None):
    parser = argparse.ArgumentParser()
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument('--server', metavar='PROGRAM', help='our server to test')
    kind.add_argument('--postgres', action='store_true', help='test the newest installed PostgreSQL')
    parser.add_argument('--allow-missing', action='store_true', help='a missing client is a skipped test')
    parser.add_argument('--limit', type=int, default=300, help='seconds for a check')
    parser.add_argument('--show-log', action='store_true', help="print the server's log at the end")
    parser.add_argument('checks', nargs='*', help='only checks whose names begin so')
    if extra:
        extra(parser)
    return parser.parse_args()


def new_server(options, **kw):
    """A server of the kind that the command line asks for, not yet started."""
    if options.server:
        return Forklore(options.server, **kw)
    return PostgreSQL(**kw)


def main(name, programs=None, before=None, options=None, **server_options):
    """Runs the collected checks, then `programs(server)`'s command lines, on one server. Returns the exit status.

    before     called first; may raise Missing
    programs   function of the server that gives command lines of clients that report checks themselves
    """
    options = options or arguments()
    report = Report(name, options.server)
    server = None
    try:
        if before:
            before()
        server = new_server(options, **{'tls': True, **server_options})
        with server:
            for function in CHECKS:
                if not options.checks or any(function.__name__.startswith(c) for c in options.checks):
                    run_check(report, function, server, options.limit)
            for command in (programs(server) if programs else []):
                run_program(report, command + options.checks, server)
            if options.show_log or (report.failed and os.environ.get('SHOW_LOG')):
                print(server.log())
    except Missing as e:
        print(f'{name}: {e}', flush=True)
        return SKIPPED if options.allow_missing else 1
    except (AssertionError, subprocess.SubprocessError) as e:
        report.add(f'{name}: the server', str(e)[-2000:])
    report.summary(f'{name} on {server.name if server else "no server"}')
    return 1 if report.failed or not report.passed else 0
