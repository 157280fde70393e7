#!/usr/bin/python3
"""psycopg2: libpq from Python, always the simple protocol and text."""
import datetime as dt
import decimal
import json
import os
import sys
import threading
import time
import uuid

from harness import HERE, PASSWORD, Missing, check, contains, equal, main, wait_until

try:
    import psycopg2
    import psycopg2.errors as errors
    import psycopg2.extensions as ext
    import psycopg2.extras as extras
except ModuleNotFoundError:
    psycopg2 = None


def find_client():
    if psycopg2 is None:
        raise Missing(f'{sys.executable} has no module psycopg2: install python3-psycopg2')


def connect(server, **options):
    return psycopg2.connect(**{'host': server.host, 'port': server.port, 'user': 'tester', 'dbname': 'postgres',
                               'sslmode': 'disable',
                               'connect_timeout': 10, **options})


def one(connection, sql, arguments=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        row = cursor.fetchone()
    return row[0] if len(row) == 1 else row


def fails(kind, sqlstate, action):
    """Runs an action that must raise; returns the exception."""
    try:
        action()
    except kind as e:
        equal(e.pgcode, sqlstate, str(e))
        return e
    raise AssertionError(f'no {kind.__name__} raised')


@check
def connection_attributes(server):
    c = connect(server, application_name='a client')
    equal(c.get_transaction_status(), ext.TRANSACTION_STATUS_IDLE)
    equal((c.protocol_version, c.encoding, c.server_version // 10000), (3, 'UTF8', 15))
    for name, value in (('client_encoding', 'UTF8'), ('standard_conforming_strings', 'on'), ('integer_datetimes', 'on'),
                        ('is_superuser', 'on'), ('session_authorization', 'tester'), ('application_name', 'a client'),
                        ('server_encoding', 'UTF8'), ('IntervalStyle', 'postgres'), ('in_hot_standby', 'off'),
                        ('default_transaction_read_only', 'off')):
        equal(c.get_parameter_status(name), value, name)
    assert c.get_parameter_status('DateStyle').startswith('ISO')
    equal(one(c, 'select pg_backend_pid()'), c.get_backend_pid())
    c.close()
    equal(c.closed, 1)


@check
def python_values_round_trip(server):
    c = connect(server)
    tz = dt.timezone(dt.timedelta(hours=5, minutes=30))
    for value, kind in ((True, 'bool'), (False, 'bool'), (0, 'int'), (-2**31, 'int'), (2**63 - 1, 'bigint'),
                        (decimal.Decimal(10**40), 'numeric'),
                        (1.5, 'float8'), (-1e-300, 'float8'), (float('inf'), 'float8'),
                        (decimal.Decimal('12345678901234567890.0123'), 'numeric'),
                        ('', 'text'), ("it's \\ \"x\" % €", 'text'), ('\U0001F600', 'varchar'), (dt.date(2024, 2, 29), 'date'),
                        (dt.date.max, 'date'), (dt.time(13, 14, 15, 123456), 'time'),
                        (dt.datetime(2024, 2, 29, 13, 14, 15, 123456), 'timestamp'),
                        (dt.datetime(2024, 2, 29, 13, 14, 15, tzinfo=tz), 'timestamptz'),
                        (dt.timedelta(days=3, seconds=7, microseconds=5), 'interval'),
                        (dt.timedelta(days=-3, seconds=7), 'interval'),
                        ([1, 2, None], 'int[]'), ([], 'int[]'), ([[1, 2], [3, 4]], 'int[]'),
                        (['a', None, 'b "q" \\', '', 'NULL', '{,}'], 'text[]'),
                        ([decimal.Decimal('1.50')], 'numeric[]'), ([dt.date(2024, 1, 2), None], 'date[]'),
                        ([True, False], 'bool[]'),
                        (None, 'int'), (None, 'jsonb')):
        got = one(c, f'select (%s)::{kind}', (value,))
        equal((got, type(got)), (value, type(value)), kind)
    nan = one(c, "select 'NaN'::float8")
    assert nan != nan


@check
def every_type_in_text(server):
    c = connect(server, options='-c TimeZone=UTC')
    with open(os.path.join(HERE, 'types.tsv'), encoding='utf-8') as f:
        for line in f:
            kind, oid, literal, wanted, _ = line.rstrip('\n').split('\t')
            with c.cursor() as cursor:
                cursor.execute(f'select (%s)::{kind}', (literal,))
                equal(cursor.description[0].type_code, int(oid), kind)
                # undo the conversion by type: what came over the wire
                cursor.execute(f'select (%s)::{kind}::text', (literal,))
                got = cursor.fetchone()[0]
            if kind in ('bpchar', 'char(5)'):
                wanted = wanted.rstrip(' ')     # the cast to text drops the padding
            equal(got, {'t': 'true', 'f': 'false'}[wanted] if kind == 'bool' else wanted, f'{kind} {literal!r}')


@check
def bytes_round_trip(server):
    c = connect(server)
    data = bytes(range(256)) * 40
    equal(bytes(one(c, 'select %s::bytea', (psycopg2.Binary(data),))), data)
    one(c, "select set_config('bytea_output', 'escape', false)")
    equal(bytes(one(c, 'select %s::bytea', (data,))), data)


@check
def json_and_uuid(server):
    c = connect(server)
    value = {'a': [1, 2.5, None, True], 'č': {'x': 'y'}}
    for kind in ('json', 'jsonb'):
        equal(one(c, f'select %s::{kind}', (extras.Json(value),)), value)
    extras.register_uuid()
    u = uuid.uuid4()
    equal(one(c, 'select %s', (u,)), u)
    equal(one(c, 'select %s', ([u, u],)), [u, u])
    equal(json.loads(one(c, "select '[1]'::jsonb::text")), [1])


@check
def time_zones(server):
    c = connect(server)
    for zone, hours in (('Europe/Prague', 2), ('America/New_York', -4), ('UTC', 0)):
        one(c, 'select set_config(%s, %s, false)', ('timezone', zone))
        equal(c.get_parameter_status('TimeZone'), zone)
        got = one(c, "select '2024-07-01 12:00:00+00'::timestamptz")
        equal((got.utcoffset(), got), (dt.timedelta(hours=hours), dt.datetime(2024, 7, 1, 12, tzinfo=dt.timezone.utc)), zone)


@check
def description_of_results(server):
    with connect(server).cursor() as cursor:
        cursor.execute("select 1::int as id, 'x'::varchar(20) as name, 2.5::numeric(10,2) as price, null")
        equal([d.name for d in cursor.description], ['id', 'name', 'price', '?column?'])
        equal([d.type_code for d in cursor.description], [23, 1043, 1700, 25])
        equal((cursor.description[2].precision, cursor.description[2].scale, cursor.description[0].internal_size), (10, 2, 4))
        equal((cursor.rowcount, cursor.statusmessage), (1, 'SELECT 1'))
        cursor.execute('select g from generate_series(1, 10) g')
        equal((cursor.rowcount, cursor.fetchone(), cursor.fetchmany(3), len(cursor.fetchall())),
              (10, (1,), [(2,), (3,), (4,)], 6))


@check
def transactions_begin_by_themselves(server):
    c = connect(server)
    one(c, 'select 1')
    equal(c.get_transaction_status(), ext.TRANSACTION_STATUS_INTRANS)
    c.commit()
    equal(c.get_transaction_status(), ext.TRANSACTION_STATUS_IDLE)
    fails(errors.DivisionByZero, '22012', lambda: one(c, 'select 1/0'))
    equal(c.get_transaction_status(), ext.TRANSACTION_STATUS_INERROR)
    fails(errors.InFailedSqlTransaction, '25P02', lambda: one(c, 'select 1'))
    c.rollback()
    equal(one(c, 'select 1'), 1)
    c.rollback()
    c.autocommit = True
    one(c, 'select 1')
    equal(c.get_transaction_status(), ext.TRANSACTION_STATUS_IDLE)


@check
def isolation_levels_are_remembered(server):
    c = connect(server)
    for level in ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'READ UNCOMMITTED'):
        c.set_session(isolation_level=level, readonly=True)
        equal(one(c, 'show transaction_isolation'), level.lower())
        equal(one(c, 'show transaction_read_only'), 'on')
        c.rollback()
    c.set_session(isolation_level='DEFAULT', readonly='DEFAULT')
    equal(one(c, 'show transaction_isolation'), 'read committed')
    equal(one(c, 'show transaction_read_only'), 'off')


@check
def errors_have_class_sqlstate_and_position(server):
    c = connect(server)
    c.autocommit = True
    for sql, kind, code, position in (
            ('selec 1', 'SyntaxError', '42601', '1'), ('select nosuch', 'UndefinedColumn', '42703', '8'),
            ('select * from nosuch', 'UndefinedTable', '42P01', '15'), ('select nosuch(1)', 'UndefinedFunction', '42883', '8'),
            ("select 'č', 'x'::int", 'InvalidTextRepresentation', '22P02', '13'),
        ('select 3000000000::int', 'NumericValueOutOfRange', '22003', None),
            ('select 2147483647 + 1', 'NumericValueOutOfRange', '22003', None), ('select 1/0', 'DivisionByZero', '22012', None),
            ("select '2024-02-30'::date", 'DatetimeFieldOverflow', '22008', '8'),
        ("select 'x'::uuid", 'InvalidTextRepresentation', '22P02', '8'),
            ("select '{1'::json", 'InvalidTextRepresentation', '22P02', '8'),
        ("select '{1'::int[]", 'InvalidTextRepresentation', '22P02', '8'),
            ('select 1 from (values (1)) v(a) where a', 'DatatypeMismatch', '42804', '39'),
            ('select a, count(*) from (values (1)) v(a)', 'GroupingError', '42803', '8'),
        ('set nosuch = 1', 'UndefinedObject', '42704', None),
            ('execute nosuch', 'InvalidSqlStatementName', '26000', None), ('show nosuch', 'UndefinedObject', '42704', None)):
        e = fails(getattr(errors, kind), code, lambda: one(c, sql))
        equal((e.diag.severity, e.diag.severity_nonlocalized, e.diag.sqlstate, e.diag.statement_position),
              ('ERROR', 'ERROR', code, position), sql)
        assert e.diag.message_primary and e.diag.source_file and e.diag.source_line and e.diag.source_function, sql


@check
def error_detail_hint_and_context(server):
    c = connect(server)
    e = fails(errors.InvalidTextRepresentation, '22P02', lambda: one(c, """select '{"a": 1, nope}'::json"""))
    contains(e.diag.message_detail, 'Token "nope" is invalid.')
    contains(e.diag.context, 'JSON data, line 1:')


@check
def notices_are_kept(server):
    c = connect(server)
    c.autocommit = True
    with c.cursor() as cursor:
        cursor.execute('commit')
        equal(cursor.statusmessage, 'COMMIT')
    equal(c.notices, ['WARNING:  there is no transaction in progress\n'])


@check
def several_statements_give_the_last_result(server):
    with connect(server).cursor() as cursor:
        cursor.execute("select 1; set application_name = 'two'; select 3")
        equal((cursor.fetchall(), cursor.statusmessage), ([(3,)], 'SELECT 1'))
    c = connect(server)
    fails(psycopg2.ProgrammingError, None, lambda: c.cursor().execute(''))


@check
def parameter_status_follows(server):
    c = connect(server)
    c.autocommit = True
    one(c, "select set_config('application_name', 'later', false)")
    equal(c.get_parameter_status('application_name'), 'later')
    c.autocommit = False
    with c.cursor() as cursor:
        cursor.execute("set application_name = 'within'; set datestyle = 'German'")
        equal((c.get_parameter_status('application_name'), c.get_parameter_status('DateStyle')), ('within', 'German, DMY'))
    c.rollback()
    equal((c.get_parameter_status('application_name'), c.get_parameter_status('DateStyle')[:3]), ('later', 'ISO'))


@check
def client_encodings(server):
    c = connect(server)
    c.set_client_encoding('LATIN1')
    equal((one(c, "select 'café'"), one(c, "select octet_length('café')"), c.encoding), ('café', 5, 'LATIN1'))
    fails(psycopg2.DataError, '22P05', lambda: one(c, "select chr(8364)"))
    c.rollback()
    c.set_client_encoding('UTF8')
    equal(one(c, 'select chr(8364)'), '€')


@check
def cancel_from_another_thread(server):
    c = connect(server)
    started = time.monotonic()
    threading.Timer(0.3, c.cancel).start()
    e = fails(errors.QueryCanceled, '57014', lambda: one(c, 'select pg_sleep(60)'))
    contains(str(e), 'canceling statement due to user request')
    assert time.monotonic() - started < 15
    c.rollback()
    equal(one(c, 'select 1'), 1)


@check
def cancel_in_a_busy_loop(server):
    c = connect(server)
    threading.Timer(0.3, c.cancel).start()
    fails(errors.QueryCanceled, '57014',
          lambda: one(c, 'select count(*) from generate_series(1, 100000000000) g where g % 7 = 3'))
    c.rollback()
    equal(one(c, 'select 1'), 1)


@check
def statement_timeout(server):
    c = connect(server, options='-c statement_timeout=100ms')
    e = fails(errors.QueryCanceled, '57014', lambda: one(c, 'select pg_sleep(60)'))
    contains(str(e), 'canceling statement due to statement timeout')
    c.rollback()
    equal(one(c, 'select 1'), 1)


@check
def idle_in_transaction_timeout(server):
    c = connect(server, options='-c idle_in_transaction_session_timeout=100ms')
    one(c, 'select 1')
    wait_until(lambda: c.info.socket and c.get_backend_pid() not in server.children(), what='the session to be ended')
    fails(psycopg2.OperationalError, None, lambda: one(c, 'select 1'))
    assert c.closed


@check
def asynchronous_use(server):
    c = connect(server, async_=True)
    extras.wait_select(c)
    with c.cursor() as cursor:
        cursor.execute('select pg_sleep(0.05), 7')
        assert c.isexecuting()
        extras.wait_select(c)
        equal(cursor.fetchone()[1], 7)


@check
def logins(server):
    equal(one(connect(server, user='alice', password=PASSWORD), 'select current_user'), 'alice')
    equal(one(connect(server, user='alice', password=PASSWORD, host=server.socket_dir), 'select current_user'), 'alice')
    texts = set()
    for user in ('alice', 'no_password', 'nobody_knows'):
        try:
            connect(server, user=user, password='wrong')
            raise AssertionError(f'{user} came in')
        except psycopg2.OperationalError as e:
            texts.add(str(e).replace(user, 'USER'))
    equal(len(texts), 1, str(texts))
    contains(texts.pop(), 'password authentication failed for user "USER"')


@check
def tls(server):
    c = connect(server, sslmode='verify-full', host='localhost', hostaddr='127.0.0.1', sslrootcert=server.root + '/server.crt')
    equal((c.info.ssl_in_use, c.info.ssl_attribute('library'), one(c, 'select 1')), (True, 'OpenSSL', 1))
    assert c.info.ssl_attribute('protocol') in ('TLSv1.2', 'TLSv1.3')
    equal(one(connect(server, sslmode='require', user='only_tls', password=PASSWORD), 'select current_user'), 'only_tls')


@check
def many_connections_at_once(server):
    many = [connect(server) for _ in range(40)]
    pids = {one(c, 'select pg_backend_pid()') for c in many}
    equal((len(pids), pids <= set(server.children())), (40, True))
    for c in many:
        c.close()
    wait_until(lambda: not pids & set(server.children()), what='the backends to end')


@check
def big_values(server):
    c = connect(server)
    big = 'žx' * 2_000_000
    equal(one(c, 'select %s', (big,)) == big, True)
    equal(one(c, 'select length(%s)', (big,)), 4_000_000)
    rows = ', '.join(f"({i}, 'row {i}')" for i in range(5000))
    with c.cursor() as cursor:
        cursor.execute(f'select * from (values {rows}) v(a, b) order by a desc')
        got = cursor.fetchall()
        equal((len(got), got[0]), (5000, (4999, 'row 4999')))


@check
def notifications(server):
    a, b = connect(server), connect(server)
    a.autocommit = b.autocommit = True
    try:
        a.cursor().execute('listen c')
    except errors.FeatureNotSupported:
        return              # the server says so itself
    payload = "it's \\ \"x\" % € \U0001F600\n"
    b.cursor().execute('notify c; select pg_notify(%s, %s)', ('c', payload))

    def heard():
        a.poll()
        return len(a.notifies) == 2
    wait_until(heard, what='two notifications')         # no statement of its own: they come unasked
    equal([(n.pid, n.channel, n.payload) for n in a.notifies], [(b.get_backend_pid(), 'c', ''), (b.get_backend_pid(), 'c', payload)])
    a.notifies.clear()
    a.autocommit = False
    equal(one(a, 'select 1'), 1)
    b.cursor().execute('notify c')
    equal(one(a, 'select 2'), 2)
    equal(a.notifies, [])
    a.commit()
    a.poll()
    equal(len(a.notifies), 1)


if __name__ == '__main__':
    sys.exit(main('psycopg2', before=find_client))
