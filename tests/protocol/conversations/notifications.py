"""LISTEN and NOTIFY: when notifications come, and what may not be told."""
import wire
from talk import conversation

NEEDS = 'listen x'      # whoever has no LISTEN is not asked


def two(t):
    a, b = t.session('a: '), t.session('b: ')
    a.query('listen c')
    return a, b


@conversation
def an_idle_listener_hears_at_once(t):
    a, b = two(t)
    b.query("notify c, 'one'", 'notify c', "select pg_notify('c', 'three')")
    for _ in range(3):
        a.hear('A')
    a.query('select 1')


@conversation
def a_listener_in_a_transaction_hears_at_its_end(t):
    a, b = two(t)
    a.query('begin')
    b.query("notify c, 'one'")
    a.query('select 1', 'select 2', 'commit')
    a.query('begin')
    b.query("notify c, 'two'")
    a.query('select 1/0', 'select 1', 'rollback')
    a.query('begin')
    b.query("notify c, 'three'")
    a.query('commit; begin', 'commit; select 3')


@conversation
def in_the_extended_protocol_before_ready_for_query(t):
    a, b = two(t)
    a.say(wire.parse('select 1'), wire.bind(), wire.execute(), wire.flush())
    a.hear('C')
    b.query("notify c, 'one'")
    a.exchange(wire.sync())
    a.exchange(wire.parse("notify c, 'own'"), wire.bind(), wire.describe(), wire.execute(), wire.sync())
    a.exchange(wire.parse('listen d'), wire.bind(), wire.execute(), wire.parse("select pg_notify($1, $2)"), wire.bind(['d', 'x']), wire.execute(),
               wire.sync())


@conversation
def own_notifications(t):
    a, _ = two(t)
    a.query("notify c, 'one'", "begin; notify c, 'two'; commit; select 2", "notify c, 'three'; select 3", "notify c, 'four'; select 1/0",
            'begin', "notify c, 'five'", 'savepoint s', "notify c, 'six'", 'rollback to s', "notify c, 'seven'", "notify c, 'five'", 'release s', 'commit',
            'begin', "notify c, 'eight'", 'rollback', 'unlisten c', "notify c, 'nine'")


@conversation
def before_changed_parameters(t):
    a, _ = two(t)
    a.query("set application_name = 'x'; notify c", "begin; set application_name = 'y'; notify c", 'commit')


@conversation
def listening_begins_and_ends_with_a_commit(t):
    a, b = t.session('a: '), t.session('b: ')
    a.query('begin', 'listen c', 'select * from pg_listening_channels()')
    b.query("notify c, 'before'")
    a.query('commit', 'select * from pg_listening_channels()', 'begin', 'unlisten *', 'select * from pg_listening_channels()', 'rollback',
            'select * from pg_listening_channels()', 'unlisten c; select count(*) from pg_listening_channels()',
            'select count(*) from pg_listening_channels()', 'listen a; listen "B"; listen B', 'select * from pg_listening_channels()', 'discard all',
            'select count(*) from pg_listening_channels()')


@conversation
def names_and_their_case(t):
    a, _ = two(t)
    a.query('listen Foo', "select pg_notify('Foo', 'unheard')", 'notify FOO', 'listen "Foo"', "select pg_notify('Foo', 'heard')",
            'listen ' + 'x' * 64, 'notify ' + 'x' * 70, 'listen "ž, \'\'"', 'notify "ž, \'\'", \'š\'')


@conversation
def what_may_not_be_told(t):
    a, _ = two(t)
    a.query("select pg_notify('', 'x')", "select pg_notify(null, 'x')", "select pg_notify('c', null)", "select pg_notify(repeat('x', 64), '')",
            "select length(pg_notify('c', repeat('x', 7999))::text)", "select pg_notify('c', repeat('x', 8000))", f"notify c, '{'x' * 8000}'",
            'notify ""', 'notify c, 1', 'listen a.b', 'unlisten', 'begin', 'select 1/0', 'notify c', 'listen d', 'unlisten *', 'rollback',
            'begin', 'discard all', 'rollback', 'select pg_notification_queue_usage()')


@conversation
def payloads_byte_for_byte(t):
    a, _ = two(t)
    a.query("notify c, '  \\ '' \" % \t\r\n ž € \U0001F600 '", "notify c, E'\\x01\\x7f'", "set client_encoding = 'LATIN1'", "notify c, E'\\u00e9'")
