#!/usr/bin/python3
"""pgbench over scripts that need no table: every query mode, reconnecting, pipelines, variables, errors, many clients."""
import os
import re
import subprocess
import sys

from harness import PASSWORD, check, contains, equal, main, program, wait_until

PGBENCH = None


def find_client():
    global PGBENCH
    PGBENCH = program('pgbench', 'postgresql (Ubuntu: postgresql-contrib)')


def pgbench(server, script, *options, expect=0, **env):
    """Runs a script of that text and returns what pgbench reports."""
    path = os.path.join(server.root, 'script.sql')
    with open(path, 'w') as f:
        f.write(script)
    done = subprocess.run([PGBENCH, '-n', '-f', path, *options], env=server.environment(**env), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    equal(done.returncode, expect, f'exit status ({done.stdout[-600:]})')
    return done.stdout


def all_done(report, transactions):
    contains(report, f'number of transactions actually processed: {transactions}/{transactions}\n')
    contains(report, 'number of failed transactions: 0 (0.000%)')


def in_every_mode(server, script, transactions, *options, modes=('simple', 'extended', 'prepared')):
    for mode in modes:
        report = pgbench(server, script, '-M', mode, '-t', str(transactions), *options)
        contains(report, f'query mode: {mode}')
        all_done(report, transactions)


@check
def select_1_in_every_mode(server):
    in_every_mode(server, 'select 1;\n', 300)


@check
def a_new_connection_for_each_transaction(server):
    report = pgbench(server, 'select 1;\n', '-C', '-c', '4', '-t', '25')
    all_done(report, 100)
    contains(report, 'average connection time = ')


@check
def many_clients(server):
    for mode in ('simple', 'prepared'):
        all_done(pgbench(server, 'select 1;\n', '-M', mode, '-c', '32', '-j', '2', '-t', '50'), 1600)


@check
def variables_become_parameters(server):
    # the server has to infer int4 for both parameters of the sum, and text for the lone one
    in_every_mode(server, '\\set a random(1, 100000)\n\\set b :a * 2\nselect :a + 1 as x, :b as y \\gset p_\n'
                          '\\if :p_x <> :a + 1 or :p_y <> 2 * :a\nselect 1/0;\n\\endif\n', 100)


@check
def several_results_in_one_query(server):
    all_done(pgbench(server, 'select 1 as one \\; select 2 as two \\aset\n\\if :one + :two <> 3\nselect 1/0;\n\\endif\n', '-t',
                     '20'), 20)


@check
def transactions_in_blocks(server):
    in_every_mode(server, 'begin;\nselect 1;\nselect :client_id;\nend;\n', 100, '-c', '1')


@check
def pipelines(server):
    script = '\\startpipeline\nbegin;\nselect 1;\nselect 2;\nselect 3;\nend;\n\\endpipeline\n'
    in_every_mode(server, script, 200, modes=('extended', 'prepared'))


@check
def long_pipeline(server):
    in_every_mode(server, '\\startpipeline\n' + "select repeat('x', 100);\n" * 200 + '\\endpipeline\n', 20,
                  modes=('extended', 'prepared'))


@check
def error_in_a_pipeline_ends_the_client(server):
    report = pgbench(server, '\\startpipeline\nselect 1;\nselect 1/0;\nselect 2;\n\\endpipeline\n', '-M', 'prepared', '-t', '3',
                     expect=2)
    contains(report, 'division by zero')


@check
def error_ends_the_client(server):
    report = pgbench(server, 'select 1/0;\n', '-t', '3', expect=2)
    contains(report, 'ERROR:  division by zero')
    contains(report, 'number of transactions actually processed: 0/3')


@check
def timed_run_with_progress_and_latencies(server):
    report = pgbench(server, 'select 1;\nselect pg_sleep(0.001);\n', '-T', '2', '-P', '1', '-c', '2', '-r')
    assert re.search(r'progress: 1\.\d s, \d+\.\d tps', report), report
    assert re.search(r'\n +\d+\.\d+ +0 +select 1;', report), report
    contains(report, 'number of failed transactions: 0')


@check
def rate_limited(server):
    report = pgbench(server, 'select 1;\n', '-T', '1', '-R', '100')
    contains(report, 'rate limit schedule lag')


@check
def scram_and_tls(server):
    all_done(pgbench(server, 'select 1;\n', '-C', '-t', '10', '-c', '2', PGUSER='alice', PGPASSWORD=PASSWORD,
                     PGSSLMODE='require'), 20)


@check
def by_unix_socket(server):
    all_done(pgbench(server, 'select 1;\n', '-M', 'prepared', '-c', '4', '-t', '100', PGHOST=server.socket_dir), 400)


@check
def generate_series_in_every_mode(server):
    in_every_mode(server, '\\set n random(1, 1000)\nselect count(*) as c, sum(g) as s from generate_series(1, :n) g \\gset\n'
                          '\\if :c <> :n or :s <> :n * (:n + 1) / 2\nselect 1/0;\n\\endif\n', 50)


@check
def no_process_stays_behind(server):
    pgbench(server, 'select 1;\n', '-C', '-c', '8', '-t', '20')
    wait_until(lambda: not server.client_children(), what='the last backend to end')


if __name__ == '__main__':
    sys.exit(main('pgbench', before=find_client))
