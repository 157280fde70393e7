"""Settings and rules that are read again."""
import harness
import wire
from common import can_log_in, log_in_fails, show, start
from harness import check, contains, equal, wait_until


def append(server, text):
    with open(server.conf_path, 'a') as f:
        f.write('\n' + text + '\n')


@check
def reload_reaches_every_process():
    with start() as s:
        c = wire.session(s)
        equal(c.ask('show work_mem'), [('4MB',)])
        append(s, "work_mem = '7MB'\nmax_connections = 55\nDateStyle = 'German'")
        s.reload()
        wait_until(lambda: c.ask('show work_mem') == [('7MB',)], what='the running session')
        equal(c.parameters['DateStyle'], 'German, DMY')
        equal(show(s, 'work_mem'), '7MB')
        equal(show(s, 'max_connections'), '100')
        contains(s.log(), 'received SIGHUP, reloading configuration files')
        contains(s.log(), 'parameter "max_connections" cannot be changed without restarting the server')
        equal(wire.session(s).ask("select name, setting from pg_settings where pending_restart"), [('max_connections', '100')])


@check
def reload_does_not_override_the_session():
    with start() as s:
        c = wire.session(s)
        c.ask("set work_mem = '9MB'")
        append(s, "work_mem = '7MB'")
        s.reload()
        wait_until(lambda: show(s, 'work_mem') == '7MB', what='new sessions')
        equal(c.ask('show work_mem'), [('9MB',)])
        c.ask('reset work_mem')
        wait_until(lambda: c.ask('show work_mem') == [('7MB',)], what='the value of the file')


@check
def settings_of_the_line_are_the_kernels():
    names = ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout')
    with start({'tcp_keepalives_interval': '11'}) as s:
        with wire.session(s, by_socket=True, tcp_keepalives_idle='7') as c:
            c.ask('set tcp_keepalives_count = 3')
            equal([c.ask(f'show {name}') for name in names], [[('0',)]] * 4, 'over a Unix socket')
        with wire.session(s) as c:
            usual = c.ask('show tcp_keepalives_idle')
            assert int(usual[0][0]) > 0, usual      # the kernel's, since nothing has been said
        with wire.session(s, tcp_keepalives_count='3') as c:
            c.ask('set tcp_keepalives_idle = 77')
            c.ask("set tcp_user_timeout = '5s'")
            equal([c.ask(f'show {name}')[0][0] for name in names], ['77', '11', '3', '5000'])
            c.ask('set tcp_keepalives_idle = 1000000')      # more than the kernel takes
            equal(c.ask('show tcp_keepalives_idle'), [('77',)])
            c.ask('set tcp_keepalives_idle = 0')
            equal(c.ask('show tcp_keepalives_idle'), usual)
            equal(c.ask("select setting, unit from pg_settings where name = 'tcp_user_timeout'"), [('5000', 'ms')])
        contains(s.log(), 'setsockopt(TCP_KEEPIDLE) failed: Invalid argument')


@check
def broken_file_is_ignored_as_a_whole():
    with start() as s:
        append(s, "work_mem = '7MB'\nthis is not a setting")
        s.reload()
        wait_until(lambda: 'contains errors' in s.log(), what='the complaint')
        contains(s.log(), 'syntax error in file "' + s.conf_path + '" line ')
        equal(show(s, 'work_mem'), '4MB')


@check
def wrong_value_in_the_file():
    with start() as s:
        append(s, "work_mem = 'much'\nstatement_timeout = 5s\nnosuch = 1")
        s.reload()
        wait_until(lambda: 'contains errors' in s.log(), what='the complaint')
        contains(s.log(), 'unrecognized configuration parameter "nosuch" in file')
        equal(show(s, 'work_mem'), '4MB')


@check
def rules_that_cannot_match():
    with start(hba='local all all trust\nhostssl all all 127.0.0.1/32 trust\n') as s:
        contains(s.log(), 'LOG:  hostssl record cannot match because SSL is disabled\n')
        contains(s.log(), f'HINT:  Set ssl = on in {s.conf_file}.\n')
        contains(s.log(), f'CONTEXT:  line 2 of configuration file "{s.data_dir}/{s.hba_file}"\n')


@check
def rules_are_reloaded():
    with start() as s:
        equal(log_in_fails(s, user='rejected')[1], '28000')
        s.write_hba('host all rejected 127.0.0.1/32 trust\n' + harness.HBA_RULES)
        s.reload()
        wait_until(lambda: can_log_in(s, 'rejected'), what='the new rules')
        s.write_hba('nonsense all all trust\nhost all all 127.0.0.1/32 reject\n')
        s.reload()
        wait_until(lambda: 'was not reloaded' in s.log(), what='the complaint')
        contains(s.log(), 'invalid connection type "nonsense"')
        assert can_log_in(s, 'rejected')
