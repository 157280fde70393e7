#!/usr/bin/python3
"""psql, as a person types it: what it prints, where its carets point, how it ends."""
import os
import re
import signal
import subprocess
import sys
import time

from harness import HERE, PASSWORD, check, contains, equal, main, program, title, wait_until

PSQL = None


def find_client():
    global PSQL
    PSQL = program('psql', 'postgresql-client')


def psql(server, *arguments, script=None, expect=0, seconds=20, **env):
    """Runs psql and returns (standard output, standard error); script is fed to its standard input."""
    done = subprocess.run([PSQL, '-X', *arguments], input=script, env=server.environment(**env), timeout=seconds,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
    if done.returncode != expect:
        raise AssertionError(f'exit status {done.returncode}, wanted {expect}: {done.stdout[-500:]} {done.stderr[-500:]}')
    return done.stdout, done.stderr


def plain(server, *commands, **kw):
    """The unaligned rows of some -c commands."""
    return psql(server, '-qAt', *[x for c in commands for x in ('-c', c)], **kw)[0].rstrip('\n')


# --- one statement, and how it looks ----------------------------------------------------------------------------------

@check
def select_1_aligned(server):
    equal(psql(server, '-c', 'select 1')[0], ' ?column? \n----------\n        1\n(1 row)\n\n')


@check
def columns_are_aligned_by_type(server):
    out, _ = psql(server, '-c', "select 1::int4 as n, 'x'::text as t, 2.50::numeric as d, true as b, null as nothing")
    equal(out, ' n | t |  d   | b | nothing \n---+---+------+---+---------\n 1 | x | 2.50 | t | \n(1 row)\n\n')


@check
def output_formats(server):
    two = "select * from (values (1, 'a,\"b'), (2, null)) v(id, word)"
    equal(psql(server, '--csv', '-c', two)[0], 'id,word\n1,"a,""b"\n2,\n')
    equal(psql(server, '-qAt', '-F', ';', '-c', two)[0], '1;a,"b\n2;\n')
    equal(psql(server, '-x', '-c', two)[0], '-[ RECORD 1 ]\nid   | 1\nword | a,"b\n-[ RECORD 2 ]\nid   | 2\nword | \n\n')
    equal(psql(server, '-H', '-c', 'select 1 as a')[0].split('\n')[1:4], ['  <tr>', '    <th align="center">a</th>', '  </tr>'])
    equal(psql(server, '-P', 'null=(none)', '-At', '-c', 'select null')[0], '(none)\n')


@check
def types_print_as_the_table_says(server):
    with open(os.path.join(HERE, 'types.tsv'), encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f]
    script = ''.join("select '" + literal.replace("'", "''") + f"'::{kind};\n" for kind, _, literal, _, _ in rows)
    out, _ = psql(server, '-qAt', '-v', 'ON_ERROR_STOP=1', script=script, PGTZ='UTC', PGCLIENTENCODING='UTF8')
    got = out.split('\n')[:-1]
    equal(len(got), len(rows), 'number of answers')
    for (kind, _, literal, wanted, _), value in zip(rows, got):
        equal(value, wanted, f'{kind} {literal!r}')


@check
def nulls_in_every_type(server):
    with open(os.path.join(HERE, 'types.tsv'), encoding='utf-8') as f:
        kinds = list(dict.fromkeys(line.split('\t')[0] for line in f))
    out = plain(server, 'select ' + ', '.join(f'null::{k} is null' for k in kinds))
    equal(out, '|'.join('t' * len(kinds)))


# --- connecting -------------------------------------------------------------------------------------------------------

@check
def conninfo_by_tcp(server):
    contains(psql(server, '-c', '\\conninfo')[0],
             f'You are connected to database "postgres" as user "tester" on host "127.0.0.1" at port "{server.port}".')


@check
def conninfo_by_socket(server):
    contains(psql(server, '-c', '\\conninfo', PGHOST=server.socket_dir)[0],
             f'You are connected to database "postgres" as user "tester" via socket in "{server.socket_dir}" at port')


@check
def reconnect_with_connect_command(server):
    out, _ = psql(server, '-qAt', script='select pg_backend_pid() as before \\gset\n\\c - - - -\n'
                                         'select pg_backend_pid() <> :before;\n')
    contains(out, 't\n')
    _, err = psql(server, script='\\c postgres no_password\n', expect=2)
    contains(err, 'password')


@check
def unknown_database(server):
    _, err = psql(server, '-d', 'nosuch', '-c', 'select 1', expect=2)
    contains(err, 'FATAL:  database "nosuch" does not exist')


@check
def unknown_role_under_trust_is_named(server):
    _, err = psql(server, '-U', 'missing_role', '-c', 'select 1', expect=2)
    contains(err, 'FATAL:  role "missing_role" does not exist')


@check
def connection_parameters(server):
    out = plain(server, 'show work_mem', 'show application_name', 'show statement_timeout', PGAPPNAME='a name',
                PGOPTIONS='-c work_mem=9MB --statement_timeout=7s')
    equal(out, '9MB\na name\n7s')
    out = plain(server, 'show search_path', PGOPTIONS='-c search_path=pg_catalog,\\ public')
    equal(out, 'pg_catalog, public')
    _, err = psql(server, '-c', 'select 1', PGOPTIONS='-c nosuch=1', expect=2)
    contains(err, 'FATAL:  unrecognized configuration parameter "nosuch"')


# --- passwords and TLS ------------------------------------------------------------------------------------------------

@check
def scram_right_password(server):
    for host in (server.host, server.socket_dir):
        equal(plain(server, 'select current_user', PGUSER='alice', PGPASSWORD=PASSWORD, PGHOST=host), 'alice')


@check
def clear_text_password(server):
    equal(plain(server, 'select current_user', PGUSER='plain', PGPASSWORD=PASSWORD), 'plain')
    _, err = psql(server, '-c', 'select 1', PGUSER='plain', PGPASSWORD='wrong', expect=2)
    contains(err, 'FATAL:  password authentication failed for user "plain"')


@check
def every_wrong_login_looks_the_same(server):
    answers = set()
    for user in ('alice', 'no_password', 'nobody_knows'):
        _, err = psql(server, '-c', 'select 1', PGUSER=user, PGPASSWORD='wrong', expect=2)
        contains(err, f'FATAL:  password authentication failed for user "{user}"')
        answers.add(err.replace(user, 'USER'))
    equal(len(answers), 1, f'different texts {answers}')


@check
def password_with_letters_beyond_ascii(server):
    equal(plain(server, 'select current_user', PGUSER='žofie', PGPASSWORD='heslo s háčky'), 'žofie')


@check
def rejected_by_the_rules(server):
    _, err = psql(server, '-c', 'select 1', PGUSER='rejected', PGPASSWORD=PASSWORD, expect=2)
    contains(err, 'rejects connection for host "127.0.0.1", user "rejected", database "postgres", '
                  'no encryption')


@check
def tls_encrypts(server):
    out, _ = psql(server, '-c', '\\conninfo', PGSSLMODE='require')
    assert re.search(r'SSL connection \(protocol: TLSv1\.[23], cipher: \w+', out), out
    out, _ = psql(server, '-c', '\\conninfo', PGSSLMODE='prefer')
    contains(out, 'SSL connection')
    out, _ = psql(server, '-c', '\\conninfo')
    assert 'SSL' not in out, out


@check
def tls_certificate_is_verified(server):
    root = server.root + '/server.crt'
    equal(plain(server, 'select 1', PGSSLMODE='verify-full', PGSSLROOTCERT=root, PGHOST='localhost', PGHOSTADDR='127.0.0.1'), '1')
    _, err = psql(server, '-c', 'select 1', PGSSLMODE='verify-full', PGSSLROOTCERT=root, PGHOST='other.example',
                  PGHOSTADDR='127.0.0.1', expect=2)
    contains(err, 'does not match host name "other.example"')


@check
def tls_by_the_rules(server):
    equal(plain(server, 'select current_user', PGUSER='only_tls', PGPASSWORD=PASSWORD, PGSSLMODE='require'), 'only_tls')
    _, err = psql(server, '-c', 'select 1', PGUSER='only_tls', PGPASSWORD=PASSWORD, expect=2)
    contains(err, 'no encryption')
    equal(plain(server, 'select current_user', PGUSER='never_tls', PGPASSWORD=PASSWORD), 'never_tls')


@check
def tls_carries_big_results(server):
    equal(plain(server, "select length(repeat('x', 5000000))", "select count(*) from generate_series(1, 50000)",
                PGSSLMODE='require'), '5000000\n50000')
    out, _ = psql(server, '-qAt', '-c', "select repeat('y', 3000000)", PGSSLMODE='require')
    equal((len(out), set(out)), (3000001, {'y', '\n'}))


# --- errors -----------------------------------------------------------------------------------------------------------

def caret(server, sql, **kw):
    """The error's text, and the character of the statement that the caret is under."""
    _, err = psql(server, '-c', sql, expect=1, **kw)
    lines = err.rstrip('\n').split('\n')
    at = next(i for i, x in enumerate(lines) if x.startswith('LINE '))
    column = lines[at + 1].index('^')
    return lines[0], lines[at][column:], lines[at]


@check
def caret_under_the_culprit(server):
    equal(caret(server, 'select 1, nosuch from (values (1)) v(a)')[:2],
          ('ERROR:  column "nosuch" does not exist', 'nosuch from (values (1)) v(a)'))
    equal(caret(server, 'selec 1')[:2], ('ERROR:  syntax error at or near "selec"', 'selec 1'))
    equal(caret(server, "select 1 + 'abc'")[:2], ('ERROR:  invalid input syntax for type integer: "abc"', "'abc'"))
    equal(caret(server, 'select nosuch(1)')[:2], ('ERROR:  function nosuch(integer) does not exist', 'nosuch(1)'))
    equal(caret(server, 'select * from nosuch')[:2], ('ERROR:  relation "nosuch" does not exist', 'nosuch'))
    equal(caret(server, "select true + 1")[:2], ('ERROR:  operator does not exist: boolean + integer', '+ 1'))
    equal(caret(server, "select 1::nosuch")[:2], ('ERROR:  type "nosuch" does not exist', 'nosuch'))


@check
def caret_counts_characters(server):
    equal(caret(server, "select 'žluťoučký €' as x, nosuch", PGCLIENTENCODING='UTF8')[1], 'nosuch')


@check
def caret_on_the_right_line(server):
    _, _, line = caret(server, "select 1,\n       2,\n       nosuch")
    equal(line, 'LINE 3:        nosuch')


@check
def errverbose(server):
    _, err = psql(server, script="select 'x'::int;\n\\errverbose\n")
    contains(err, 'ERROR:  22P02: invalid input syntax for type integer: "x"\nLINE 1: select \'x\'::int;\n               ^\nLOCATION:  ')


@check
def verbosity_shows_the_sqlstate(server):
    out = {}
    for sql in ('select 1/0', "select '300000'::int2", 'select nosuch', 'selec', 'select nosuch()', 'select * from nosuch',
                "select '2024-02-30'::date", "set nosuch = 1", "set work_mem = '1zb'", 'set max_connections = 5',
                'commit; select 1/0'):
        _, err = psql(server, '-v', 'VERBOSITY=sqlstate', '-c', sql, expect=1)
        out[sql] = err.strip().split('\n')[-1]
    equal(out, {'select 1/0': 'ERROR:  22012', "select '300000'::int2": 'ERROR:  22003', 'select nosuch': 'ERROR:  42703',
                'selec': 'ERROR:  42601', 'select nosuch()': 'ERROR:  42883', 'select * from nosuch': 'ERROR:  42P01',
                "select '2024-02-30'::date": 'ERROR:  22008', 'set nosuch = 1': 'ERROR:  42704',
                "set work_mem = '1zb'": 'ERROR:  22023', 'set max_connections = 5': 'ERROR:  55P02',
                'commit; select 1/0': 'ERROR:  22012'})


@check
def hints_are_shown(server):
    _, err = psql(server, '-c', "select nosuch(1)", expect=1)
    contains(err, 'HINT:  No function matches the given name and argument types. You might need to add explicit type casts.')
    _, err = psql(server, '-c', "set work_mem = '1zb'", expect=1)
    contains(err, 'HINT:  Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".')


@check
def on_error_stop_and_exit_codes(server):
    script = 'select 1;\nselect 1/0;\nselect 2;\n'
    equal(psql(server, '-qAt', script=script)[0], '1\n2\n')
    equal(psql(server, '-qAt', '-v', 'ON_ERROR_STOP=1', script=script, expect=3)[0], '1\n')
    equal(psql(server, '-qAt', '-c', 'select 1', '-c', 'select 1/0', expect=1)[0], '1\n')
    psql(server, '-p', '1', '-c', 'select 1', expect=2)


@check
def single_transaction_option(server):
    out, err = psql(server, '-1', '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', "set work_mem='1MB'", '-c', 'show work_mem', '-c',
                    'select 1/0',
                    expect=1)
    equal(out, '1MB\n')
    contains(err, 'division by zero')


# --- several statements, transactions, notices ------------------------------------------------------------------------

@check
def several_statements_in_one_query(server):
    equal(psql(server, '-qAt', '-c', 'select 1; select 2; select 3')[0], '1\n2\n3\n')
    out, err = psql(server, '-qAt', '-c', 'select 1; select 1/0; select 3', expect=1)
    equal(out, '1\n')
    contains(err, 'division by zero')
    equal(psql(server, '-qAt', script='select 1 \\; select 2;\n')[0], '1\n2\n')
    equal(psql(server, '-qAt', '-c', ' ; ; -- nothing')[0], '')


@check
def transaction_block(server):
    out, err = psql(server, script='begin;\nselect 1/0;\nselect 1;\ncommit;\nselect 5 as five;\n')
    equal(out, 'BEGIN\nROLLBACK\n five \n------\n    5\n(1 row)\n\n')
    contains(err, 'ERROR:  current transaction is aborted, commands ignored until end of transaction block')


@check
def settings_follow_the_transaction(server):
    script = ("set work_mem='5MB';\nbegin;\nset work_mem='6MB';\nset local statement_timeout='9s';\nrollback;\nshow work_mem;\n"
              "begin;\nset local work_mem='7MB';\nshow work_mem;\ncommit;\nshow work_mem;\nreset work_mem;\nshow statement_timeout;\n")
    equal(psql(server, '-qAt', script=script)[0], '5MB\n7MB\n5MB\n0\n')


@check
def notices_and_warnings(server):
    out, err = psql(server, script='commit;\nrollback;\nbegin;\nbegin;\nend;\nset local work_mem=\'1MB\';\n')
    equal(out, 'COMMIT\nROLLBACK\nBEGIN\nBEGIN\nCOMMIT\nSET\n')
    equal(err.split('\n')[:-1], ['WARNING:  there is no transaction in progress'] * 2 +
          ['WARNING:  there is already a transaction in progress',
           'WARNING:  SET LOCAL can only be used in transaction blocks'])
    _, err = psql(server, script="set client_min_messages = error;\ncommit;\n")
    equal(err, '')


@check
def identifier_cut_with_notice(server):
    out, err = psql(server, '-At', '-c', f'select 1 as {"a" * 70}')
    contains(err, f'NOTICE:  identifier "{"a" * 70}" will be truncated to "{"a" * 63}"')


# --- psql's own commands ----------------------------------------------------------------------------------------------

@check
def variables_and_gset(server):
    equal(psql(server, '-qAt', '-v', "name=it's",
               script="select :'name' as a, 41 + 1 as b \\gset\n\\echo :a :b\nselect :b + 1;\n")[0],
          "it's 42\n43\n")
    equal(psql(server, '-qAt', script='select 1 as "Odd" \\gset p_\nselect :p_Odd;\n')[0], '1\n')
    contains(psql(server, script='\\echo :SERVER_VERSION_NUM\n')[0], '15')
    equal(psql(server, '-qAt', script='select 1/0;\n\\echo :SQLSTATE :ERROR :ROW_COUNT\nselect 1 \\g /dev/null\n\\echo :SQLSTATE :ROW_COUNT\n')[0],
          '22012 true 0\n00000 1\n')


@check
def gdesc(server):
    out, _ = psql(server, '-At', script="select 1 as a, 'x'::varchar(7) as b, 2.5::numeric(6,2) as c, now() as d, null as e, array[1] as f, "
                                        "'1 day'::interval as g \\gdesc\n")
    equal(out, 'a|integer\nb|character varying(7)\nc|numeric(6,2)\nd|timestamp with time zone\ne|text\nf|integer[]\n'
               'g|interval\n')
    contains(psql(server, script='begin \\gdesc\n')[0], 'The command has no result, or the result has no columns.')


@check
def gexec(server):
    equal(psql(server, '-qAt', script="select 'select ' || g from generate_series(1,3) g \\gexec\n")[0], '1\n2\n3\n')


@check
def crosstabview(server):
    out, _ = psql(server, script="select a, b, a * b from (values (1, 3), (1, 4), (2, 3), (2, 4)) v(a, b) order by 1, 2 \\crosstabview\n")
    equal(out, ' a | 3 | 4 \n---+---+---\n 1 | 3 | 4\n 2 | 6 | 8\n(2 rows)\n\n')


@check
def timing(server):
    out, _ = psql(server, script='\\timing on\nselect 1;\n')
    assert re.search(r'Time: \d+\.\d{3} ms', out), out


@check
def prepare_and_execute(server):
    script = ("prepare p(int, text) as select $1 + 1, $2 || '!';\nexecute p(41, 'hi');\nexecute p(1, null);\n"
              "select name, parameter_types, from_sql from pg_prepared_statements;\ndeallocate p;\nexecute p(1, 'x');\n"
              "prepare q as select $1 + 1;\nexecute q('5');\ndeallocate all;\n")
    out, err = psql(server, '-At', script=script)
    equal(out, 'PREPARE\n42|hi!\n2|\np|{integer,text}|t\nDEALLOCATE\nPREPARE\n6\nDEALLOCATE ALL\n')
    contains(err, 'ERROR:  prepared statement "p" does not exist')


@check
def watch_until_interrupted(server):
    child = subprocess.Popen([PSQL, '-XqAt'], env=server.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    try:
        child.stdin.write("select 'tick' \\watch 0.05\n")
        child.stdin.flush()
        seen = ''
        while seen.count('tick') < 3:
            seen += child.stdout.readline()
        child.send_signal(signal.SIGINT)
        child.stdin.close()
        child.wait(10)
    finally:
        child.kill()
        child.wait()


@check
def interrupt_cancels_the_statement(server):
    started = time.monotonic()
    child = subprocess.Popen([PSQL, '-XAt', '-c', 'select pg_sleep(60)'], env=server.environment(PGAPPNAME='to be cancelled'),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: any('SELECT' in t for t in _titles(server)), what='a process title with SELECT')
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    finally:
        child.kill()
    contains(err, 'ERROR:  canceling statement due to user request')
    equal(child.returncode, 1)
    assert time.monotonic() - started < 20


def _titles(server):
    return [title(p) for p in server.children()]


@check
def client_encodings(server):
    # bytes of LATIN1 in, bytes of LATIN1 out
    done = subprocess.run([PSQL, '-XqAt'], input="select 'caf\u00e9', length('caf\u00e9');\n".encode('latin1'),
                          env=server.environment(PGCLIENTENCODING='LATIN1'), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=20)
    equal(done.stdout, 'caf\u00e9|4\n'.encode('latin1'))
    done = subprocess.run([PSQL, '-XqAt', '-c', "select '\u20ac'"], env=server.environment(PGCLIENTENCODING='UTF8'),
                          stdout=subprocess.PIPE, timeout=20)
    equal(done.stdout, '\u20ac\n'.encode())


# --- settings and sessions --------------------------------------------------------------------------------------------

@check
def pg_settings_view(server):
    out = plain(server, "select name, setting, unit, vartype, context, min_val, max_val from pg_settings where name in "
                        "('statement_timeout', 'max_connections', 'log_statement') order by name")
    equal(out, 'log_statement|none||enum|superuser||\nmax_connections|100||integer|postmaster|1|262143\n'
               'statement_timeout|0|ms|integer|user|0|2147483647')
    names = plain(server, "select name from pg_settings where name like 'log%' order by name").split('\n')
    for name in ('log_connections', 'log_disconnections', 'log_line_prefix', 'log_min_duration_statement', 'log_min_messages',
                 'log_statement'):
        assert name in names, f'{name} is not among {names}'
    equal(plain(server, "select enumvals from pg_settings where name = 'log_statement'"), '{none,ddl,mod,all}')
    equal(plain(server, "set statement_timeout = '90s'",
                "select setting, source, reset_val from pg_settings where name='statement_timeout'",
                "show statement_timeout", "select current_setting('statement_timeout')"), '90000|session|0\n90s\n90s')


@check
def set_config_and_current_setting(server):
    equal(plain(server, "select set_config('application_name', 'x', false)", 'show application_name',
                "select current_setting('nosuch', true) is null", "set my.own = 'y'", "select current_setting('my.own')"),
          'x\nx\nt\ny')


@check
def statement_timeout(server):
    _, err = psql(server, '-c', "set statement_timeout = '100ms'", '-c', 'select pg_sleep(20)', expect=1)
    contains(err, 'ERROR:  canceling statement due to statement timeout')
    _, err = psql(server, '-c', "set statement_timeout = '200ms'", '-c', 'select count(*) from generate_series(1, 10000000000)',
                  expect=1)
    contains(err, 'ERROR:  canceling statement due to statement timeout')


@check
def who_and_where_am_i(server):
    equal(plain(server, 'select current_user, session_user, current_database()'), 'tester|tester|postgres')
    contains(plain(server, 'select version()'), 'PostgreSQL 15')
    equal(plain(server, 'show server_version_num')[:2], '15')
    equal(plain(server, 'show is_superuser', PGUSER='alice', PGPASSWORD=PASSWORD), 'off')


@check
def queries_of_chapter_1(server):
    equal(plain(server, 'select g, count(*) from (select g % 3 as g from generate_series(1, 10) g) s group by g order by g'),
          '0|3\n1|4\n2|3')
    equal(plain(server, "select a.x, b.y from (values (1), (2), (3)) a(x) left join (values (2, 'two')) b(x, y) on a.x = b.x order by 1"),
          '1|\n2|two\n3|')
    equal(plain(server, 'select distinct v from (values (3), (1), (3), (null)) t(v) order by v desc nulls last limit 2 offset 0'),
          '3\n1')
    equal(plain(server, "select case when g % 2 = 0 then 'even' else 'odd' end, sum(g), min(g), max(g), avg(g) from generate_series(1, 5) g "
                        "group by 1 order by 1"), 'even|6|2|4|3.0000000000000000\nodd|9|1|5|3.0000000000000000')
    equal(plain(server, "select unnest(array[3, 1, 2]) as u order by u"), '1\n2\n3')
    contains(plain(server, 'explain select 1'), 'Result')


@check
def big_results(server):
    out, _ = psql(server, '-qAt', '-c', 'select g, repeat(chr(65 + g % 26), 20) from generate_series(1, 100000) g')
    lines = out.split('\n')
    equal(len(lines), 100001)
    equal(lines[99999], '100000|' + chr(65 + 100000 % 26) * 20)


@check
def notifications(server):
    out, err = psql(server, '-qAt', script="listen c;\nnotify c, 'a ž';\nselect 1;\nbegin;\nnotify c;\nselect 2;\ncommit;\n")
    if 'LISTEN is not supported yet' in err:
        return              # the server says so itself
    equal(re.sub(r'PID \d+', 'PID n', out), 'Asynchronous notification "c" with payload "a ž" received from server process with PID n.\n1\n2\n'
          'Asynchronous notification "c" received from server process with PID n.\n')


if __name__ == '__main__':
    sys.exit(main('psql', before=find_client))
