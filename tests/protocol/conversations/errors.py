"""What is said of wrong statements: SQLSTATE, text, hint, detail, and the position in characters."""
from talk import conversation


def ask(t, *statements, **parameters):
    c = t.session(**parameters)
    c.query(*statements)
    c.query('select 1')     # the session goes on


@conversation
def syntax(t):
    ask(t, 'selec 1', 'select 1 1', 'select (1', 'select 1)', "select 'abc", 'select "abc', 'select $$abc', '/* abc', 'select 1,',
        'select from from', 'select *', 'select 1 from', 'select 1 +',
        'create', 'select 1 union', 'select array[1', 'select case when 1', 'values', 'values ()', 'select 1 as select',
        'select 1 order', "select U&'\\00'", "select E'\\u00'", 'select @', 'select "" from x',
        'begin nonsense', 'set', 'set x', 'show', 'execute', 'prepare p', 'é', 'select 1 \x01', 'select 0x',
        'select 1e', 'select $0', 'select 1; selec; select 2')


@conversation
def positions_count_characters(t):
    ask(t, "select 'é', nosuch", "select '€€€' || nosuch", "select '\U0001F600', nosuch", 'select 1; select nosuch',
        "select 'é';\n select 'é',\n\tnosuch", "  select 'ž'::int", 'select é', "select 'é' é é")


@conversation
def unknown_names(t):
    ask(t, 'select nosuch', 'select v.nosuch from (values (1)) v(a)', 'select nosuch.a from (values (1)) v(a)',
        'select * from nosuch', 'select * from a.b', 'select * from a.b.c', 'select nosuch()', 'select nosuch(1, \'x\')',
        'select pg_catalog.nosuch(1)',
        'select 1::nosuch', "select nosuch '1'", 'select aa from (values (1)) v(ab)',
        'select nosuch.* from (values (1)) v(a)', 'select * from nosuch(1)',
        'set nosuch = 1', 'show nosuch', 'reset nosuch', 'execute nosuch', 'deallocate nosuch',
        'select v.a from (values (1)) w(a)', 'select 1 order by nosuch', 'select 1 group by nosuch',
        'select a from (values (1)) v(b) where a = 1',
        'select * from generate_series(1, 2) g where h = 1', 'select upper')


@conversation
def types_that_do_not_fit(t):
    ask(t, "select 1 + true", "select true + 1", "select 'a' + 'b'", "select 1 || 2", "select - 'x'::text", 'select upper(1)',
        'select length(true)', "select 1 = 'x'", "select 1 = true", 'select not 1', 'select 1 and true',
        'select case when 1 then 2 end',
        "select case when true then 1 else 'x' end", 'select case 1 when true then 1 end', "select coalesce(1, 'x')",
        'select coalesce(1, true)', "select array[1, 'x']", 'select array[1, true]', 'select array[]', "select 1 in (true)",
        "values (1), (true)", 'values (1), (1, 2)',
        'select 1 from (values (1)) v where 1', 'select 1 limit true', "select 1 limit 'x'", 'select 1 limit -1',
        'select 1 offset -1', "select sum('x'::text)", 'select now() + now()', "select date '2024-01-01' + date '2024-01-01'",
        'select 1::bool::date', 'select now()::int', "select '1'::json = '1'::json",
        'select 1 from (values (1)) a(x) join (values (true)) b(x) on a.x = b.x', 'select greatest(1, true)',
        "select nullif(1, 'x')", 'select 1.5 % true', 'select array[1] || array[true]', 'select (array[1])[true]',
        "select (1)[1]", 'select 5[1]', "select 'x' is true", 'select 1 is true')


@conversation
def wrong_input(t):
    ask(t, "select 'x'::int2", "select '1.5'::int4", "select ''::int4", "select '99999'::int2", "select '2147483648'::int4",
        "select '9223372036854775808'::int8", "select '1e'::float8", "select '1e400'::float8", "select '1e-400'::float8",
        "select '1e40'::float4", "select 'x'::numeric", "select '1..2'::numeric", "select 'maybe'::bool",
        "select '\\xg0'::bytea", "select '\\x0'::bytea", "select '\\9'::bytea", "select '-1'::oid", "select 'x'::oid",
        "select 'x'::date", "select '2024-02-30'::date", "select '2024-13-01'::date", "select '99999999-01-01'::date",
        "select '25:00'::time", "select '12:60'::time", "select 'x'::timestamp", "select '2024-01-01 25:00'::timestamp",
        "select '2024-01-01 12:00 Nowhere'::timestamptz", "select '300000-01-01'::timestamp", "select 'x'::interval",
        "select '1 fortnight'::interval", "select '99999999999 years'::interval", "select 'x'::uuid",
        "select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'::uuid", "select '{'::json", "select '{\"a\":}'::json",
        "select '[1,]'::jsonb",
        "select '\"\\u0000\"'::jsonb", "select 'nul'::json", "select '{1,2'::int[]", "select '{1,x}'::int[]",
        "select '{{1},{1,2}}'::int[]", "select '1,2'::int[]", "select '{1,2}}'::int[]", "select '[1:2]={1}'::int[]",
        "select int '5x'", "select int 'x'", "select 'toolong'::varchar(3), 'toolong'::char(3)", "select '12345'::numeric(3,1)",
        "select 1::numeric(2000)", "select 1::numeric(5,10000)", "select 'x'::varchar(0)", "select 'x'::char(99999999)")


@conversation
def values_out_of_range(t):
    ask(t, 'select 2147483647 + 1', 'select -2147483648::int4', 'select (-2147483648)::int4 / -1', 'select 32767::int2 + 1::int2',
        'select 9223372036854775807 + 1', 'select 9223372036854775807 * 2', 'select 100000 * 100000',
        'select abs((-2147483648)::int4)', 'select -((-32768)::int2)', 'select 1/0', 'select 1 % 0', 'select 1.0/0',
        'select 1::float8/0', 'select 1.5 % 0', 'select 300000::int2', 'select 3e9::int4', "select 'NaN'::float8::int4",
        "select 'Infinity'::numeric::int8", 'select 1e308::float8 * 10', 'select 1e-308::float8 / 1e10', 'select 1e39::float4',
        'select 123456::numeric(3)', 'select sqrt(-1)', 'select ln(0)', 'select power(0, -1)',
        "select '294276-12-31'::timestamp + interval '1 year'",
        "select '5874897-12-31'::date + 1", "select 'x'::text::int", "select repeat('x', 1073741824)", "select chr(-1)",
        "select substring('x', 1, -1)", "select generate_series(1, 2, 0)", "select 10 ^ 400",
        "select 10::numeric ^ 200000", 'select mod(5, 0)', "select (array[1,2])[9999999999]",
        "select interval '178000000 years' * 2")


@conversation
def aggregates_in_the_wrong_place(t):
    ask(t, 'select a, count(*) from (values (1)) v(a)', 'select count(*) from (values (1)) v(a) where count(*) > 0',
        'select sum(sum(a)) from (values (1)) v(a)', 'select a from (values (1)) v(a) group by a having b > 1',
        'select a from (values (1)) v(a) having a > 1', 'select a + 1 from (values (1, 2)) v(a, b) group by b',
        'select * from (values (1, 2)) v(a, b) group by a',
        'select count(distinct *) from (values (1)) v(a)', 'select count()', 'select sum(*) from (values (1)) v(a)',
        'select sum()', 'select 1 group by count(*)', 'select a from (values (1)) v(a) group by 2',
        'select a from (values (1)) v(a) order by 2', 'select a from (values (1)) v(a) order by -1',
        "select a from (values (1)) v(a) order by 'x'", 'select upper(distinct \'x\')',
        'select generate_series(1, count(*)) from (values (1)) v(a) where generate_series(1, 2) > 0',
        'select 1 from generate_series(1, 2) limit generate_series(1, 2)', 'select 1 limit a from (values (1)) v(a)',
        'select 1 from (values (1)) v(a) limit a', 'select case when true then generate_series(1, 2) end',
        'select sum(generate_series(1, 2))')


@conversation
def names_that_clash(t):
    ask(t, 'select a from (values (1)) v(a), (values (2)) w(a)', 'select 1 from (values (1)) v(a), (values (2)) v(b)',
        'select v.a from (values (1, 2)) v(a, a)', 'select * from (values (1)) v(a, b)', 'select * from (select 1)',
        'select * from (values (1))', 'select * from (values (1)) v join (values (2)) w',
        'select a as x, a as x from (values (1)) v(a) order by x',
        'select 1 from (values (1)) v(a) join (values (1)) w(b) on v.a = nosuch',
        'select * from (values (1)) v(a) join (values (1)) w(a) using (nosuch)',
        'select a from (values (1)) v(a) join (values (1)) w(a) using (a) where v.b = 1')


@conversation
def calls_that_are_not_clear(t):
    ask(t, "select 'a' || null || 'b'", "select 'a' < 'b'", "select unknown_f('x')", "select round('1.5')", "select abs('1')",
        "select '1' + '2'", "select generate_series('1', '2')", "select date_trunc('nosuch', now())",
        "select extract(nosuch from now())", "select extract(hour from date '2024-01-01')", "select to_char(1)",
        "select length(1, 2)", 'select now(1)', 'select pg_sleep()', "select pg_sleep('x')",
        'select version(1)', 'select upper(x => \'a\')', 'select upper(variadic array[\'a\'])', "select make_date(2024, 2, 30)",
        "select set_config('a')")


@conversation
def settings(t):
    ask(t, "set work_mem = 'x'", "set work_mem = '1zb'", "set work_mem = '-1'", "set work_mem = '1.5'", 'set work_mem = true',
        "set work_mem = '99999TB'", "set work_mem = 1, 2", "set statement_timeout = '1 month'", "set statement_timeout = -1",
        "set client_min_messages = 'loud'", "set log_statement = 'some'", "set default_transaction_read_only = 'perhaps'",
        "set timezone = 'Nowhere/Land'",
        "set datestyle = 'Martian'", "set intervalstyle = 'x'", "set client_encoding = 'nosuch'",
        'set max_connections = 5', 'set port = 5', "set server_version = '1'",
        'set is_superuser = on', 'set log_connections = on', 'set listen_addresses = \'x\'', "set extra_float_digits = 100",
        "set a. = 1", 'set a.b.c = 1', "set transaction_isolation = 'x'",
        "set search_path = 1", 'set local nosuch = 1', 'show "nosuch"', 'set bytea_output = hexadecimal',
        "set application_name = 'a\tb\nc'", 'show application_name', "set authentication_timeout = 5", "reset max_connections")


@conversation
def settings_of_an_ordinary_role(t):
    ask(t, 'set log_statement = \'all\'', 'set log_min_messages = \'debug1\'', "set work_mem = '1MB'", 'show data_directory',
        "select current_setting('hba_file')", 'select pg_reload_conf()', 'select pg_terminate_backend(1)', user='trusted')


@conversation
def prepared_statements(t):
    ask(t, 'prepare p as selec', 'prepare p as select nosuch', 'prepare p as select $1', "execute p(1, 2)", 'execute p',
        'execute p(nosuch)', 'prepare p(nosuch) as select 1', 'prepare p as select 1', 'prepare q(int) as select $1, $2',
        'prepare r as select $2', 'prepare s as select $1 is null', 'prepare u(int) as select $1 || $1',
        'prepare v as prepare w as select 1',
        'select $1', 'select $1::int', 'deallocate prepare nosuch', 'execute q(true)', "execute q('x', 1)",
        'prepare z as select $100000')


@conversation
def transactions(t):
    ask(t, 'begin; select 1/0', 'begin', 'rollback', 'rollback', 'begin; set transaction isolation level x', 'rollback',
        'begin; select 1; set transaction isolation level serializable', 'rollback', 'begin read only, read write', 'rollback')
