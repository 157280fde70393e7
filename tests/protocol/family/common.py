"""What the checks of the server's processes share."""
import os
import re
import subprocess

import harness
import wire
from harness import alive, wait_until

options = None      # of the command line; processes.py sets it


def ours():
    """Whether it is our server that is tested, and not PostgreSQL."""
    return bool(options.server)


def start(settings=None, **kw):
    """A running server; use it with `with`."""
    return harness.new_server(options, settings=settings, **kw)


def error_of(answer):
    """Severity, SQLSTATE and text of the ErrorResponse among messages."""
    found = [wire.error_fields(b) for k, b in answer if k == 'E']
    assert found, f'no error among {[wire.show(*m) for m in answer]}'
    return found[0]['S'], found[0]['C'], found[0]['M']


def log_in_fails(server, **parameters):
    """The error that a log-in gets."""
    with wire.connect(server) as c:
        c.send(wire.startup(**parameters))
        return error_of(c.until('EZ'))


def show(server, name):
    with wire.session(server) as c:
        return c.ask(f'show {name}')[0][0]


def gone(pids, seconds):
    """Waits for the end of processes: so long, and longer where other programs keep the processors from them."""
    seconds *= 1 + os.getloadavg()[0] / os.cpu_count() / 2
    wait_until(lambda: not any(alive(p) for p in pids), seconds, f'the end of {pids}')


def no_children(server):
    """Waits until nobody is served."""
    wait_until(lambda: not server.client_children(), 10, 'the last client process to end')


def only_ours(function):
    """A check of what is promised beyond PostgreSQL."""
    def run():
        if ours():
            function()
    run.__name__ = function.__name__
    return run


def refused(s):
    """The error that a log-in gets, or None if it gets in."""
    try:
        return log_in_fails(s)
    except AssertionError:
        return None


def can_log_in(s, user):
    with wire.connect(s) as c:
        c.send(wire.startup(user=user))
        return c.until('EZ')[-1][0] == 'Z'


def log_in_with_scram(c, user, secret):
    c.send(wire.startup(user=user))
    c.read()
    scram = wire.Scram(secret)
    c.send(scram.first())
    c.send(scram.final(c.read()[1][4:].decode()))
    return c.until('EZ')


def control(server, verb, *arguments):
    """`forklore VERB` or `pg_ctl VERB` on the server's directory: exit status and output."""
    if ours():
        command = [server.program, verb, '--data-dir', server.data_dir, *arguments]
        if verb in ('start', 'restart'):
            command += ['--port', str(server.port), '--socket-dir', server.socket_dir, '--listen', server.host, '--log',
                        server.root + '/control.log', *harness.root_switch()]
    else:
        command = [server.bin + '/pg_ctl', verb, '-D', server.data_dir, *arguments]
        if verb in ('start', 'restart'):
            command += ['-l', server.root + '/control.log', '-o',
                        f'-p {server.port} -k {server.socket_dir} -c listen_addresses={server.host}']
    # the server that it starts must not hold the test's pipe open
    with open(server.root + '/control', 'w+') as out:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=60,
                                **server._account()).returncode
        out.seek(0)
        return status, out.read()


def sanitized(pid):
    """Whether the process runs under AddressSanitizer, whose own memory is larger than anything a check measures."""
    with open(f'/proc/{pid}/maps') as f:
        return 'libasan' in f.read()


def size_of(pid):
    """Memory of a process, in KiB; 0 where that says nothing."""
    if sanitized(pid):
        return 0
    with open(f'/proc/{pid}/status') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def mode_of(path):
    """Permissions of a file."""
    return os.stat(path).st_mode & 0o777
