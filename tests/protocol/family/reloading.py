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
