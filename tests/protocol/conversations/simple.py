"""The simple query protocol: results, tags, transactions, notices, changed parameters."""
import wire
from talk import conversation


@conversation
def select_1(t):
    c = t.session()
    c.query('select 1')
    c.finish()


@conversation
def results_of_many_kinds(t):
    c = t.session()
    c.query("select 1::int2, 2, 3::int8, 1.5::float4, 2.5::float8, 1.10, true, 'x', 'y'::varchar(5), 'z'::char(3), 'n'::name, null",
            "select '\\x00ff'::bytea, 26::oid, '2024-02-29'::date, '13:14:15'::time, '2024-02-29 13:14:15'::timestamp, '2024-02-29 13:14:15+02'::timestamptz, "
            "'1 day'::interval, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{\"a\":1}'::json, '{\"a\":1}'::jsonb, '{1,2}'::int[], array['a','b']",
            'values (1, null), (2, true)', 'select', 'select from generate_series(1, 3)', 'select 1 where false',
            'select 1 as "A b", 2 as b, 3')


@conversation
def names_of_columns(t):
    c = t.session()
    c.query("select 1 + 1, upper('x'), now() is null, 1::text, cast(2 as int8), 'x'::varchar(3), case when true then 1 end, case when true then 1 else a end, "
            "coalesce(1, 2), nullif(1, 2), greatest(1, 2), array[1], (array[1])[1], -a, not true, a, v.a, current_user, current_date is null, "
            "'a' || 'b', a::text from (values (1)) v(a)",
            'select v.*, count(*) from (values (1, 2)) v(a, b) group by a, b', 'select * from generate_series(1, 2)',
            'select * from generate_series(1, 2) g',
            'select g from generate_series(1, 1) as g(x)', 'select * from (select 1, 2) s', 'values (1)',
            'select sum(x), max(x) as biggest from generate_series(1, 3) x')


@conversation
def several_statements(t):
    c = t.session()
    c.query("select 1; select 'two', 2; values (3)", 'select 1;;;select 2;', "select ';'; -- ; comment\nselect 2 /* ; */;")


@conversation
def nothing_to_do(t):
    c = t.session()
    c.query('', ';', ' \n\t', '-- comment', '/* a /* nested */ comment */', ';;; -- x')


@conversation
def error_ends_the_message(t):
    c = t.session()
    c.query('select 1; select 1/0; select 2', 'select 1; selec; select 2', 'select 1; select nosuch; select 2', 'select 3')


@conversation
def one_message_is_one_transaction(t):
    c = t.session()
    c.query("set work_mem = '5MB'; select 1/0", 'show work_mem',
            "set work_mem = '5MB'; show work_mem; set local work_mem = '6MB'; show work_mem",
            'show work_mem', "set work_mem = '7MB'; commit; select 1/0", 'show work_mem',
            "set work_mem = '8MB'; rollback; select 1", 'show work_mem')


@conversation
def begin_within_a_message(t):
    c = t.session()
    c.query('begin; select 1', 'select 2', 'commit', 'select 1; begin; select 2; commit; select 3',
            'begin; select 1; commit; begin', 'rollback; select 4',
            'begin; select 1/0; commit', 'select 5', 'rollback', 'select 1; begin; select 2', 'end; select 1/0', 'select 6')


@conversation
def transaction_status(t):
    c = t.session()
    c.query('begin', 'select 1', 'select 1/0', 'select 2', 'begin', 'set work_mem = 100', 'show work_mem',
            'prepare p as select 1', '', 'commit', 'select 3',
            'start transaction', 'selec', 'rollback', 'begin', 'end', 'begin transaction', 'abort', 'begin work', 'commit work')


@conversation
def isolation_and_access_modes(t):
    c = t.session()
    c.query('begin isolation level serializable read only deferrable', 'show transaction_isolation', 'show transaction_read_only',
            'show transaction_deferrable', 'commit',
            'show transaction_isolation', "set default_transaction_isolation = 'repeatable read'", 'begin',
            'show transaction_isolation',
            'set transaction isolation level read committed', 'show transaction_isolation', 'rollback',
            'reset default_transaction_isolation',
            'set session characteristics as transaction isolation level serializable', 'show default_transaction_isolation',
            'begin; select 1',
            'set transaction isolation level read committed', 'rollback', 'begin read write; show transaction_read_only; commit',
            'begin isolation level nonsense', 'set transaction read only', 'begin', 'commit and chain', 'rollback and chain',
            'rollback', 'commit and chain')


@conversation
def notices(t):
    c = t.session()
    c.query('commit', 'rollback', 'begin', 'begin', 'commit', "set local work_mem = '1MB'", f'select 1 as {"x" * 70}',
            'commit; select 1; rollback',
            "set client_min_messages = error", 'commit', 'reset client_min_messages',
            'set transaction isolation level serializable')


@conversation
def changed_parameters_come_before_ready(t):
    c = t.session()
    c.query("set application_name = 'a'", "set application_name = 'b'; set application_name = 'c'; select 1",
            "set application_name = 'c'",
            "set timezone = 'Europe/Prague'; set datestyle = 'German'; set intervalstyle = 'iso_8601'; set application_name = 'd'",
            "set application_name = 'e'; select 1/0", 'show application_name',
            "begin; set application_name = 'f'; set timezone = 'UTC'", 'rollback',
            "begin; set local application_name = 'g'", 'commit', "set client_encoding = 'LATIN1'",
            'set client_encoding to default', "set names 'SQL_ASCII'",
            'set names default', "select set_config('application_name', 'h', false), set_config('standard_conforming_strings', 'off', false)", 'reset all',
            "set default_transaction_read_only = on", 'set default_transaction_read_only = off', "set work_mem = '3MB'")


@conversation
def show_and_set(t):
    c = t.session()
    c.query('show work_mem', 'SHOW "work_mem"', 'show WORK_MEM', "set work_mem = '2MB'", 'show work_mem', 'set work_mem to 4096',
            'show work_mem', "set work_mem = '1.5GB'",
            'show work_mem', 'set work_mem to default', 'show work_mem', 'reset work_mem', 'show transaction isolation level',
            'show time zone', "set time zone 'Europe/Paris'",
            'show timezone', 'set time zone -3', 'show timezone', 'set time zone local', "set search_path = a, \"B c\", 'd'",
            'show search_path', "set my.own = 'x'", 'show my.own', 'reset my.own',
            'show my.own', 'show is_superuser', 'show session_authorization', "set extra_float_digits = 0",
            "select 0.1::float8 + 0.2::float8", 'reset extra_float_digits',
            "set bytea_output = 'escape'", "select '\\x4100ff'::bytea", 'reset bytea_output', "set statement_timeout = '1min'",
            'show statement_timeout', 'show server_encoding',
            'show integer_datetimes', 'show max_connections', 'show standard_conforming_strings')


@conversation
def settings_functions(t):
    c = t.session()
    c.query("select current_setting('work_mem'), current_setting('nosuch', true)", "select set_config('work_mem', '3MB', true)",
            'show work_mem',
            "begin; select set_config('work_mem', '3MB', true); show work_mem; commit; show work_mem",
            "select set_config('work_mem', '3MB', false)", 'show work_mem',
            "select current_setting('nosuch')", "select set_config('nosuch', 'x', false)",
            "select set_config('work_mem', 'x', false)")


@conversation
def prepared_in_sql(t):
    c = t.session()
    c.query('prepare p as select 1', 'execute p', 'prepare p as select 2', "prepare q(int, text) as select $1 + 1, $2 || '!'",
            "execute q(1, 'a')", "execute q('41', null)",
            'execute q(1)', "execute q('x', 'a')", 'execute q(1 + 1, upper(\'b\'))', 'prepare r as select $1 + 1.5',
            "execute r(2)", 'deallocate q', 'execute q(1, 2)', 'deallocate q',
            'deallocate prepare p', 'deallocate all', 'execute r(1)', 'prepare s as select nosuch', 'execute s',
            'prepare u as values (1), (2)', 'execute u',
            'begin; prepare v as select 5; rollback', 'execute v', 'prepare w as select $1', "execute w('text')",
            'prepare x as begin')


@conversation
def values_and_series(t):
    c = t.session()
    c.query('select * from generate_series(1, 5)', 'select * from generate_series(5, 1)',
            'select * from generate_series(5, 1, -2) g', 'select * from generate_series(1, 3, 0)',
            "select * from generate_series('2024-01-30'::timestamp, '2024-02-02', '1 day') d",
            'select g, g * g from generate_series(1::int8, 3) g', 'select generate_series(1, 3), generate_series(1, 2)',
            'select generate_series(1, 0)', "select unnest(array['a', 'b', null])",
            'select g from generate_series(1.0, 2.0, 0.5) g',
            'select count(*), sum(g), min(g), max(g), avg(g) from generate_series(1, 100) g',
            'select g % 3, count(*) from generate_series(1, 10) g group by 1 order by 1',
            'select * from (values (1, 2), (3, 4)) v(a, b) where a > 1',
            'select a.x, b.x from (values (1), (2)) a(x) left join (values (2)) b(x) on a.x = b.x order by 1',
            'select distinct g / 2 from generate_series(0, 5) g order by 1 desc',
            'select g from generate_series(1, 10) g order by g desc limit 3 offset 2',
            'select g from generate_series(1, 3) g limit 0', 'select g from generate_series(1, 3) g limit null',
            'select x from (values (2), (null), (1)) v(x) order by x',
            'select x from (values (2), (null), (1)) v(x) order by x desc nulls last',
            'select sum(x) from (values (1)) v(x) where false', 'select count(*) from (values (1)) v(x) where false')


@conversation
def sessions_are_told_who_they_are(t):
    c = t.session()
    c.query('select current_user, session_user, user, current_database(), current_schema',
            'select pg_typeof(now()), pg_typeof(1), pg_typeof(null)',
            'select now() = transaction_timestamp(), now() = current_timestamp, current_date = now()::date',
            "select pg_sleep(0.01)", 'select pg_backend_pid() > 0',
            "begin; select now() - now() = interval '0'; select clock_timestamp() > now(); commit",
            "select version() like 'PostgreSQL 15%'")


@conversation
def errors_at_run_time_follow_the_row_description(t):
    c = t.session()
    c.query('select 10 / (3 - g) from generate_series(1, 5) g', 'select 1/0', 'select 1 / (g - g) from generate_series(1, 1) g',
            "select ('x' || g)::int from generate_series(1, 2) g", 'select g from generate_series(1, 5) g where 10 / (3 - g) > 0',
            'select 10 / (1500 - g) > 0 from generate_series(1498, 1502) g', 'select * from (values (1), (2 / (1 - 0))) v(x)',
            "select set_config('a.n', g::text, false), 10 / (3 - g) from generate_series(1, 5) g", "select current_setting('a.n')",
            'select a, b from generate_series(1, 3) a, generate_series(1, 3) b where 1 / (4 - a - b) = 0',
            'select 10 / (3 - g) from generate_series(1, 5) g order by 1')


@conversation
def invalid_strings(t):
    c = t.session()
    for body in (b'select 1', b"select 1\0 more\0", b'', b'\0\0', b"select '\xff'\0", b"select '\xc3'\0",
                 b"select '\xed\xa0\x80'\0", b"select '\xf4\x90\x80\x80'\0", b"select '\xc0\x80'\0",
                 b"select 'a\xe2\x82'\0", b'select 1 as "\xe9"\0'):
        c.exchange(wire.message('Q', body))
    c.query("select E'a\\000b'", "select E'\\xff'", "select chr(0)", "select chr(1114112)", "select U&'\\00e9\\+01F600'",
            "select U&'\\d83d'", "select '€'")


@conversation
def other_encodings(t):
    c = t.session(client_encoding='LATIN1')
    for sql in (b"select 'caf\xe9', length('caf\xe9'), octet_length('caf\xe9')", b'select 1 as "\xe9"',
                b"select '\xe9\xe9', nosuch", b"select 'x\xe9'::int", b"select chr(8364)", b"select chr(233)"):
        c.exchange(wire.message('Q', sql + b'\0'))
    c = t.session(client_encoding='SQL_ASCII')
    for sql in (b"select 'caf\xc3\xa9', length('caf\xc3\xa9')", b"select '\xff'", b"select 'x\xc3\xa9', nosuch"):
        c.exchange(wire.message('Q', sql + b'\0'))


@conversation
def quoting(t):
    c = t.session()
    c.query("select 'it''s', E'a\\nb\\t\\x41\\u00e9', $$dollar $1 ' quoted$$, $x$ $$ $x$, U&'d\\0061t\\+000061', 'two' \n 'parts'", "select \"a\"\"b\" from (values (1)) v(\"a\"\"b\")",
            "set standard_conforming_strings = off", "select 'a\\nb'", 'reset standard_conforming_strings',
            "select 1e3, .5, 5., 0.1e-2", "select 9223372036854775808, 2147483648, -2147483648")


@conversation
def backslashes(t):
    c = t.session()
    c.query('set standard_conforming_strings = off', r"select 'a\'b'", r"select 'a\\b', 'x\n\''", r"select 1, '\1', nosuch",
            r"select 'a' , nosuch , '\n'", r"select 'é\n', 'e' + 1", r"select U&'\0041'", "select 'a'\n '\\n' as x",
            r"select E'\n', $$\n$$, 'it''s\x'", r"select '\\'; select '\t', 1/0",
            "selec 'a'", r"select 'a\\", r'select "a\\"', r"select text'a\nb'", 'set backslash_quote = off', r"select E'\''",
            r"select 'a', '\n', '\''", r"select '\\', ''''", 'set escape_string_warning = off', r"select '\n', 'é' || nosuch",
            'set standard_conforming_strings = on', r"select 'a\n'", r"select 'é', E'a\''", 'set backslash_quote = safe_encoding',
            r"select E'a\''", r"select 'a\n', length('\')", 'set standard_conforming_strings = off', 'set escape_string_warning = on')
    c.exchange(wire.parse(r"select 'a\n'", 's'), wire.bind(statement='s'), wire.execute(), wire.sync())
    c.query('reset standard_conforming_strings')
    c.exchange(wire.bind(statement='s'), wire.execute(), wire.sync())


@conversation
def long_names(t):
    c = t.session()
    x, e = 'x' * 70, 'é' * 40
    c.query(f'select 1 as {x}', f'select 1 as {x}', f'select 1 as "{x} y"', f'select 1 as {x.upper()}', f'select 1 as {e}',
            f'select {x}.{e} from y', f"select '{x}', $${x}$$ /* {x} */ -- {x}", f'select 1 as "{x[:62]}""y"', f'select 1 as "{x[:61]}""y"',
            f'select 1 as {x[:63]}', f'select 1 as {x[:64]}', f'selec {x}', f'select 1 selec {x} {e}', f'savepoint {x}',
            f'set {x} = 1', f'select 1 as "{" " * 70}"', f'select 1 as a{"1" * 63}, 2 as "A{"b" * 70}"')
    c.exchange(wire.parse(f'select 1 as {x}', 's'), wire.bind(statement='s'), wire.describe(), wire.execute(), wire.bind(statement='s'),
               wire.execute(), wire.sync())


@conversation
def defaults_of_transactions(t):
    c = t.session()
    c.query("set default_transaction_isolation = 'serializable'", 'show transaction_isolation', 'begin', 'show transaction_isolation',
            'rollback', 'begin isolation level read committed read only', 'show transaction_isolation', 'commit and chain',
            'show transaction_isolation', 'show transaction_read_only', 'rollback and chain', 'show transaction_isolation', 'rollback',
            "set transaction_isolation = 'read committed'", 'show transaction_isolation', 'set default_transaction_read_only = on',
            'show transaction_read_only', 'begin read write', 'show transaction_read_only', 'commit', 'set default_transaction_deferrable = on',
            'begin', 'show transaction_deferrable', 'set default_transaction_deferrable = off', 'show transaction_deferrable', 'commit',
            'show transaction_deferrable', 'reset all', 'show transaction_isolation')


@conversation
def commands_that_fail_describe_nothing(t):
    c = t.session()
    c.query('prepare q as select 10 / $1::int', 'execute q(0)', 'execute q(5)', "execute q('x')", 'explain select 1/0', 'show nosuch',
            'execute nosuch', 'begin', 'declare c cursor for select 1/0', 'rollback', 'fetch nosuch')


@conversation
def explain(t):
    c = t.session()
    c.say(wire.query('explain select 1'))
    kinds = [k for k, _ in c.ready()]
    t.note('explain answers ' + ' '.join(kinds[:1] + kinds[-2:]))


@conversation
def long_statements(t):
    c = t.session()
    c.query("select length('" + 'x' * 10_000_000 + "')", 'select ' + '+'.join(['1'] * 2000), 'select 1' + ' ' * 1_000_000,
            'select count(*) from (values ' + ','.join(f'({i})' for i in range(20000)) + ') v',
            'select ' + ', '.join(str(i) for i in range(1664)), 'select ' + ', '.join(str(i) for i in range(1665)))


@conversation
def deep_nesting(t):
    c = t.session()
    c.query('select ' + '(' * 1000 + '1' + ')' * 1000, 'select ' + 'not ' * 500 + 'true', 'select ' + 'abs(' * 1000 + '1' + ')' * 1000,
            'select ' + '+'.join(['g'] * 2000) + ' from generate_series(1, 2) g', 'select ' + '(1+' * 1000 + '1' + ')' * 1000,
            'select 1' + '::int8::int4' * 500, "select length(" + '||'.join(["'a'"] * 2000) + ')', 'select ' + '+'.join(['1'] * 100_000),
            'select ' + 'coalesce(' * 500 + '1' + ', 2)' * 500, 'select ' + '(select ' * 200 + '1' + ')' * 200)
