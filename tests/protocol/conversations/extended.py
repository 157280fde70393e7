"""The extended protocol: statements, portals, pipelines, and what an error does to them."""
import struct

import wire
from talk import conversation

P, B, D, E, S = wire.parse, wire.bind, wire.describe, wire.execute, wire.sync


@conversation
def the_whole_way(t):
    c = t.session()
    c.exchange(P('select $1::int + 1 as next', 'a'), D('S', 'a'), B(['41'], 'p', 'a'), D('P', 'p'), E('p'), wire.close('P', 'p'),
               wire.close('S', 'a'), S())
    c.finish()


@conversation
def unnamed(t):
    c = t.session()
    c.exchange(P('select 1'), P('select 2'), B(), B(), E(), S())
    c.exchange(B(), E(), S())
    c.exchange(P('select 3'), S(), B(), S(), E(), S())
    c.query('select 4')
    c.exchange(B(), E(), S())       # the simple query has taken the unnamed statement with it
    c.exchange(P('select 5'), B(), wire.close(), S(), E(), S())
    c.exchange(P('selec'), S())
    c.exchange(B(), E(), S())


@conversation
def names_must_be_new(t):
    c = t.session()
    c.exchange(P('select 1', 'a'), S())
    c.exchange(P('select 2', 'a'), S())
    c.exchange(B(statement='a', portal='p'), B(statement='a', portal='p'), S())
    c.exchange(wire.close('S', 'a'), P('select 3', 'a'), B(statement='a'), E(), S())
    c.exchange(P('selec', 'b'), S())
    c.exchange(P('select 4', 'b'), B(statement='b'), E(), S())


@conversation
def names_that_are_not_there(t):
    c = t.session()
    for message in (B(statement='nosuch'), D('S', 'nosuch'), D('P', 'nosuch'), E('nosuch'), wire.close('S', 'nosuch'),
                    wire.close('P', 'nosuch'), D('S'), D('P'), E(), B()):
        c.exchange(message, S())


@conversation
def statements_are_shared_with_sql(t):
    c = t.session()
    c.exchange(P('select $1::int', 'a'), S())
    c.query('execute a(5)', "select name, statement, parameter_types, from_sql from pg_prepared_statements", 'deallocate a')
    c.exchange(B(['1'], statement='a'), S())
    c.query('prepare b(int) as select $1 + 1')
    c.exchange(D('S', 'b'), B(['1'], statement='b'), E(), S())
    c.query('deallocate all')
    c.exchange(D('S', 'b'), S())


@conversation
def several_commands_in_one_parse(t):
    c = t.session()
    c.exchange(P('select 1; select 2'), S())
    c.exchange(P('select 1;'), B(), E(), S())
    c.exchange(P(';;select 1;;'), B(), E(), S())


@conversation
def empty_statement(t):
    c = t.session()
    for sql in ('', ' ', ';', '-- x'):
        c.exchange(P(sql), D('S'), B(), D(), E(), S())


@conversation
def statements_without_rows(t):
    c = t.session()
    for sql in ('begin', 'set work_mem = 100', 'show work_mem', 'commit', 'rollback', 'deallocate all', 'prepare z as select 1',
                'execute z', 'reset all', 'set transaction isolation level serializable'):
        c.exchange(P(sql), D('S'), B(), D(), E(), S())


@conversation
def parameter_types_are_inferred(t):
    c = t.session()
    for sql in ('select $1', 'select $1 + 1', 'select 1.5 * $1', "select $1 || 'x'", 'select $1::date', 'select $1, $1::int',
                'select $1::int, $1', 'select $2::int, $1::text', 'select $2::int', 'select $1 = $2', 'select $1 + $2',
                'select $1 is null',
                'select upper($1), length($2)', 'select coalesce($1, 5)', 'select case when $1 then $2 else 7 end',
                'select 1 in ($1, $2)', 'select 5 = any($1)', 'select array[$1, 2]', 'select $1 between 1 and $2',
                'select g from generate_series(1, $1) g limit $2',
                "select * from (values ($1, 1), ('x', $2)) v", 'select $1 < now()', "select $1::interval + $2::timestamptz",
                'select not $1', "select $1 -> 'a'", 'values ($1), ($2::int)', 'select distinct $1', 'select $1 order by 1',
                "select set_config($1, $2, $3)",
                'select $1 from generate_series(1, 2) group by $1', 'select $1::int4, $1::int8', 'select $1::int4 + $1',
                'select null, $1', "select 'x' like $1", 'select - $1'):
        c.exchange(P(sql), D('S'), S())


@conversation
def parameter_types_are_told(t):
    c = t.session()
    for sql, types in (('select $1', [23]), ('select $1', [25]), ('select $1', [1043]), ('select $1', [705]), ('select $1', [0]),
                       ('select $1 + 1', [20]), ('select $1::text', [23]), ('select $1, $2', [16, 0]),
                       ('select $1', [23, 25, 1700]), ('select 1', [23]),
                       ('select $1 + 1', [25]), ('select $1', [99999]), ('select $1', [2249]), ('select $1', [2278]),
                       ('select $1', [1007]), ('select $3::int', [0, 0, 0]), ('select $1::int', [701]), ('begin', [23])):
        c.exchange(P(sql, types=types), D('S'), S())


@conversation
def parameters_are_taken(t):
    c = t.session()
    for sql, values in (('select $1', [None]), ('select $1', ['text']), ('select $1::int', ['5']), ('select $1::int', [' 5 ']),
                        ('select $1::int', [None]), ('select $1 + 1', ['41']), ('select $1::int[]', ['{1,2}']),
                        ("select $1 || $2::text", ['é', '€']), ('select $1::numeric', ['1.50']),
                        ('select $1::int', ['x']), ('select $1::int, $2::int', ['1', 'y']), ('select $1::bool', ['t']),
                        ('select $1::bytea', ['\\x00ff']), ('select $1::timestamptz', ['2024-02-29 12:00+02']),
                        ('select $1::text', [b'\xff']), ('select $1::text', [b'a\0b']), ('select $1::varchar(3)', ['toolong']),
                        ('select $1::char(5)', ['ab']), ('select $1::jsonb', ['{"b":1,"a":2}']), ('select $1::uuid', ['zzz']),
                        ('select $1 limit $2', ['a', '0']),
                        ('select g from generate_series(1, 5) g where g > $1 order by g limit $2', ['2', '2']),
                        ("select $1::date + 1", ['2024-02-28'])):
        c.exchange(P(sql), B(values), D(), E(), S())


@conversation
def number_of_parameters(t):
    c = t.session()
    c.exchange(P('select $1::int, $2::int', 'two'), S())
    for bound in (B([], statement='two'), B(['1'], statement='two'), B(['1', '2', '3'], statement='two'),
                  B(['1', '2'], statement='two', formats=[0]), B(['1', '2'], statement='two', formats=[0, 0]),
                  B(['1', '2'], statement='two', formats=[0, 0, 0]),
                  B(['1', '2'], statement='two', results=[0]), B(['1', '2'], statement='two', results=[0, 1]),
                  B(['1', '2'], statement='two', results=[0, 1, 0]), B(['1', '2'], statement='two', formats=[2]),
                  B(['1', '2'], statement='two', results=[2]),
                  B(['1', '2'], statement='two', formats=[-1]), B(['1', '2'], statement='two', results=[0, 7])):
        c.exchange(bound, E(), S())


@conversation
def of_several_faults_the_first_counts(t):
    c = t.session()
    c.exchange(P('select 1', 'none'), P('select $1::int', 'one'), P('select $1::int', 'same'), S())
    for bound in (B(['x'], statement='none', formats=[2]), B(['x', 'y'], statement='same', formats=[2]),
                  B(['x'], statement='one', results=[0, 1]), B(['x'], statement='one', results=[7]), B(['7'], statement='one', results=[0, 1]),
                  B(['x', 'y'], statement='one', formats=[1, 1, 1]), B(['x', 'y'], statement='one', formats=[0, 7])):
        c.exchange(bound, E(), S())
    c.query('begin', 'nonsense')
    for bound in (B(['x'], statement='one'), B(['x', 'y'], statement='one'), B(['x'], statement='one', formats=[2]),
                  B(statement='nosuch')):
        c.exchange(bound, E(), S())
    c.query('rollback')
    c.exchange(P('set work_mem = 1000', 'no rows'), B(statement='no rows', results=[0, 7]), E(), S())
    c.exchange(P('select', 'no columns'), B(statement='no columns', results=[0, 1]), E(), S())


@conversation
def formats(t):
    c = t.session()
    sql = "select $1::int4, $2::text, 1.5::float8, true, null::int4, 12345.678::numeric, '\\x01ff'::bytea"
    c.exchange(P(sql), B(['7', 'é']), D(), E(), S())
    c.exchange(P(sql), B(['7', 'é'], results=[1]), D(), E(), S())
    c.exchange(P(sql), B(['7', 'é'], results=[0, 1, 0, 1, 1, 0, 1]), D(), E(), S())
    c.exchange(P(sql), B([struct.pack('!i', 7), 'é'], formats=[1], results=[0]), D(), E(), S())
    c.exchange(P(sql), B([struct.pack('!i', 7), 'é'], formats=[1, 0], results=[0]), D(), E(), S())
    c.exchange(P(sql), D('S'), S())
    for data in (b'', b'abc', b'abcde', b'\xff\xff\xff\xff'):
        c.exchange(P('select $1::int4'), B([data], formats=[1]), E(), S())


@conversation
def malformed_binary_values(t):
    c = t.session()
    for kind, data in (('bool', b''), ('bool', b'\x02'), ('bool', b'ab'), ('int2', b'a'), ('int8', b'abc'), ('float4', b''),
                       ('float8', b'1234'), ('numeric', b''), ('numeric', b'\0\1\0\0\0\0\0\0'),
                       ('numeric', b'\0\1\0\0\0\0\0\0\xff\xff'), ('numeric', b'\0\0\0\0\x12\x34\0\0'),
                       ('text', b'\xff'), ('text', b'\0'), ('date', b'ab'), ('date', b'\x7f\xff\xff\xfe'), ('time', b'\xff' * 8),
                       ('timestamp', b'\x7f' + b'\xff' * 6 + b'\xfe'), ('interval', b'short'), ('uuid', b'x' * 15),
                       ('uuid', b'x' * 17), ('json', b'{'), ('jsonb', b''), ('jsonb', b'\x02{}'), ('jsonb', b'\x01{'),
                       ('int4[]', b''), ('int4[]', struct.pack('!iii', 1, 0, 23)), ('int4[]', struct.pack('!iii', 7, 0, 23)),
                       ('int4[]', struct.pack('!iii', -1, 0, 23)), ('int4[]', struct.pack('!iii', 0, 0, 25)),
                       ('int4[]', struct.pack('!iiiiii', 1, 0, 23, 1, 1, 8)),
                       ('int4[]', struct.pack('!iiiiii', 1, 0, 23, 2147483647, 1, 4)),
                       ('int4[]', struct.pack('!iiiiiii', 1, 0, 23, 1, 1, 4, 5) + b'more'),
                       ('int4[]', struct.pack('!iii', 1, 5, 23)), ('varchar(2)', b'abc'), ('name', b'x' * 70),
                       ('bpchar', b'\xff'), ('oid', b'')):
        c.exchange(P(f'select $1::{kind}'), B([data], formats=[1]), E(), S())


@conversation
def row_limits(t):
    c = t.session()
    series = P('select g from generate_series(1, 3) g')
    c.exchange(series, B(), E(rows=2), E(rows=2), S())
    c.exchange(series, B(), E(rows=1), E(rows=1), E(rows=1), E(rows=1), S())
    c.exchange(series, B(), E(rows=3), E(rows=3), E(), S())
    c.exchange(series, B(), E(rows=4), E(rows=4), S())
    c.exchange(series, B(), E(rows=-1), S())
    c.exchange(series, B(), E(rows=1), E(), S())
    c.exchange(P('select 1 where false'), B(), E(rows=1), S())
    c.exchange(P('set work_mem = 100'), B(), E(rows=1), S())
    c.exchange(P('set work_mem = 100'), B(), E(), E(), S())
    c.exchange(P('show work_mem'), B(), E(rows=1), E(), S())
    c.exchange(P('values (1), (2)'), B(), E(rows=1), D(), E(rows=1), S())
    c.exchange(P('select unnest(array[1, 2, 3])'), B(), E(rows=2), E(), S())


@conversation
def portals_live_as_long_as_the_transaction(t):
    c = t.session()
    c.exchange(P('select g from generate_series(1, 5) g', 's'), B(statement='s', portal='p'), E('p', 2), S())
    c.exchange(E('p', 2), S())      # gone with the implicit transaction
    c.query('begin')
    c.exchange(B(statement='s', portal='p'), B(statement='s', portal='q'), E('p', 2), S())
    c.exchange(E('p', 2), E('q', 1), S())
    c.query('select 1')
    c.exchange(E('p', 2), D('P', 'q'), wire.close('P', 'q'), E('q'), S())
    c.query('rollback')
    c.exchange(E('p'), S())
    c.query('begin')
    c.exchange(B(statement='s', portal='p'), E('p', 1), P('select 1/0'), B(), S())
    c.exchange(E('p'), S())
    c.query('rollback')


@conversation
def unnamed_portal_within_a_transaction(t):
    c = t.session()
    c.query('begin')
    c.exchange(P('select g from generate_series(1, 5) g'), B(), E(rows=2), S())
    c.exchange(E(rows=2), S())
    c.exchange(P('select 9'), S())
    c.exchange(E(rows=2), S())
    c.query('select 1')
    c.exchange(E(rows=2), S())
    c.query('commit')


@conversation
def closing_a_statement_leaves_its_portals(t):
    c = t.session()
    c.exchange(P('select g from generate_series(1, 3) g', 's'), B(statement='s', portal='p'), E('p', 1), wire.close('S', 's'),
               E('p', 1), D('P', 'p'), S())


@conversation
def portals_of_commands_run_once(t):
    c = t.session()
    for sql in ('begin', 'commit', 'set work_mem = 100', 'show work_mem', 'select 1'):
        c.exchange(P(sql), B(), E(), E(), S())
    c.query('rollback')


@conversation
def an_error_skips_to_sync(t):
    c = t.session()
    c.exchange(P('select 1'), B(), E(), P('selec'), B(), E(), wire.flush(), D(), P('select 2'), B(), E(), S(), P('select 3'), B(),
               E(), S())
    c.hear()
    c.exchange(P('selec'), wire.query('select 1'), S())
    c.exchange(P('selec'), wire.message('d', b'data'), wire.message('c'), S())
    c.exchange(E('nosuch'), wire.close('S', 'x'), S(), S(), S())
    c.hear()
    c.hear()


@conversation
def an_error_undoes_the_pipeline(t):
    c = t.session()
    c.exchange(P("set work_mem = '5MB'"), B(), E(), P('select 1/0'), B(), E(), S())
    c.query('show work_mem')
    c.exchange(P("set work_mem = '5MB'"), B(), E(), S(), P('select 1/0'), B(), E(), S())
    c.hear()
    c.query('show work_mem')
    c.exchange(P("set work_mem = '6MB'"), B(), E(), P('commit'), B(), E(), P('select 1/0'), B(), E(), S())
    c.query('show work_mem')
    c.exchange(P('begin'), B(), E(), P("set work_mem = '7MB'"), B(), E(), S())
    c.exchange(P('select 1/0'), B(), E(), S())
    c.exchange(P('select 1'), S())
    c.exchange(P('rollback'), B(), E(), P('show work_mem'), B(), E(), S())


@conversation
def transaction_commands_in_a_pipeline(t):
    c = t.session()
    c.exchange(P('begin'), B(), E(), P('select 1'), B(), E(), P('commit'), B(), E(), P('select 2'), B(), E(), S())
    c.exchange(P('begin'), B(), E(), P('begin'), B(), E(), P('rollback'), B(), E(), P('rollback'), B(), E(), S())
    c.exchange(P('select 1'), B(), E(), P('begin'), B(), E(), S())
    c.exchange(P('commit'), B(), E(), S())
    c.exchange(P('commit and chain'), B(), E(), S())


@conversation
def a_failed_transaction_lets_only_its_end_through(t):
    c = t.session()
    c.exchange(P('select 1', 's'), P('commit', 'c'), P('rollback', 'r'), S())
    c.query('begin', 'select 1/0')
    for messages in ((P('select 1'),), (B(statement='s'),), (D('S', 's'),), (D('S', 'r'),), (P(''), B(), E()), (P('rollback'),),
                     (P('begin'),), (E(),), (wire.close('S', 'x'),), (wire.flush(),), (B(statement='c'), E())):
        c.exchange(*messages, S())
    c.query('select 1')


@conversation
def errors_when_planned_and_when_run(t):
    c = t.session()
    c.exchange(P('select 1/0'), S())
    c.exchange(P('select 1/0'), D('S'), S())
    c.exchange(P('select 1/0'), B(), D(), E(), S())
    c.exchange(P('select 1 / $1::int'), B(['0']), D(), E(), S())
    c.exchange(P('select 10 / (3 - g) from generate_series(1, 5) g'), B(), D(), E(rows=1), E(rows=1), E(rows=1), S())
    c.exchange(P('select nosuch'), S())
    c.exchange(P("select 'é', nosuch"), S())


@conversation
def what_only_parameters_decide_is_known_when_bound(t):
    c = t.session()
    for sql, values in (('select case when $1::int = 0 then 0 else 1 / $1::int end', (['0'], ['1'])),
                        ('select 1 / $1::int from generate_series(1, 2)', (['0'], ['1'])),
                        ('select g from generate_series(1, 2) g where g > 5 and 1 / $1::int = 1', (['1'],)),
                        ('select (select 1 / $1::int where false)', (['1'],)),
                        ('select coalesce($1::int, 1 / $2::int)', (['1', '0'], [None, '1'], [None, '0'])),
                        ('select $1::int4 + 1', (['2147483647'],)), ('select 1 limit $1', (['-1'], ['0'])),
                        ('select * from generate_series(1, 10 / $1::int)', (['0'], ['5']))):
        c.exchange(P(sql, 's'), S())
        for value in values:
            c.exchange(B(value, statement='s'), D(), E(), S())
        c.exchange(wire.close('S', 's'), S())


@conversation
def kept_statements_follow_the_search_path(t):
    c = t.session()
    c.query("prepare q as select count(*) > 0 from pg_settings", 'execute q', "set search_path = nowhere", 'execute q',
            'set search_path = information_schema', 'execute q', "prepare d as select '01/02/2020'::date", 'set datestyle = dmy',
            'execute d', "select '01/02/2020'::date")
    c.exchange(P("select '03/04/2020'::date", 's'), S())
    c.query('set datestyle = mdy')
    c.exchange(B(statement='s'), E(), P("select '03/04/2020'::date"), B(), E(), S())


@conversation
def portals_of_a_failed_transaction(t):
    c = t.session()
    c.query('begin', 'declare c cursor for select 1')
    c.exchange(P('select g from generate_series(1, 3) g'), B(portal='p'), E('p', rows=1), S())
    c.query('savepoint a', 'declare d cursor for select 2', 'select nosuch', 'fetch c', 'rollback to a', 'fetch c', 'fetch d')
    c.query('rollback to a', 'select name from pg_cursors order by 1', 'rollback', 'select name from pg_cursors')


@conversation
def changed_parameters_come_with_sync(t):
    c = t.session()
    c.exchange(P("set application_name = 'a'"), B(), E(), P("set application_name = 'b'"), B(), E(), P('select 1'), B(), E(), S())
    c.exchange(P("set application_name = 'c'"), B(), E(), P('selec'), S())
    c.exchange(P("set timezone = 'Asia/Tokyo'"), B(), E(), wire.flush(), P("select '2024-01-01 00:00+00'::timestamptz"), B(), E(),
               S())


@conversation
def nothing_comes_before_flush_or_sync(t):
    c = t.session()
    c.say(P('select 1'), B(), D(), E())
    c.hear('Z', seconds=0.2)
    c.say(wire.flush())
    c.hear('C')
    c.say(P('select 2'), wire.flush())
    c.hear('1')
    c.say(B(), D(), wire.flush())
    c.hear('T')
    c.say(E(), S())
    c.hear()
    c.exchange(wire.flush(), wire.flush(), S())


@conversation
def an_error_comes_at_once(t):
    c = t.session()
    c.say(P('selec'))
    c.hear('E')
    c.say(P('select 1'))
    c.hear('Z', seconds=0.2)
    c.exchange(S())


@conversation
def many_syncs(t):
    c = t.session()
    c.say(*[S()] * 5)
    for _ in range(5):
        c.hear()
    c.say(*[P('select 1') + B() + E() + S()] * 3)
    for _ in range(3):
        c.hear()


@conversation
def long_pipeline(t):
    c = t.session()
    one = P('select $1::int') + B(['7']) + E()
    c.note('F 2000 times Parse, Bind, Execute; Sync')
    c.send(one * 2000 + S())
    kinds = [k for k, _ in c.ready()]
    t.note(f'{kinds.count("1")} parsed, {kinds.count("2")} bound, {kinds.count("D")} rows, {kinds.count("C")} complete, {kinds.count("Z")} ready, {len(kinds)} in all')


@conversation
def notices_in_a_pipeline(t):
    c = t.session()
    c.exchange(P('commit'), B(), E(), S())
    c.exchange(P(f'select 1 as {"x" * 70}'), B(), D(), E(), S())
    c.exchange(P('set local work_mem = 100'), B(), E(), S())


@conversation
def simple_query_within_a_pipeline(t):
    c = t.session()
    c.exchange(P("set work_mem = '5MB'"), B(), E(), wire.query('select 1'), S())
    c.hear()
    c.exchange(P('begin'), B(), E(), wire.query('select 1/0'), P('select 2'), B(), E(), S())
    c.hear()
    c.query('rollback', 'show work_mem')


@conversation
def names_with_odd_letters(t):
    c = t.session()
    for name in ('S_1', 'with space', 'é', 'x' * 200, '"', '%s'):
        c.exchange(P('select 1', name), B(statement=name, portal=name), D('S', name), D('P', name), E(name),
                   wire.close('P', name), wire.close('S', name), S())
