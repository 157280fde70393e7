#!/usr/bin/python3
"""Who asks for shared memory that cannot be had gets an error with its SQLSTATE, and everybody goes on, whoever asked included.

    refused.py --server PROGRAM          the chapter's greedy server
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import check, contains, equal, wait_until

# Few slots, and so few dynamic segments: fewer than a process may have files open.
SMALL = {'max_connections': 6, 'superuser_reserved_connections': 1, 'max_half_open_connections': 3}
options = None


class Pair:
    """Two sessions of one server. What one is refused must not touch the other, nor itself afterwards."""
    def __enter__(self):
        self.server = harness.new_server(options, settings=SMALL).__enter__()
        self.postmaster = self.server.pid
        self.one, self.other = wire.session(self.server), wire.session(self.server)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            for c in (self.one, self.other):
                equal(c.ask('select 1'), [('1',)])
            equal(self.server.pid, self.postmaster)
            assert 'terminating any other' not in self.server.log(), self.server.log()[-500:]
        self.server.__exit__(None, None, None)

    def refused(self, sql, code, message, detail=None):
        """That the first session gets an error, and only that."""
        self.one.send(wire.query(sql))
        errors = [wire.error_fields(b) for k, b in self.one.ready() if k == 'E']
        equal([(e['S'], e['C'], e['M']) for e in errors], [('ERROR', code, message)])
        if detail:
            equal(errors[0]['D'], detail)


@check
def a_module_that_asks_late():
    with Pair() as p:
        p.refused('select ask_late()', '55000', 'cannot request additional shared memory for "Late" now',
                  'The shared memory segment has been made already.')


@check
def a_structure_with_two_sizes():
    with Pair() as p:
        p.other.ask('select find_bytes(100)')
        p.refused('select find_bytes(101)', 'XX000', 'shared memory structure "Bytes" has another size: 100 bytes, not 101')
        p.one.ask('select find_bytes(100)')


@check
def a_structure_for_which_there_is_no_room():
    with Pair() as p:
        p.refused('select find_bytes(1000000000)', '53200', 'out of shared memory',
                  'Failed on shared memory structure "Bytes" of 1000000000 bytes.')
        p.other.ask('select find_bytes(100)')


@check
def a_table_that_is_full():
    with Pair() as p:
        for number in (1, 2, 3):
            equal(p.other.ask(f'select remember({number})'), [('t',)])
        p.refused('select remember(4)', '53200', 'out of shared memory', 'All 3 entries of shared hash table "Three Numbers" are in use.')
        equal(p.other.ask('select forget(2)'), [('t',)])
        equal(p.one.ask('select remember(4)'), [('t',)])


@check
def a_handle_that_is_stale():
    with Pair() as p:
        handle = p.other.ask('select make_dynamic(1000)')[0][0]
        p.one.ask(f'select attach_dynamic({handle})')
        p.refused(f'select attach_dynamic({handle})', '55000', "can't attach the same segment more than once")
        p.one.ask('select detach_dynamic()')
        p.other.ask('select detach_dynamic()')
        for stale in (handle, 0, 4711):
            p.refused(f'select attach_dynamic({stale})', '55000', 'could not map dynamic shared memory segment',
                      'No process has a segment with this handle any more.')


@check
def dynamic_segments_that_cannot_be_had():
    with Pair() as p:
        p.refused(f'select make_dynamic({1 << 50})', '53200',
                  f'dynamic shared memory segment of {1 << 50} bytes is larger than the machine\'s memory')
        p.refused('select count(make_dynamic(1)) from generate_series(1, 100000)', '53000', 'too many dynamic shared memory segments')
        p.other.send(wire.query('select make_dynamic(1)'))
        equal([wire.error_fields(b)['C'] for k, b in p.other.ready() if k == 'E'], ['53000'])
        p.one.ask('select detach_dynamic()')
        p.other.ask('select make_dynamic(1)')
        equal(len(p.one.ask('select * from pg_dsm_allocations')), 1)


@check
def what_a_session_had_goes_with_it():
    with Pair() as p:
        handle = p.other.ask('select make_dynamic(1000)')[0][0]
        for leave in (lambda c: c.send(wire.terminate()), lambda c: os.kill(c.pid, 9)):
            third = wire.session(p.server)
            third.ask(f'select attach_dynamic({handle})')
            third.ask('select make_dynamic(1)')
            equal(p.one.ask('select count(*) from pg_dsm_allocations'), [('2',)])
            leave(third)
            wait_until(lambda: p.one.ask('select handle, pids from pg_dsm_allocations') == [(handle, '{%d}' % p.other.pid)],
                       what='the holds of the one who left to go')


def main():
    global options
    options = harness.arguments()
    report = harness.Report('refused')
    for one in harness.CHECKS:
        harness.run_check(report, one, None, 120)
    report.summary('refused')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
