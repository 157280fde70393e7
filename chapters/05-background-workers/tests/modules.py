#!/usr/bin/python3
"""Modules on a running server: what they can do, and what happens when one is not what it should be.

    modules.py --server PROGRAM          a server that loads modules; those of this test lie in its build tree
"""
import fcntl
import os
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, '../../../tests')
sys.path[:0] = [os.path.join(TESTS, folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import check, contains, equal, wait_until

options = None


def modules_directory():
    """Where the test's own modules are."""
    folder = os.path.dirname(os.path.abspath(options.server))
    while not os.path.exists(folder + '/CMakeCache.txt'):
        folder = os.path.dirname(folder)
    return folder + '/tests/modules'


def server(**settings):
    return harness.new_server(options, settings={'dynamic_library_path': f'$libdir:{modules_directory()}', **settings})


def failed_start(**settings):
    """Starts a server that must not come up; returns its log."""
    try:
        with server(**settings):
            raise AssertionError('the server has started')
    except AssertionError as failure:
        contains(str(failure), 'did not start')
        return str(failure)


def error(connection, sql):
    """The fields of the one error that a statement leads to."""
    connection.send(wire.query(sql))
    errors = [wire.error_fields(body) for kind, body in connection.ready() if kind == 'E']
    equal(len(errors), 1)
    return errors[0]


def refused(connection, sql, code, message, detail=None, hint=None):
    """That a statement is refused in these words, and that the session goes on."""
    fields = error(connection, sql)
    equal((fields['S'], fields['C'], fields['M'], fields.get('D'), fields.get('H')), ('ERROR', code, message, detail, hint))
    equal(connection.ask('select 1'), [('1',)])


@check
def what_a_preloaded_module_can_do():
    with server(shared_preload_libraries='watcher', **{'watcher.level': 5}) as s, wire.session(s) as c:
        equal(c.ask('select watcher_seen()'), [('session of tester, start of SELECT',)])
        equal(c.ask('show watcher.level'), [('5',)])
        equal(c.ask('select watcher_twice(21), (select max(level) from watcher_levels)'), [('42', '5')])
        equal(c.ask("select module_name, version, file_name from pg_get_loaded_modules()"), [('watcher', '2.1', 'watcher.so')])
        c.ask('select watcher_seen()')
        c.ask('select generate_series(1, 3)')
        equal(c.ask('select watcher_seen()'), [('1 rows, end, start of SELECT, 3 rows, end, start of SELECT',)])
        c.ask('set watcher.level = 2')
        equal(c.ask('select watcher_seen()'), [('1 rows, end, SET, start of SELECT',)])
        equal(c.ask("select setting, min_val, max_val, context, source from pg_settings where name = 'watcher.level'"),
              [('2', '1', '10', 'user', 'session')])
        refused(c, 'set watcher.level = 11', '22023', '11 is outside the valid range for parameter "watcher.level" (1 .. 10)')
        refused(c, 'set watcher.nothing = 1', '42602', 'invalid configuration parameter name "watcher.nothing"',
                '"watcher" is a reserved prefix.')
        refused(c, 'set work_mem = 100', '42501', 'nobody touches work_mem here')
        refused(c, 'select watcher_twice(2000000000)', '22003', 'integer out of range')
        log = s.log()
        contains(log, 'ERROR:  integer out of range')
        contains(log, 'HINT:  The watcher has seen this.')
        contains(log, 'LOG:  the watcher goes on')
        c.ask('set watcher.silent = on')
        refused(c, 'select 1/0', '22012', 'division by zero')
        assert 'division by zero' not in s.log()


@check
def a_query_that_fails_has_no_end():
    with server(shared_preload_libraries='watcher') as s, wire.session(s) as c:
        c.ask('select watcher_seen()')
        refused(c, 'select 1/(generate_series(1, 3) - 2)', '22012', 'division by zero')
        seen = c.ask('select watcher_seen()')[0][0]
        contains(seen, 'start of SELECT, start of SELECT')
        # A cursor ends when it is closed, though it has more rows.
        c.ask('begin')
        c.ask('declare c cursor for select generate_series(1, 10)')
        c.ask('fetch 2 from c')
        c.ask('select watcher_seen()')
        c.ask('close c')
        contains(c.ask('select watcher_seen()')[0][0], 'end, CLOSE CURSOR')


@check
def a_module_decides_who_comes_in():
    with server(shared_preload_libraries='watcher', **{'watcher.refused': 'trusted'}) as s:
        with wire.connect(s) as c:
            c.send(wire.startup('trusted'))
            said = [wire.error_fields(body) for kind, body in c.rest() if kind == 'E']
            equal([(e['S'], e['C'], e['M']) for e in said], [('FATAL', '28000', 'the watcher does not want you')])
        with wire.session(s) as c:
            equal(c.ask('select 1'), [('1',)])


@check
def load_in_a_session():
    with server() as s, wire.session(s) as c, wire.session(s) as other:
        refused(c, 'select watcher_twice(1)', '42883', 'function watcher_twice(integer) does not exist', None,
                'No function matches the given name and argument types. You might need to add explicit type casts.')
        c.ask("set watcher.level = 7")
        c.ask("load 'watcher'")
        equal(c.ask('select watcher_twice(4)'), [('8',)])
        equal(c.ask('show watcher.level'), [('7',)])
        c.ask("load 'watcher'")
        c.ask(f"load '{modules_directory()}/watcher.so'")
        equal(c.ask('select count(*) from pg_get_loaded_modules()'), [('1',)])
        # It is in that process, and in no other.
        refused(other, 'select watcher_twice(1)', '42883', 'function watcher_twice(integer) does not exist', None,
                'No function matches the given name and argument types. You might need to add explicit type casts.')
        equal(other.ask('select count(*) from pg_get_loaded_modules()'), [('0',)])


@check
def settings_that_came_before_their_module():
    with server() as s, wire.session(s) as c:
        c.ask("set watcher.level = 'high'")
        c.ask("set watcher.unknown = 'x'")
        c.send(wire.query("load 'watcher'"))
        said = [wire.error_fields(body)['M'] for kind, body in c.ready() if kind == 'N']
        equal(said, ['invalid value for parameter "watcher.level": "high"',
                     'invalid configuration parameter name "watcher.unknown", removing it'])
        equal(c.ask('show watcher.level'), [('3',)])
    with server(shared_preload_libraries='watcher', **{'watcher.level': 99}) as s, wire.session(s) as c:
        contains(s.log(), 'WARNING:  99 is outside the valid range for parameter "watcher.level" (1 .. 10)')
        equal(c.ask('show watcher.level'), [('3',)])


@check
def what_each_session_loads():
    with server(session_preload_libraries='watcher') as s:
        with wire.session(s) as c:
            equal(c.ask('select watcher_twice(2)'), [('4',)])
    with server(session_preload_libraries=' "watcher" ,nonsense') as s, wire.connect(s) as c:
        c.send(wire.startup())
        said = [wire.error_fields(body) for kind, body in c.rest() if kind == 'E']
        equal([(e['S'], e['C'], e['M']) for e in said], [('FATAL', '58P01', 'could not access file "nonsense": No such file or directory')])
    with server(session_preload_libraries='a,,b') as s, wire.session(s) as c:
        equal(c.ask('select 1'), [('1',)])
        contains(s.log(), 'LOG:  invalid list syntax in parameter "session_preload_libraries"')


@check
def what_a_module_waits_for():
    """Others see the name that it has given only where all processes have it."""
    for settings, name in ({}, 'Extension'), ({'shared_preload_libraries': 'helper'}, 'HelperNap'):
        with server(**settings) as s, wire.session(s) as c, wire.session(s) as other:
            for each in c, other:
                each.ask("load 'helper'")
            c.send(wire.query('select helper_nap()'))
            for each in other, wire.session(s):
                look = f'select wait_event_type, wait_event from pg_stat_activity where pid = {c.pid}'
                wait_until(lambda: each.ask(look) == [('Extension', name)], what=f'it to wait for {name}')
            other.ask(f'select pg_cancel_backend({c.pid})')
            equal([wire.error_fields(body)['C'] for kind, body in c.ready() if kind == 'E'], ['57014'])


@check
def what_is_no_exception():
    """Whoever throws a number ends a session, and nobody else."""
    with server(shared_preload_libraries='helper') as s, wire.session(s) as other:
        said = lambda messages: [(e['S'], e['C'], e['M']) for e in (wire.error_fields(body) for kind, body in messages if kind == 'E')]
        with wire.session(s) as c:
            c.send(wire.query('select helper_throw()'))
            equal(said(c.rest()), [('FATAL', 'XX000', 'unexpected exception')])
        with wire.connect(s) as c:
            c.send(wire.startup(**{'helper.unwelcome': 'on'}))
            equal(said(c.rest()), [('FATAL', 'XX000', 'unexpected exception')])
        equal(other.ask('select 1'), [('1',)])


@check
def what_ordinary_users_may_load():
    with server() as s, wire.session(s, user='trusted') as c:
        refused(c, "load 'watcher'", '42501', 'access to library "watcher" is not allowed')
        refused(c, "load '$libdir/plugins/../watcher'", '42501', 'access to library "$libdir/plugins/../watcher" is not allowed')
        refused(c, "load '$libdir/plugins/watcher'", '58P01', 'could not access file "$libdir/plugins/watcher": No such file or directory')
        with wire.connect(s) as d:
            d.send(wire.startup('trusted', local_preload_libraries='watcher'))
            said = [wire.error_fields(body) for kind, body in d.rest() if kind == 'E']
            equal([(e['S'], e['M']) for e in said], [('FATAL', 'could not access file "$libdir/plugins/watcher": No such file or directory')])


@check
def files_that_are_no_modules():
    with server() as s, wire.session(s) as c:
        own = modules_directory()
        refused(c, "load 'nonsense'", '58P01', 'could not access file "nonsense": No such file or directory')
        refused(c, "load '/nonsense'", '58P01', 'could not access file "/nonsense": No such file or directory')
        refused(c, "load '$libdir/nonsense'", '58P01', 'could not access file "$libdir/nonsense": No such file or directory')
        refused(c, "load '$foo/nonsense'", '42602', 'invalid macro name in dynamic library path: $foo/nonsense')
        refused(c, "load '/etc/passwd'", 'XX000', 'could not load library "/etc/passwd": /etc/passwd: invalid ELF header')
        refused(c, "load '/tmp'", 'XX000', 'could not load library "/tmp": /tmp: cannot read file data: Is a directory')
        refused(c, "load 'no_block'", 'XX000', f'incompatible library "{own}/no_block.so": missing magic block', None,
                'Modules are required to use the FORKLORE_MODULE macro.')
        half = os.path.join(s.root, 'half.so')
        with open(own + '/watcher.so', 'rb') as f, open(half, 'wb') as to:
            to.write(f.read(5000))
        fields = error(c, f"load '{half}'")
        equal(fields['C'], 'XX000')
        contains(fields['M'], 'half.so"')
        equal(c.ask('select 1'), [('1',)])


@check
def names_that_lead_to_no_library():
    with server() as s, wire.session(s) as c:
        # The working directory is on no search path, and what a library needs is not that library's.
        shutil.copy(modules_directory() + '/watcher.so', s.data_dir + '/libzz.so')
        refused(c, "load 'libzz.so'", '58P01', 'could not access file "libzz.so": No such file or directory')
        pipe = os.path.join(s.root, 'pipe')
        os.mkfifo(pipe)
        refused(c, f"load '{pipe}'", 'XX000', f'could not load library "{pipe}": it is not a regular file')
    with server(shared_preload_libraries='helper', **{'helper.function': 'malloc'}) as s:
        wait_until(lambda: f'ERROR:  could not find function "malloc" in file "{modules_directory()}/helper.so"' in s.log())
        with wire.session(s) as c:
            # The server has a function of that name as well.
            equal(c.ask('select helper_own_answer()'), [('42',)])


@check
def a_library_whose_file_is_replaced():
    """What is loaded stays so, for those who are born after the change as well."""
    with tempfile.TemporaryDirectory(prefix='forklore-modules-') as folder:
        file, new = folder + '/helper.so', folder + '/new'
        shutil.copy(modules_directory() + '/helper.so', file)
        with server(shared_preload_libraries='helper', dynamic_library_path=folder, **{'helper.function': 'helper_idle'}) as s, wire.session(s) as c:
            def others(before):
                return [pid for pid in s.children() if harness.title(pid) == 'forklore: helper' and pid not in before]
            pids = wait_until(lambda: others([]), what='the worker')
            for change in (lambda: (shutil.copy(file, new), os.rename(new, file)), lambda: os.remove(file)):
                change()
                os.kill(pids[-1], signal.SIGTERM)
                pids += wait_until(lambda: others(pids), what='the worker to come back')
                with wire.session(s) as later:
                    later.ask("load 'helper'")
                    later.ask("create or replace function f() returns integer as 'helper', 'own_answer' language c")
                    equal(later.ask('select f(), helper_own_answer()'), [('42', '42')])
                c.ask("load 'helper'")
            assert 'ERROR' not in s.log(), s.log()


@check
def modules_for_another_server():
    with server() as s, wire.session(s) as c:
        own = modules_directory()
        refused(c, "load 'old'", 'XX000', f'incompatible library "{own}/old.so": version mismatch',
                'Server is version 0.1, library is version 0.0.9.')
        fields = error(c, "load 'other_abi'")
        equal((fields['C'], fields['M']), ('XX000', f'incompatible library "{own}/other_abi.so": ABI mismatch'))
        contains(fields['D'], 'library has "headers 0123456789abcdef, C++ ABI 1017.1".')
        contains(fields['D'], 'Server has ABI "headers ')
        equal(c.ask('select 1'), [('1',)])
    log = failed_start(shared_preload_libraries='old')
    contains(log, f'FATAL:  incompatible library "{modules_directory()}/old.so": version mismatch')
    contains(log, 'DETAIL:  Server is version 0.1, library is version 0.0.9.')


@check
def a_module_that_throws():
    with server() as s, wire.session(s) as c:
        for what, code, message in (('error', '53000', 'nothing works here'),
                                    ('exception', '38000', 'module "thrower" could not be loaded: something standard'),
                                    ('unknown', '38000', 'module "thrower" could not be loaded: unknown exception')):
            c.ask(f"set thrower.what = '{what}'; set thrower.other = '{what}'")
            fields = error(c, "load 'thrower'")
            equal((fields['C'], fields['M']), (code, message))
            # Nothing of it has stayed: not its hook, which would end this process, nor anything else.
            equal(c.ask('select count(*) from pg_get_loaded_modules()'), [('0',)])
            refused(c, 'select thrower_one()', '42883', 'function thrower_one() does not exist', None,
                    'No function matches the given name and argument types. You might need to add explicit type casts.')
            refused(c, 'select * from thrower_view', '42P01', 'relation "thrower_view" does not exist')
            # What was set in its name is still there, for when it will be loaded.
            equal(c.ask('show thrower.other'), [(what,)])
    log = failed_start(shared_preload_libraries='thrower', **{'thrower.what': 'error'})
    contains(log, 'FATAL:  nothing works here')
    contains(log, 'CONTEXT:  loading module "thrower"')


@check
def a_module_that_aborts():
    with server() as s:
        with wire.session(s) as other:
            c = wire.session(s)
            c.send(wire.query("load 'aborter'"))
            equal(c.rest(), [])
            # Nobody knows what it did to what is shared, so that is made anew.
            wait_until(lambda: 'all server processes terminated; reinitializing' in s.log(), what='the server to start over')
            assert 'was terminated by signal 6' in s.log()
        with wire.session(s) as c:
            equal(c.ask('select 1'), [('1',)])
    try:
        with server(shared_preload_libraries='aborter'):
            raise AssertionError('the server has started')
    except AssertionError as failure:
        contains(str(failure), 'did not start (status -6)')


@check
def a_module_that_keeps_a_lock():
    with server() as s, wire.session(s) as c:
        for _ in range(2):
            c.ask('set keeper.in_entry = on')
            fields = error(c, "load 'keeper'")
            equal((fields['C'], fields['M']), ('38000', 'module "keeper" has kept a lock that it took while it was loaded'))
            equal(c.ask('select 1'), [('1',)])
        # Whoever holds a lock hears no interrupts.
        c.ask("set statement_timeout = '10ms'")
        equal(error(c, 'select pg_sleep(60)')['C'], '57014')
        # The same for a function: whether it returns or throws, nobody has the lock afterwards.
        c.ask('set keeper.in_entry = off')
        c.ask("load 'keeper'")
        for _ in range(2):
            refused(c, 'select keep_lock(1)', '38000', '1 light-weight lock was kept beyond the end of the statement', None,
                    'Functions of modules must give back what they take, for which there is LWLockGuard.')
            refused(c, 'select keep_lock(0)', '22012', 'division by zero')
            equal(error(c, 'select pg_sleep(60)')['C'], '57014')
        c.ask('begin')
        c.ask('select keep_lock(1)')
        equal(error(c, 'commit')['C'], '38000')
        # A notification, which takes a lock when it commits, is not in the way, nor is one that cannot.
        c.ask("notify a, 'b'")


@check
def two_modules_with_one_prefix():
    with server(shared_preload_libraries='watcher') as s, wire.session(s) as c:
        fields = error(c, "load 'twin'")
        equal((fields['C'], fields['M']), ('42710', 'parameter prefix "watcher" is already reserved by module "watcher"'))
        fields = error(c, 'show watcher.twin')
        equal(fields['C'], '42704')
    log = failed_start(shared_preload_libraries='watcher,twin')
    contains(log, 'FATAL:  parameter prefix "watcher" is already reserved by module "watcher"')


@check
def a_module_that_comes_too_late():
    with server() as s, wire.session(s) as c:
        fields = error(c, "load 'shared_counter'")
        equal((fields['C'], fields['M']), ('55000', 'module "shared_counter" must be loaded via "shared_preload_libraries"'))
        fields = error(c, "load 'late'")
        equal((fields['C'], fields['M']), ('55P02', 'parameter "late.fixed" can only be defined while the server starts'))
        equal(fields['H'], 'Add "late" to "shared_preload_libraries" and restart the server.')
        equal(c.ask('select 1'), [('1',)])


@check
def a_module_that_does_not_stop():
    with server(shared_preload_libraries='stubborn') as s:
        c = wire.session(s)
        c.send(wire.query('select stubborn_loop()'))
        pid = wait_until(lambda: [p for p in s.client_children() if 'SELECT' in harness.title(p)], what='the loop to run')[0]
        # It hears neither a fast shutdown nor an immediate one, and is killed after a while.
        process = s.process
        process.send_signal(signal.SIGINT)
        wait_until(lambda: 'received fast shutdown request' in s.log())
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
        assert not harness.alive(pid)


@check
def counters_that_all_sessions_share():
    with server(shared_preload_libraries='shared_counter', **{'shared_counter.max': 3}) as s, wire.session(s) as c, wire.session(s) as other:
        equal(c.ask("select shared_counter_add('a', 3)"), [('3',)])
        equal(other.ask("select shared_counter_add('a', 4), shared_counter_add('b', 1)"), [('7', '1')])
        c.ask("select shared_counter_add('c', 9223372036854775807)")
        refused(c, "select shared_counter_add('c', 1)", '22003', 'bigint out of range')
        refused(c, "select shared_counter_add('d', 1)", '53400', 'too many counters', None,
                'You might need to increase "shared_counter.max" and restart the server.')
        refused(c, "select shared_counter_add('', 1)", '22023', "a counter's name has 1 to 63 bytes")
        equal(other.ask('select * from shared_counters'), [('a', '7'), ('b', '1'), ('c', '9223372036854775807')])
        equal(c.ask("select count(*) from pg_shmem_allocations where name = 'Shared Counters'"), [('1',)])
        # A session that dies of a bad signal takes what is shared with it; the counters begin anew.
        os.kill(other.pid, signal.SIGSEGV)
        wait_until(lambda: 'all server processes terminated; reinitializing' in s.log(), what='the server to start over')
        with wire.session(s) as d:
            equal(d.ask("select shared_counter_add('a', 1)"), [('1',)])


@check
def functions_in_c():
    declare = "create function add_one(integer) returns integer as 'functions', 'add_one' language c strict immutable"
    with server() as s, wire.session(s) as c, wire.session(s) as earlier:
        own = modules_directory()
        c.ask(declare)
        equal(c.ask('select add_one(41), add_one(null) is null'), [('42', 't')])
        c.ask("create function join_words(left_one text, text) returns text as 'functions', 'join' language c")
        equal(c.ask("select join_words('a', 'b'), join_words('a', null)"), [('a-b', 'a-nothing')])
        loaded = s.log().count('functions are loaded')
        equal(loaded, 1)
        with wire.session(s) as later:
            # Known from the start, loaded when it is called.
            equal(s.log().count('functions are loaded'), 1)
            equal(later.ask('select add_one(n) from generate_series(1, 3) n'), [('2',), ('3',), ('4',)])
            equal(s.log().count('functions are loaded'), 2)
        missing = 'No function matches the given name and argument types. You might need to add explicit type casts.'
        refused(earlier, 'select add_one(1)', '42883', 'function add_one(integer) does not exist', None, missing)
        for sql, code, message in (
                (declare, '42723', 'function "add_one" already exists with same argument types'),
                (declare.replace('create', 'create or replace').replace('returns integer', 'returns text'), '42P13',
                 'cannot change return type of existing function'),
                (declare.replace("'add_one'", "'nothing'").replace('add_one', 'f'), '42883',
                 f'could not find function "nothing" in file "{own}/functions.so"'),
                (declare.replace("'add_one'", "'no_function'").replace('add_one', 'f'), '42883',
                 f'could not find function "no_function" in file "{own}/functions.so"'),
                (declare.replace('functions', 'nonsense').replace('function add_one', 'function f'), '58P01',
                 'could not access file "nonsense": No such file or directory'),
                ("create function f(text) returns integer as 'functions', 'add_one' language c", '42P13',
                 'function "add_one" in library "functions" is of another type'),
                ("create function f(nosuch) returns integer as 'functions', 'add_one' language c", '42704', 'type "nosuch" does not exist'),
                ("create function f(int) returns int as 'functions'", '42P13', 'no language specified'),
                ("create function f(int) returns int as 'functions' language foo", '42704', 'language "foo" does not exist'),
                ("create function f(int) returns int as 'x' language c immutable stable", '42601', 'conflicting or redundant options'),
                ("create function f(int) returns int as 'select 1' language sql", '0A000',
                 'CREATE FUNCTION in language sql is not supported yet'),
                ('drop function abs(int)', '2BP01', 'cannot drop function abs because it is required by the database system'),
                ('drop function nothing', '42883', 'could not find a function named "nothing"'),
                ('drop function nothing(int, text)', '42883', 'function nothing(integer, text) does not exist')):
            fields = error(c, sql)
            equal((sql, fields['C'], fields['M']), (sql, code, message))
        with wire.session(s, user='trusted') as d:
            refused(d, declare, '42501', 'permission denied for language c')
            refused(d, 'drop function add_one', '42501', 'must be superuser to drop a function')
        c.ask('begin')
        equal(error(c, 'drop function add_one')['C'], '25001')
        c.ask('rollback')
        # What was made before a restart is there after it.
        c.ask('prepare p as select add_one(1)')
        c.ask(declare.replace('create', 'create or replace'))
        equal(c.ask('execute p'), [('2',)])
        c.ask('drop function if exists add_one')
        equal(error(c, 'execute p')['C'], '42883')
        equal(error(c, 'select add_one(1)')['C'], '42883')
        c.ask('drop function if exists add_one')
        s.restart()
        with wire.session(s) as d:
            equal(d.ask("select join_words('a', 'c')"), [('a-c',)])
            equal(error(d, 'select add_one(1)')['C'], '42883')


@check
def the_file_of_functions():
    """It is read once by the postmaster, not by each session; what is wrong with it harms nothing else."""
    declare = "create function {}(integer) returns integer as 'functions', 'add_one' language c"
    with server(log_line_prefix='%p ') as s, wire.session(s) as c:
        c.ask(declare.format('a'))
        with open(s.data_dir + '/c_functions', 'a') as f:
            f.write('rubbish\n')
        s.reload()
        ignored = 'LOG:  a line of file "c_functions" is ignored: rubbish'
        wait_until(lambda: f'{s.process.pid} {ignored}' in s.log(), what='the postmaster to read it')
        before = s.log().count(ignored)
        for _ in range(3):
            with wire.session(s) as d:
                equal(d.ask('select a(1)'), [('2',)])
        equal(s.log().count(ignored), before)
        # Where it cannot be written, nothing has changed.
        os.mkdir(f'{s.data_dir}/c_functions.{c.pid}.new')
        for sql in (declare.format('b'), declare.format('a').replace('create', 'create or replace').replace('add_one', 'twice'), 'drop function a'):
            fields = error(c, sql)
            equal((fields['C'], fields['M']), ('42809', f'could not create file "./c_functions.{c.pid}.new": Is a directory'))
        equal(c.ask('select a(1)'), [('2',)])
        equal(error(c, 'select b(1)')['C'], '42883')
        os.rmdir(f'{s.data_dir}/c_functions.{c.pid}.new')
        c.ask(declare.format('b'))
        equal(c.ask('select a(1), b(2)'), [('2', '3')])
        # Who waits for another one that writes can be cancelled, and has not loaded anything under its lock.
        directory = os.open(s.data_dir, os.O_RDONLY)
        fcntl.flock(directory, fcntl.LOCK_EX)
        c.send(wire.query('drop function a'))
        with wire.session(s) as d:
            wait_until(lambda: d.ask(f'select wait_event from pg_stat_activity where pid = {c.pid}') == [('DirectoryLock',)], what='it to wait')
            d.ask(f'select pg_cancel_backend({c.pid})')
            equal([wire.error_fields(body)['C'] for kind, body in c.ready() if kind == 'E'], ['57014'])
            os.close(directory)
            d.ask('drop function a')
        equal(error(c, 'create or replace ' + declare.format('a')[7:].replace("'add_one'", "'nothing'"))['C'], '42883')


@check
def functions_are_not_lost_with_their_file():
    """A file that cannot be read is not an empty one, and a line that cannot be understood today is kept."""
    declare = "create function {}(integer) returns integer as 'functions', 'add_one' language c"
    later = 'later\tnosuchtype\tint4\tv\tstrict\tfunctions\tadd_one'
    with server(log_line_prefix='%p ') as s, wire.session(s) as c:
        path, saved = s.data_dir + '/c_functions', s.data_dir + '/saved'
        for name in 'ab':
            c.ask(declare.format(name))
        with open(path, 'a') as f:
            f.write(later + '\n')
        c.ask(declare.format('d'))
        c.ask('drop function b')
        with open(path) as f:
            equal([line.split('\t')[0] for line in f if line[0] != '#'], ['a', 'later', 'd'])
        with open(path) as f:
            contains(f.read(), later + '\n')
        # It cannot be read.
        os.rename(path, saved)
        os.mkdir(path)
        s.reload()
        cannot = 'could not read file "./c_functions": Is a directory'
        wait_until(lambda: f'{s.process.pid} LOG:  {cannot}' in s.log(), what='the postmaster to see it')
        for sql in (declare.format('e'), 'drop function a'):
            fields = error(c, sql)
            equal((fields['C'], fields['M']), ('F0000', cannot))
        equal(c.ask('select a(1), d(1)'), [('2', '2')])
        os.rmdir(path)
        os.rename(saved, path)
        with wire.session(s) as d:
            d.ask(declare.format('e'))
            equal(d.ask('select a(1), d(1), e(1)'), [('2', '2', '2')])
        equal(s.log().count(f'{s.process.pid} LOG:  {cannot}'), 1)
        # Nor are the drafts of those who were killed while they wrote kept for ever. Nobody else's files are touched.
        drafts, others = ('c_functions.4711.new', 'scheduler_jobs.1.new'), ('news.new', 'c_functions.old.new', '4711.new.txt')
        for name in drafts + others:
            open(f'{s.data_dir}/{name}', 'w').close()
        s.restart()
        equal([name for name in drafts + others if os.path.exists(f'{s.data_dir}/{name}')], list(others))
        # Without a file there are none.
        with wire.session(s) as d:
            equal(d.ask('select a(1), d(1), e(1)'), [('2', '2', '2')])
            os.rename(path, saved)
            with wire.session(s) as e:
                equal(error(e, 'select a(1)')['C'], '42883')


def main():
    global options
    options = harness.arguments()
    report = harness.Report('modules')
    for one in harness.CHECKS:
        if not options.checks or any(one.__name__.startswith(c) for c in options.checks):
            harness.run_check(report, one, None, 120)
    report.summary('modules')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
