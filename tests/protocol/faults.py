#!/usr/bin/python3
"""The server when the kernel says no: faults planned from outside, one server for each plan.

    faults.py --server PROGRAM  [beginnings of checks…]
"""
import contextlib
import functools
import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../clients')]
import harness
import wire
from harness import check, contains, equal, wait_until

OPTIONS = None


@contextlib.contextmanager
def faulty(plan, **kw):
    """A server that runs under a plan of faults (base/syscalls.hpp says how it reads)."""
    os.environ['FORKLORE_FAULTS'] = plan
    try:
        with harness.new_server(OPTIONS, **kw) as server:
            del os.environ['FORKLORE_FAULTS']
            yield server
    finally:
        os.environ.pop('FORKLORE_FAULTS', None)


def visit(server):
    """What becomes of somebody who comes now: None if served, otherwise the bytes or the SQLSTATE of the refusal."""
    with wire.connect(server) as c:
        c.send(wire.startup())
        try:
            answer = c.until('EZ')
        except (wire.Closed, TimeoutError):
            return bytes(c.buffer)
        if answer[-1][0] == 'E':
            return wire.error_fields(answer[-1][1])['C']
        equal(c.ask('select 1'), [('1',)])


def visits(server, number):
    """What became of a number of visitors who were not served; whoever comes afterwards is."""
    refused = [r for r in (visit(server) for _ in range(number)) if r is not None]
    equal(visit(server), None, 'what becomes of the last visitor')
    return refused


def count(server, text):
    return server.log().count(text)


# Looking whether the server is up takes connections, too, so faults come after the first few.

@check
def no_descriptor_for_a_client():
    # The client stays in the queue; the server pauses instead of trying again at once, and then takes it.
    with faulty('accept4:EMFILE:3:12') as s:
        equal(visits(s, 20), [])
        equal(count(s, 'could not accept new connection: Too many open files'), 3)


@check
def no_memory_for_a_process():
    with faulty('fork:ENOMEM:1:5') as s:
        refused = visits(s, 8)
        equal(len(refused), 1, 'visitors that were turned away')
        contains(refused[0], b'Ecould not fork new process for connection: Cannot allocate memory')
        equal(count(s, 'could not fork new process for connection: Cannot allocate memory'), 1)


@check
def interrupted_calls_are_tried_again():
    plan = ','.join(f'{call}:EINTR:3:9' for call in ('accept4', 'recv', 'send', 'waitpid', 'epoll_wait'))
    with faulty(plan) as s:
        equal(visits(s, 20), [])
        wait_until(lambda: not s.client_children(), 60, 'the last client process to be reaped')


@check
def a_client_that_leaves_the_queue():
    with faulty('accept4:ECONNABORTED:5:6') as s:
        equal(visits(s, 8), [])
        equal(count(s, 'could not accept'), 0)


@functools.cache
def has_gate():
    """Whether children ask the postmaster for a place: they do as long as there is no shared memory."""
    with harness.new_server(OPTIONS) as server, wire.session(server) as c:
        c.send(wire.query('select 1 from pg_stat_activity'))
        return any(k == 'E' for k, _ in c.ready())


@check
def no_descriptor_for_the_gate():
    # Without a gate a child cannot ask for a place: its client is refused, the next one is not.
    expected = ['53300'] if has_gate() else []
    with faulty('socketpair:EMFILE:1:5') as s:
        equal(visits(s, 8), expected)


@check
def no_space_for_a_data_directory():
    with harness.new_server(OPTIONS) as s:
        def initialise(directory, *arguments, plan=None):
            env = {**os.environ, 'FORKLORE_FAULTS': plan} if plan else os.environ
            return s.run_tool(s.program, 'init', '--data-dir', directory, *arguments, env=env)
        new, empty = s.root + '/not/there', s.root + '/empty'
        os.mkdir(empty)
        for what in ('open', 'write', 'fsync', 'rename'):
            for after in (1, 4):
                for directory in (new, empty):
                    done = initialise(directory, plan=f'{what}:ENOSPC:1:{after}')
                    equal(done.returncode, 1, what)
                    contains(done.stdout, 'No space left on device')
                assert not os.path.exists(new), f'{what}: {os.listdir(new)}'
                equal(os.listdir(empty), [], what)
        for wrong in (['--auth', 'nonsense'], ['--pwfile', s.root + '/nosuch']):
            equal(initialise(new, *wrong).returncode, 1)
            assert not os.path.exists(new)
        equal((initialise(new).returncode, initialise(empty).returncode), (0, 0))
        made = sorted(os.listdir(new))
        equal(initialise(new).returncode, 1, 'a second time')
        equal(sorted(os.listdir(new)), made)


@check
def nothing_left_to_watch_with():
    # wherever it hits the postmaster or a child: clients are told, and nobody is left in the table for ever
    gate = has_gate()
    for first in range(4, 16):
        with faulty(f'epoll_ctl:ENOSPC:3:{first}') as s:
            # Without a gate all faults are the children's, of whom each inherits the whole plan.
            answers = visits(s, 12) if gate else [visit(s) or '53100' for _ in range(12)]
            assert set(answers) <= {'53100', '53300'}, answers
            s.process.send_signal(signal.SIGTERM)
            equal(s.process.wait(10), 0, f'smart shutdown after fault {first}')


@check
def no_memory_to_begin_a_session_with():
    with faulty('epoll_create1:ENOMEM:1:1') as s:
        # each child inherits the plan: all of them fail, before they have anything to speak through
        with wire.connect(s) as c:
            c.send(wire.startup())
            answer = [wire.error_fields(b) for k, b in c.rest() if k == 'E']
        equal([(a['S'], a['C'], a['M']) for a in answer], [('FATAL', '53200', 'could not create a wait set: Cannot allocate memory')])
        contains(s.log(), 'FATAL:  could not create a wait set: Cannot allocate memory')


@check
def full_disk_does_not_keep_it_from_stopping():
    with faulty('pwrite:ENOSPC:100:3') as s:
        s.process.send_signal(signal.SIGTERM)
        equal(s.process.wait(10), 0)
        contains(s.log(), 'could not write lock file')


@check
def no_space_for_the_lock_file():
    try:
        with faulty('pwrite:ENOSPC:1'):
            raise AssertionError('it started')
    except AssertionError as failure:
        contains(str(failure), 'No space left on device')


if __name__ == '__main__':
    OPTIONS = harness.arguments()
    report = harness.Report()
    for one in harness.CHECKS:
        if not OPTIONS.checks or any(one.__name__.startswith(w) for w in OPTIONS.checks):
            harness.run_check(report, one, None, OPTIONS.limit * 2)
    print(f'faults: {report.passed} passed, {report.failed} failed')
    sys.exit(1 if report.failed or not report.passed else 0)
