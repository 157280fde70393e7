#!/usr/bin/python3
"""Whatever a session waits for, it can be cancelled and terminated there.

    cancel.py --server PROGRAM          the chapter's signal_lab
    cancel.py --server PROGRAM --measure ROUNDS     how long it takes: a line `event milliseconds milliseconds` for each, median and slowest

A wait event that the server knows and this file does not is a failure.
"""
import contextlib
import fcntl
import os
import signal
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import check, equal, wait_until

CANCELED, TERMINATED = '57014', '57P01'
LONG = 100_000      # seconds

WAITS = {}          # wait event: the class of a session that waits for it
# What nobody is cancelled in, and why.
NOT_INTERRUPTED = {
    'PostmasterMain': 'the postmaster serves nobody',
    'Admission': 'only where there is no shared memory: others count their clients there',
    'SpinDelay': 'a spinlock is held for a few instructions, and who waits too long for one panics',
    'Deaf': "the laboratory's: it holds interrupts off, to be waited for",
}
# And light-weight locks, which pg_wait_events does not list: they are held for moments, by processes that cannot be interrupted either.


class Waiting:
    """A session that waits for the event of its class, those who keep it waiting, and one that looks on."""
    event = None

    def __init__(self, server):
        self.server, self.others, self.deaf = server, [], []
        self.watcher, self.victim = self.another(), self.another()
        self.enter()
        self.until_it_waits(self.victim, self.event)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for c in self.deaf:
            with contextlib.suppress(ProcessLookupError):
                os.kill(c.pid, signal.SIGKILL)
        for c in self.others:
            c.close()

    def another(self):
        self.others.append(wire.session(self.server, timeout=30))
        return self.others[-1]

    def a_deaf_one(self):
        c = self.another()
        c.send(wire.query(f'select be_deaf({LONG})'))
        self.deaf.append(c)
        self.until_it_waits(c, 'Deaf')
        return c

    def until_it_waits(self, c, event):
        wait_until(lambda: self.watcher.ask(f'select wait_event from pg_stat_activity where pid = {c.pid}') == [(event,)],
                   what=f'process {c.pid} to wait for {event}')

    # -- what a class may do in another way

    def enter(self):
        raise NotImplementedError

    def canceled(self):
        """Returns when the cancel has taken effect."""
        kind, body = self.victim.until('ECZ')[-1]
        equal(kind, 'E')
        equal(wire.error_fields(body)['C'], CANCELED)

    def goes_on(self):
        self.victim.ready()
        equal(self.victim.ask('select 1'), [('1',)])

    def terminated(self):
        """Returns when the process has been terminated."""
        fields = [wire.error_fields(body) for kind, body in self.victim.rest() if kind == 'E']
        equal([f['C'] for f in fields], [TERMINATED])
        wait_until(lambda: not harness.alive(self.victim.pid), what='the process to end')


def for_event(cls):
    WAITS[cls.event] = cls
    return cls


@for_event
class Sleeping(Waiting):
    event = 'PgSleep'

    def enter(self):
        self.victim.send(wire.query(f'select pg_sleep({LONG})'))


@for_event
class Idle(Waiting):
    """There is nothing to cancel, and nothing is cancelled later for that."""
    event = 'ClientRead'

    def enter(self):
        self.victim.ask('begin')

    def canceled(self):
        equal(self.victim.ask('select 1'), [('1',)])

    def goes_on(self):
        self.victim.ask('commit')


@for_event
class NotRead(Waiting):
    """A client that does not read what it has asked for. It cannot be told either: what it has been sent so far must stay whole, so the error
    follows that. But the statement has ended."""
    event = 'ClientWrite'

    def errors(self):
        return self.server.log().count('ERROR:  canceling statement')

    def enter(self):
        self.errors_before = self.errors()
        self.victim.send(wire.query(f"select repeat('x', 1000) from generate_series(1, {LONG})"))

    def canceled(self):
        wait_until(lambda: self.errors() > self.errors_before, what='the statement to end')

    def goes_on(self):
        equal([wire.error_fields(body)['C'] for kind, body in self.victim.ready() if kind == 'E'], [CANCELED])
        equal(self.victim.ask('select 1'), [('1',)])

    def terminated(self):
        wait_until(lambda: not harness.alive(self.victim.pid), what='the process to end')


@for_event
class WaitingForAnEnd(Waiting):
    event = 'BackendTermination'

    def enter(self):
        self.victim.send(wire.query(f'select pg_terminate_backend({self.a_deaf_one().pid}, {LONG})'))


@for_event
class WaitingForABarrier(Waiting):
    event = 'ProcSignalBarrier'

    def enter(self):
        self.a_deaf_one()
        self.victim.send(wire.query('select all_forget()'))


@for_event
class Sending(Waiting):
    event = 'MessageQueueSend'

    def enter(self):
        self.victim.send(wire.query("select make_queue(10), send_message(repeat('x', 100))"))


@for_event
class Receiving(Waiting):
    event = 'MessageQueueReceive'

    def enter(self):
        self.victim.send(wire.query('select make_queue(10), receive_message()'))


@for_event
class WaitingForFiles(Waiting):
    event = 'DirectoryLock'
    directory = None

    def enter(self):
        if self.directory is None:
            self.directory = os.open(self.server.data_dir, os.O_RDONLY)
            fcntl.flock(self.directory, fcntl.LOCK_EX)
        self.victim.send(wire.query('select wait_for_files()'))

    def __exit__(self, *error):
        os.close(self.directory)
        super().__exit__(*error)


def ask_to_end(waiting, function):
    equal(waiting.watcher.ask(f'select {function}({waiting.victim.pid})'), [('t',)])


@check
def each_wait_event_is_known_here(server):
    with wire.session(server) as c:
        events = {name for name, in c.ask('select name from pg_wait_events')}
    equal(sorted(events), sorted(set(WAITS) | set(NOT_INTERRUPTED)))


@check
def each_wait_is_cancelled_by_another_session(server):
    for cls in WAITS.values():
        with cls(server) as waiting:
            ask_to_end(waiting, 'pg_cancel_backend')
            waiting.canceled()
            waiting.goes_on()


@check
def each_wait_is_cancelled_by_a_request(server):
    for cls in WAITS.values():
        with cls(server) as waiting:
            with wire.connect(server) as c:
                c.send(wire.cancel(waiting.victim.pid, waiting.victim.key))
                equal(c.rest(), [])
            waiting.canceled()
            waiting.goes_on()


@check
def each_wait_is_ended_by_a_statement_timeout(server):
    for cls in WAITS.values():
        if cls is Idle:
            continue
        with cls(server) as waiting:
            ask_to_end(waiting, 'pg_cancel_backend')
            waiting.canceled()
            waiting.goes_on()
            waiting.victim.ask("set statement_timeout = '200ms'")
            waiting.enter()
            waiting.canceled()


@check
def each_wait_is_terminated(server):
    for cls in WAITS.values():
        with cls(server) as waiting:
            ask_to_end(waiting, 'pg_terminate_backend')
            waiting.terminated()


def measure(server, rounds):
    for event, cls in WAITS.items():
        took = []
        for _ in range(rounds):
            with cls(server) as waiting:
                began = time.monotonic()
                os.kill(waiting.victim.pid, signal.SIGINT)
                waiting.canceled()
                took.append((time.monotonic() - began) * 1000)
        print(f'{event} {statistics.median(took):.2f} {max(took):.2f}')


if __name__ == '__main__':
    options = harness.arguments(lambda parser: parser.add_argument('--measure', type=int, metavar='ROUNDS'))
    if options.measure:
        with harness.new_server(options) as server:
            measure(server, options.measure)
    else:
        sys.exit(harness.main('cancel', options=options, tls=False))
