"""What an operator sees: process titles, silence, log lines; and statements that are not built yet."""
import os
import re
import signal
import struct
import subprocess
import time

import harness
import wire
from common import error_of, log_in_with_scram, only_ours, start
from harness import check, contains, equal, title, wait_until


@check
def process_titles():
    with start() as s:
        def shows(pid, pattern):
            wait_until(lambda: re.fullmatch(r'\S+: ' + pattern, title(pid)), 5, f'{pattern}; it is {title(pid)!r}')
        c = wire.session(s)
        port = c.socket.getsockname()[1]
        me = rf'tester postgres 127\.0\.0\.1\({port}\) '
        shows(c.pid, me + 'idle')
        c.ask('begin')
        shows(c.pid, me + 'idle in transaction')
        c.send(wire.query('select 1/0'))
        c.ready()
        shows(c.pid, me + r'idle in transaction \(aborted\)')
        c.ask('rollback')
        shows(c.pid, me + 'idle')
        c.send(wire.query('select pg_sleep(60)'))
        shows(c.pid, me + 'SELECT')
        c.close()
        c = wire.session(s, by_socket=True)
        shows(c.pid, r'tester postgres \[local\] idle')
        door = wire.connect(s)
        door.send(wire.startup(user='alice'))
        door.read()
        pid = (set(s.client_children()) - {c.pid}).pop() if len(s.client_children()) == 2 else None
        if pid:
            shows(pid, r'alice postgres 127\.0\.0\.1\(\d+\) authentication')
        assert 'postgres' in title(s.pid) or 'forklore' in title(s.pid) or 'server' in title(s.pid)


@check
def cluster_name_stands_in_front():
    with start({'cluster_name': 'main'}) as s:
        c = wire.session(s, by_socket=True)
        wait_until(lambda: re.fullmatch(r'\S+: main: tester postgres \[local\] idle', title(c.pid)), 5, 'the title')
        equal(c.ask('show cluster_name'), [('main',)])


@check
def titles_can_be_left_alone():
    with start({'update_process_title': 'off'}) as s:
        c = wire.session(s)
        c.ask('begin')
        assert 'in transaction' not in title(c.pid), title(c.pid)


@check
def idle_server_makes_no_system_call():
    harness.program('strace', 'strace')
    with start() as s:
        sessions = [wire.session(s) for _ in range(10)]
        for c in sessions:
            c.ask('select 1')
        out = os.path.join(s.root, 'strace.out')
        who = [s.pid] + [c.pid for c in sessions]
        tracer = subprocess.Popen(['strace', '-ttt', '-o', out, *[x for p in who for x in ('-p', str(p))]],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            attached = [tracer.stderr.readline() for _ in who]
            assert all('attached' in line for line in attached), f'strace cannot attach: {attached[0]}'
            time.sleep(0.5)     # attaching interrupts the wait that each sleeps in, which then goes on
            began = time.time()
            time.sleep(2)
            ended = time.time()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
        with open(out) as f:
            calls = [line for line in f if began < float(line.split()[1]) < ended]
        equal(calls, [], 'system calls in two idle seconds')


@check
def log_of_connections():
    with start({'log_connections': 'on', 'log_disconnections': 'on'}, tls=True) as s:
        wire.session(s, application_name='a name').close()
        wait_until(lambda: 'disconnection:' in s.log(), what='the last line')
        for pattern in (r'LOG:  connection received: host=127\.0\.0\.1 port=\d+\n',
                        r'LOG:  connection authorized: user=tester database=postgres application_name=a name\n',
                        r'LOG:  disconnection: session time: 0:00:0\d\.\d{3} user=tester database=postgres host=127\.0\.0\.1 port=\d+\n'):
            assert re.search(pattern, s.log()), f'{pattern} in {s.log()[-1500:]}'
        wire.session(s, by_socket=True).close()
        wait_until(lambda: s.log().count('disconnection:') == 2, what='the second session')
        assert re.search(r'connection received: host=\[local\]\n', s.log()), s.log()[-800:]
        with wire.connect(s) as c:
            log_in_with_scram(c, 'alice', harness.PASSWORD)
        wait_until(lambda: 'connection authenticated: identity="alice" method=scram-sha-256' in s.log(),
                   what='the authenticated line')
        env = s.environment(PGSSLMODE='require')
        subprocess.run([harness.program('psql', 'postgresql-client'), '-Xc', 'select 1'], env=env, stdout=subprocess.DEVNULL,
                       check=True, timeout=20)
        wait_until(lambda: re.search(r'connection authorized: user=tester database=postgres application_name=psql SSL enabled \(protocol=TLSv1\.\d, cipher=\S+, bits=\d+\)', s.log()), what='the line of TLS')


@check
def log_of_failed_logins():
    with start() as s:
        for user, secret in (('alice', 'wrong'), ('no_password', 'x'), ('nobody_knows', 'x')):
            with wire.connect(s) as c:
                equal(error_of(log_in_with_scram(c, user, secret))[1], '28P01')
        for text in ('FATAL:  password authentication failed for user "alice"', 'DETAIL:  Connection matched ',
                     'User "no_password" has no password assigned.', 'Role "nobody_knows" does not exist.'):
            wait_until(lambda: text in s.log(), 5, f'{text} in the log: {s.log()[-500:]}')
        assert 'wrong' not in s.log()


@check
def log_of_statements():
    with start({'log_statement': 'all', 'log_min_duration_statement': '-1', 'log_line_prefix': '<%p|%u|%d|%a|%h|%e|%i> '}) as s:
        with wire.session(s, application_name='app') as c:
            c.ask('select 1')
            c.ask('select 2; select 3')
            c.send(wire.parse('select $1::int, $2::text',
                              'st') + wire.bind(['5', None], statement='st') + wire.execute() + wire.sync())
            c.ready()
            c.send(wire.query('select 1/0'))
            c.ready()
            pid = c.pid
        where = f'<{pid}|tester|postgres|app|127.0.0.1|'
        for text in (f'{where}00000|idle> LOG:  statement: select 1\n', 'LOG:  statement: select 2; select 3\n',
                     'LOG:  execute st: select $1::int, $2::text\n', "DETAIL:  parameters: $1 = '5', $2 = NULL\n",
                     f'{where}22012|SELECT> ERROR:  division by zero\n', f'{where}22012|SELECT> STATEMENT:  select 1/0\n'):
            wait_until(lambda: text in s.log(), 5, f'{text!r} in the log: {s.log()[-500:]}')


@check
def log_of_kinds_of_statements():
    # what is not built is logged, too, before it is refused
    statements = {'ddl': ['create temp table t (i int)', 'alter table t add column j int', "comment on table t is 'x'", 'drop table if exists u'],
                  'mod': ['insert into t values (1)', 'update t set i = 2', 'delete from t', 'truncate t'],
                  'all': ['select 17', 'show port', 'begin', 'commit', 'reindex table t', '']}
    for wanted, logged in (('none', []), ('ddl', ['ddl']), ('mod', ['ddl', 'mod']), ('all', ['ddl', 'mod', 'all'])):
        with start({'log_statement': wanted}) as s:
            with wire.session(s) as c:
                for kind in statements:
                    for sql in statements[kind] + ['select 18; ' + statements[kind][0]]:
                        c.send(wire.query(sql))
                        c.ready()
                c.send(wire.parse('select 19', 'st') + wire.bind(statement='st') + wire.execute() + wire.sync())
                c.ready()
                c.send(wire.query('this is not SQL'))
                c.ready()
            lines = s.log().split('\n')
            found = [line.partition('LOG:  statement: ')[2] for line in lines if 'LOG:  statement: ' in line]
            equal(found, [sql for kind in statements if kind in logged for sql in statements[kind] + ['select 18; ' + statements[kind][0]]],
                  f'statements logged with {wanted}')
            equal(sum('LOG:  execute st: select 19' in line for line in lines), int(wanted == 'all'), 'executions')


@check
def log_of_parameters():
    types = [25, 23, 17, 1043, 1184]
    values = ["it's", '5', None, 'žluťoučký', '2024-02-29 12:00+00']
    with start({'log_statement': 'all', 'TimeZone': 'UTC', 'log_parameter_max_length': '6'}) as s:
        def run(c):
            c.send(wire.parse('select $1, $2, $3, $4, $5', types=types), wire.bind(values), wire.execute(), wire.sync())
            c.ready()
            c.send(wire.parse('select $1 + 1', types=[23]), wire.bind([(7).to_bytes(4, 'big')], formats=[1]), wire.execute(), wire.sync())
            c.ready()
        with wire.session(s) as c:
            run(c)
            c.ask('set log_parameter_max_length = -1')
            run(c)
            c.ask('set log_parameter_max_length = 0')
            run(c)
        for text in ("DETAIL:  parameters: $1 = 'it''s', $2 = '5', $3 = NULL, $4 = 'žluť...', $5 = '2024-0...'\n", "DETAIL:  parameters: $1 = '7'\n",
                     "DETAIL:  parameters: $1 = 'it''s', $2 = '5', $3 = NULL, $4 = 'žluťoučký', $5 = '2024-02-29 12:00:00+00'\n"):
            contains(s.log(), text)
        equal(s.log().count('DETAIL:  parameters'), 4)


@check
def log_of_durations():
    with start({'log_min_duration_statement': '0'}) as s:
        with wire.session(s) as c:
            c.ask('select 1')
            c.send(wire.parse('select $1::int', 'st') + wire.bind(['5'], statement='st') + wire.execute() + wire.sync())
            c.ready()
        for pattern in (r'LOG:  duration: \d+\.\d{3} ms  statement: select 1\n',
                        r'duration: \d+\.\d{3} ms  parse st: select \$1::int\n',
                        r'duration: \d+\.\d{3} ms  bind st: select \$1::int\n',
                        r'duration: \d+\.\d{3} ms  execute st: select \$1::int\n'):
            wait_until(lambda: re.search(pattern, s.log()), 5, f'{pattern} in the log: {s.log()[-500:]}')
    with start({'log_min_duration_statement': '200ms'}) as s:
        with wire.session(s) as c:
            c.ask('select 1')
            c.ask('select pg_sleep(0.3)')
        wait_until(lambda: 'pg_sleep' in s.log(), 5, 'the slow statement')
        assert 'select 1' not in s.log()


@check
def log_lines_that_the_client_sees():
    # from the moment on at which it is let in
    with start({'client_min_messages': 'log', 'log_connections': 'on', 'log_disconnections': 'on', 'log_statement': 'all'}) as s:
        with wire.connect(s) as c:
            c.send(wire.startup())
            equal([wire.show(k, b) for k, b in c.until('Z') if k in 'NE'], [])
            c.send(wire.query('select 1'))
            equal([wire.show(k, b) for k, b in c.ready() if k == 'N'], ['NoticeResponse S=LOG V=LOG C=00000 M=statement: select 1'])
            c.send(wire.terminate())
            equal(c.rest(), [])


@check
def log_levels():
    with start({'log_min_messages': 'warning', 'log_min_error_statement': 'panic'}) as s:
        with wire.session(s) as c:
            for sql in ('commit', 'select 1/0'):
                c.send(wire.query(sql))
                c.ready()
        wait_until(lambda: 'ERROR:  division by zero' in s.log(), 5, 'the error')
        contains(s.log(), 'WARNING:  there is no transaction in progress')
        assert 'STATEMENT:' not in s.log()


@check
@only_ours
def passwords_stay_out_of_log_and_titles():
    with start({'log_statement': 'all', 'log_min_duration_statement': '0'}) as s:
        secret = 'Xyzzy-quite-secret'
        with wire.session(s) as c:
            for sql in (f"alter role alice password '{secret}'", f"create role x login password '{secret}'",
                        f"create user y encrypted password '{secret}'; selec",
                        f"prepare p as alter role alice password '{secret}'",
                        f"select 1; alter user alice with password E'{secret}'"):
                c.send(wire.query(sql))
                c.ready()
                assert secret not in title(c.pid)
            c.send(wire.parse(f"alter role alice password '{secret}'") + wire.sync())
            c.ready()
        assert secret not in s.log(), [line for line in s.log().split('\n') if secret in line]


@check
@only_ours
def what_is_not_built_says_so():
    with start() as s, wire.session(s) as c:
        for sql, words in (('create index on t (a)', 'CREATE INDEX'), ('vacuum', 'VACUUM'), ('cluster t', 'CLUSTER'),
                           ('merge into t using u on true when matched then delete', 'MERGE'),
                           ("create function f() returns int language sql as 'select 1'", 'CREATE FUNCTION')):
            c.send(wire.query(sql))
            answer = error_of(c.ready())
            equal(answer[1], '0A000', f'{sql}: {answer[2]}')
            contains(answer[2], words)
            c.send(wire.parse(sql) + wire.bind() + wire.execute() + wire.sync())
            equal(error_of(c.ready())[1], '0A000', sql)
        equal(c.ask('select 1'), [('1',)])


@check
def function_call_message_gets_an_answer():
    # PostgreSQL runs the function; what has no such functions must answer with an error and go on
    with start() as s, wire.session(s) as c:
        c.send(wire.message('F', struct.pack('!I', 4_000_000_000) + struct.pack('!hhh', 0, 0, 0)))
        equal(error_of(c.ready())[0], 'ERROR')
        equal(c.ask('select 1'), [('1',)])
