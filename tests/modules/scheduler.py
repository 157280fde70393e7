#!/usr/bin/python3
"""The scheduler on a whole server: jobs that run, jobs that fail, and what becomes of them when somebody dies.

    scheduler.py --server PROGRAM [first words of a check…]

No check asserts a time: each waits until the server says that something has happened.
"""
import contextlib
import os
import random
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import alive, check, contains, equal, title

options = None
FOR_EVER = 'select pg_sleep(100000)'


def wait_until(condition, what):
    return harness.wait_until(condition, 60, what)


def start(**settings):
    return harness.new_server(options, settings={'shared_preload_libraries': 'scheduler', **settings})


class Sql:
    """A session that looks after jobs."""
    def __init__(self, server, user=harness.SUPERUSER):
        self.c = wire.connect(server, timeout=60)
        self.c.log_in(user=user)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.c.close()

    def ask(self, sql):
        return self.c.ask(sql)

    def value(self, sql):
        return self.ask('select ' + sql)[0][0]

    def schedule(self, name, when, command):
        return self.value(f"schedule('{name}', '{when}', $c${command}$c$)")

    def error(self, sql):
        """SQLSTATE, message, detail of the one error that a query leads to; and the session goes on."""
        self.c.send(wire.query('select ' + sql))
        (fields,) = [wire.error_fields(body) for kind, body in self.c.ready() if kind == 'E']
        equal((fields['S'], self.value('1')), ('ERROR', '1'))
        return fields['C'], fields['M'], fields.get('D')

    def runs(self, name, columns='status, message', condition='true'):
        return self.ask(f"select {columns} from job_runs where name = '{name}' and {condition} order by run")

    def statuses(self, name):
        return [status for (status,) in self.runs(name, 'status')]

    def ended(self, name, count=1):
        """Waits for so many runs that have ended: their statuses and messages."""
        return wait_until(lambda: (done := self.runs(name, condition='end_time is not null'))[count - 1:] and done, f'{count} runs of {name}')

    def running(self, name, *before):
        """Waits for a run that sleeps: its pid, when it is none of those."""
        pids = lambda: self.ask(f"""select r.pid from job_runs r join pg_stat_activity a on a.pid = r.pid
                                     where r.name = '{name}' and r.status = 'running' and a.wait_event = 'PgSleep'""")
        return wait_until(lambda: next((int(p) for (p,) in pids() if int(p) not in before), None), f'{name} to run')


def launcher(server, *before):
    """The launcher's pid, when it is none of those."""
    return wait_until(lambda: next((p for p in server.children() if title(p) == 'forklore: scheduler' and p not in before), None),
                      'a launcher')


def kill_asleep(sql, pid, how=signal.SIGKILL):
    """Kills the launcher at a moment when it holds nothing."""
    def asleep():
        os.kill(pid, signal.SIGSTOP)
        harness.wait_until(lambda: read(f'/proc/{pid}/stat').rpartition(')')[2].split()[0] == 'T', 60, 'it to stop')
        if sql.ask(f'select wait_event from pg_stat_activity where pid = {pid}') == [('SchedulerMain',)]:
            return True
        os.kill(pid, signal.SIGCONT)
    wait_until(asleep, 'it to sleep')
    os.kill(pid, how)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def jobs_file(server):
    return server.data_dir + '/scheduler_jobs'


def read(path):
    with open(path) as f:
        return f.read()


def no_reset(server):
    assert 'terminating any other' not in server.log(), server.log()[-2000:]


# A minute is the shortest time of a cron line, so this one runs while the other checks do.
late = contextlib.ExitStack()
late.sql = None


@check
def a_cron_line_begins_its_wait():
    late.server = late.enter_context(start())
    late.sql = late.enter_context(Sql(late.server))
    late.sql.schedule('every minute', '* * * * *', 'select 7')
    wait_until(lambda: late.sql.ask("""select extract(second from next_due), next_due > now(), next_due <= now() + interval '1 minute'
                                         from scheduled_jobs""") == [('0.000000', 't', 't')], 'its time')


@check
def jobs_run_and_fail_and_run_again():
    with start() as s, Sql(s) as q:
        q.ask('listen seen')
        equal(q.schedule('tells', '1 second', "select pg_notify('seen', current_user || ' in ' || current_database())"), '1')
        equal(q.schedule('fails', '1 second', 'select 1; select 1/0'), '2')
        q.schedule('open', '1 second', 'begin; select 1')
        q.schedule('closed', '1 second', 'begin; select 1; commit')
        heard = [q.c.until('A')[-1][1][4:].split(b'\0')[:2] for _ in range(2)]
        equal(heard, [[b'seen', b'tester in postgres']] * 2)
        equal(q.ended('tells', 2)[:2], [('succeeded', 'SELECT 1')] * 2)
        equal(q.ended('fails', 2)[:2], [('failed', 'division by zero')] * 2)
        contains(s.log(), 'ERROR:  division by zero')
        equal(q.ended('open')[0], ('failed', 'the command has begun a transaction and not ended it'))
        equal(q.ended('closed')[0], ('succeeded', 'COMMIT'))
        equal(q.ask("""select job, database, role, pid is null, start_time <= end_time, end_time <= now() from job_runs
                        where name = 'tells' and end_time is not null order by run limit 1"""), [('1', 'postgres', 'tester', 'f', 't', 't')])
        equal(q.ask('select job, name, schedule, command, database, role, active from scheduled_jobs where job = 2'),
              [('2', 'fails', '1 second', 'select 1; select 1/0', 'postgres', 'tester', 't')])
        no_reset(s)


@check
def jobs_outlive_the_server():
    with start() as s:
        with Sql(s) as q:
            q.schedule('a', '@hourly', 'select 1')
            q.schedule('back\\n', '30 4 * * mon-fri', "select 'two\nlines\\t'")
            equal(q.schedule('gone', '1 hour', 'select 3'), '3')
            equal(q.value("unschedule('gone')"), 't')
            equal(q.value("alter_job(1, null, null, false)"), 't')
            before = q.ask('select job, name, schedule, command, database, role, active from scheduled_jobs')
            equal(before[0], ('1', 'a', '@hourly', 'select 1', 'postgres', 'tester', 'f'))
            equal(before[1][1:4], ('back\\n', '30 4 * * mon-fri', "select 'two\nlines\\t'"))
            wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '1', 'the second one to be due')
        equal(s.stop(), 0)
        s.start()
        with Sql(s) as q:
            equal(q.ask('select job, name, schedule, command, database, role, active from scheduled_jobs'), before)
            equal(q.schedule('new', '1 hour', 'select 3'), '4', 'a number that nobody has had')
            wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '2', 'two to be due')
            equal(q.value('alter_job(1, null, null, true)'), 't')
            wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '3', 'all to be due')


@check
def a_job_is_changed():
    with start() as s, Sql(s) as q:
        job = q.schedule('j', '1 hour', 'select 1')
        equal(q.schedule('j', '1 second', 'values (1), (2)'), job)
        equal(q.ended('j')[0], ('succeeded', 'SELECT 2'))
        q.value(f"alter_job({job}, null, 'select 1/0', null)")
        wait_until(lambda: 'failed' in q.statuses('j'), 'the new command')
        q.value(f"alter_job({job}, '0 0 1 1 *', null, null)")
        wait_until(lambda: q.value("to_char(next_due, 'MM-DD HH24:MI') from scheduled_jobs") == '01-01 00:00', 'the new time')
        q.value(f'alter_job({job}, null, null, false)')
        wait_until(lambda: q.value('next_due is null from scheduled_jobs') == 't', 'no time')
        equal(q.value('alter_job(null, null, null, true)'), None)


@check
def not_twice_at_once():
    with start() as s, Sql(s) as q:
        q.schedule('sleeps', '1 second', FOR_EVER)
        pid = q.running('sleeps')
        wait_until(lambda: int(q.value('passed_over from scheduled_jobs')) >= 2, 'it to be due twice')
        equal(q.runs('sleeps', 'status, pid'), [('running', str(pid))])
        equal(q.value('run from scheduled_jobs'), '1')
        equal(q.value(f'pg_cancel_backend({pid})'), 't')
        equal(q.ended('sleeps')[0], ('failed', 'canceling statement due to user request'))
        second = q.running('sleeps', pid)
        equal(q.value(f'pg_terminate_backend({second})'), 't')
        equal(q.ended('sleeps', 2)[1], ('failed', 'terminating background worker "job sleeps" due to administrator command'))
        q.running('sleeps', pid, second)
        no_reset(s)


@check
def a_job_is_killed():
    with start() as s, Sql(s) as q:
        q.schedule('sleeps', '1 second', FOR_EVER)
        first = q.running('sleeps')
        before = launcher(s)
        os.kill(first, signal.SIGKILL)
        equal(q.ended('sleeps')[0], ('killed', 'its process ended before its work did'))
        q.running('sleeps', first)
        equal(launcher(s), before)
        no_reset(s)


@check
def the_launcher_is_killed():
    """What runs goes on running, and is not started a second time; and nothing is forgotten of it, nor of the others."""
    with start() as s, Sql(s) as q:
        q.schedule('sleeps', '1 second', FOR_EVER)
        q.schedule('yearly', '@yearly', 'select 1')
        job = q.running('sleeps')
        pids = [launcher(s)]
        for how in (signal.SIGKILL, signal.SIGTERM):
            over = int(q.value('passed_over from scheduled_jobs where run is not null'))
            kill_asleep(q, pids[-1], how)
            pids.append(launcher(s, *pids))
            wait_until(lambda: int(q.value('passed_over from scheduled_jobs where run is not null')) > over, 'it to be due again')
        equal(q.runs('sleeps', 'status, pid'), [('running', str(job))])
        equal(q.value("count(*) from scheduled_jobs where next_due is not null"), '2')
        # Nothing else wakes the next one: it must look by itself for the end of what it has not started.
        q.value("alter_job(1, '@yearly', null, null)")
        wait_until(lambda: q.value("to_char(next_due, 'MM-DD') from scheduled_jobs where job = 1") == '01-01', 'another time')
        kill_asleep(q, pids[-1])
        launcher(s, *pids)
        os.kill(job, signal.SIGKILL)
        equal(q.ended('sleeps')[0], ('killed', 'its process ended before its work did'))
        q.value("alter_job(1, '1 second', null, null)")
        q.running('sleeps', job)
        equal(len(q.runs('sleeps')), 2)
        no_reset(s)


@check
def the_server_begins_anew():
    with start() as s:
        with Sql(s) as q:
            q.schedule('sleeps', '1 second', FOR_EVER)
            q.schedule('counts', '1 second', 'select 1')
            q.ended('counts')
            job = q.running('sleeps')
            os.kill(job, signal.SIGABRT)
            q.c.rest()
        wait_until(lambda: 'reinitializing' in s.log(), 'a fresh start')
        with Sql(s) as q:
            q.ended('counts')
            q.running('sleeps', job)
            equal(q.value('min(run) from job_runs'), '1', 'a new history')
        equal(s.stop(), 0)


@check
def shutdowns_while_jobs_run():
    with start() as s:
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            with Sql(s) as q:
                q.schedule('sleeps', '1 second', FOR_EVER)
                job = q.running('sleeps')
            equal(s.stop(how), 0)
            assert not alive(job)
            s.start()
        with Sql(s) as q:
            q.running('sleeps')
            equal(q.value('count(*) from scheduled_jobs'), '1')


SHORT = 'jobs are due and wait: all background worker slots are taken'


@check
def fifty_at_once_and_eight_workers():
    """Who finds no worker waits for one, and nobody waits for ever."""
    with start(max_worker_processes=8) as s:
        with Sql(s) as q:
            q.schedule('first', '1 second', 'select 0')
        s.stop()
        with open(jobs_file(s), 'a') as f:      # read at once, and so due at once
            for i in range(2, 51):
                f.write(f'{i}\tactive\tpostgres\ttester\tjob {i}\t1 second\tselect {i}\n')
        s.start()
        with Sql(s) as q:
            wait_until(lambda: q.value("count(distinct job) from job_runs where status = 'succeeded'") == '50', 'each to have run')
            equal(q.ask("select status, message from job_runs where status not in ('starting', 'running', 'succeeded')"), [])
            contains(s.log(), SHORT)
        equal(s.stop(), 0)
        no_reset(s)


@check
def who_finds_no_worker_stays_due():
    is_late = "next_due < now() - interval '1 second' from scheduled_jobs where name = 'waits'"
    with start(max_worker_processes=2) as s, Sql(s) as q:
        q.schedule('sleeps', '1 second', FOR_EVER)
        pid = q.running('sleeps')
        q.schedule('waits', '1 second', 'select 1')
        wait_until(lambda: q.value(is_late) == 't', 'it to be late')
        equal((q.runs('waits'), s.log().count(SHORT)), ([], 1))
        q.value('alter_job(1, null, null, false)')
        equal(q.value(f'pg_cancel_backend({pid})'), 't')
        equal(q.ended('waits')[0], ('succeeded', 'SELECT 1'))
        wait_until(lambda: q.value(is_late) == 'f', 'it to have another time')
        equal(s.log().count(SHORT), 1)


@check
def whose_jobs():
    with start() as s, Sql(s) as q, Sql(s, 'trusted') as other:
        equal(q.schedule('mine', '1 hour', 'select 1'), '1')
        equal(other.schedule('mine', '1 second', 'select pg_notify(current_user, session_user)'), '2')
        equal(other.ended('mine')[0], ('succeeded', 'SELECT 1'))
        equal(q.value("role from job_runs where job = 2 limit 1"), 'trusted')
        equal(other.ask('select job, role from scheduled_jobs'), [('2', 'trusted')])
        equal(q.value('count(*) from scheduled_jobs'), '2')
        equal(other.error('unschedule(1)'), ('42501', 'must be owner of job 1', None))
        equal(other.error("alter_job(1, null, 'select 2', null)"), ('42501', 'must be owner of job 1', None))
        equal(other.error("schedule_in_database('x', '1 hour', 'select 1', 'postgres', 'tester')"),
              ('42501', 'permission denied to schedule a job as role "tester"', None))
        equal(q.value("schedule_in_database('x', '1 second', 'select current_user', 'postgres', 'trusted')"), '3')
        equal(other.ended('x')[0], ('succeeded', 'SELECT 1'))
        equal(q.value('unschedule(2)'), 't')
        equal(other.value('unschedule(3)'), 't')
        equal(other.value('count(*) from scheduled_jobs'), '0')
        equal(q.value("unschedule('mine')"), 't')


@check
def rows_take_no_memory():
    with start() as s, Sql(s) as q:
        q.schedule('few', '1 second', FOR_EVER)
        q.schedule('many', '1 second', f'select i from generate_series(1, 500000) i; {FOR_EVER}')
        few, many = (int(re.search(r'VmHWM:\s*(\d+) kB', read(f'/proc/{q.running(name)}/status'))[1]) for name in ('few', 'many'))
        assert many < few + 15_000, f'{many} kB at most, and {few} for nothing'


def role(server, *arguments):
    done = subprocess.run([server.program, 'role', '--data-dir', server.data_dir, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    equal(done.returncode, 0, done.stdout)


@check
def a_role_that_may_no_longer():
    with start() as s, Sql(s) as q:
        q.value("schedule_in_database('j', '1 second', 'select 1', 'postgres', 'trusted')")
        q.ended('j')
        for how, message in ((('alter', 'trusted', '--no-login'), 'role "trusted" is not permitted to log in'),
                             (('drop', 'trusted'), 'role "trusted" does not exist')):
            role(s, *how)
            wait_until(lambda: ('failed', message) in q.runs('j'), message)
        role(s, 'create', 'trusted')
        done = len(q.runs('j'))
        wait_until(lambda: 'succeeded' in q.statuses('j')[done:], 'it to run again')


@check
def unscheduled_while_it_runs():
    with start() as s, Sql(s) as q:
        q.schedule('j', '1 second', FOR_EVER)
        pid = q.running('j')
        q.value("unschedule('j')")
        q.schedule('other', '1 second', 'select 1')
        q.ended('other')
        equal(q.statuses('j'), ['running'])
        q.value(f'pg_cancel_backend({pid})')
        equal(q.ended('j'), [('failed', 'canceling statement due to user request')])
        q.ended('other', 3)
        equal(len(q.runs('j')), 1)


@check
def a_history_of_a_few():
    with start(**{'scheduler.max_runs': 3}) as s, Sql(s) as q:
        for name in ('i', 'j', 'k'):
            q.schedule(name, '1 second', 'select 1')
        wait_until(lambda: int(q.value('coalesce(max(run), 0) from job_runs')) >= 6, 'six runs')
        equal(q.ask('select count(*), max(run) - min(run) from job_runs'), [('3', '2')])


@check
def whose_clocks():
    noon = "to_char(next_due at time zone 'GMT', 'HH24:MI') from scheduled_jobs where name = 'noon'"
    with start() as s, Sql(s) as q:
        q.schedule('noon', '0 12 * * *', 'select 1')
        wait_until(lambda: q.value(noon) == '12:00', 'noon in Greenwich')
        for zone, when in (('asia/kolkata', '06:30'), ('nowhere', '06:30'), ('UTC', '12:00')):
            with open(s.conf_path, 'a') as f:
                f.write(f"scheduler.time_zone = '{zone}'\n")
            q.value('pg_reload_conf()')
            if zone == 'nowhere':
                wait_until(lambda: 'invalid value for parameter "scheduler.time_zone": "nowhere"' in s.log(), 'a refusal')
            wait_until(lambda: q.value(noon) == when, f'noon in {zone}')
        equal(s.stop(), 0)


@check
def what_is_refused():
    with start(**{'scheduler.max_jobs': 2}) as s, Sql(s) as q:
        line = "schedule('j', '{}', 'select 1')"
        equal(q.error(line.format('61 * * * *')), ('22023', 'invalid cron line "61 * * * *"', 'At character 1: a minute is 0 to 59.'))
        equal(q.error(line.format('* * * *')), ('22023', 'invalid cron line "* * * *"', 'At character 8: a day of the week is missing.'))
        equal(q.error(line.format('0 0 30 feb *')), ('22023', 'invalid cron line "0 0 30 feb *"', 'There is no such day.'))
        equal(q.error(line.format('5 parsecs')), ('22007', 'invalid input syntax for type interval: "5 parsecs"', None))
        equal(q.error(line.format('* ' * 200))[:2], ('22023', "a job's schedule has at most 255 bytes"))
        for name in ('', 'x' * 64, 'ž' * 32, 'two\nlines'):
            equal(q.error(f"schedule('{name}', '1 hour', 'select 1')"), ('42602', "a job's name has 1 to 63 bytes and no control characters", None))
        for command in ("''", "repeat('x', 65537)"):
            equal(q.error(f"schedule('j', '1 hour', {command})"), ('22023', "a job's command has 1 to 65536 bytes", None))
        equal(q.error(r"schedule('j', '1 hour', E'select \000')")[0], '22021')
        equal(q.error("schedule_in_database('j', '1 hour', 'select 1', 'nowhere', 'tester')"), ('3D000', 'database "nowhere" does not exist', None))
        equal(q.error("schedule_in_database('j', '1 hour', 'select 1', 'postgres', 'nobody')"), ('42704', 'role "nobody" does not exist', None))
        equal(q.error("unschedule('nothing')"), ('42704', 'job "nothing" does not exist', None))
        equal(q.error('unschedule(17)'), ('42704', 'job 17 does not exist', None))
        equal(q.error("alter_job(17, null, null, true)"), ('42704', 'job 17 does not exist', None))
        equal(q.value("schedule(null, '1 hour', 'select 1')"), None)
        assert not os.path.exists(jobs_file(s)), 'nothing has been written'
        q.schedule('a', '1 hour', 'select 1')
        equal(q.value("schedule('b', '1 hour', repeat('x', 65536))"), '2')
        equal(q.error("schedule('c', '1 hour', 'select 1')"), ('53400', 'too many jobs', None))
        equal(q.schedule('b', '2 hours', 'select 1'), '2')
        equal(q.error("alter_job(2, 'never', null, null)")[0], '22023')
        equal(q.value("schedule from scheduled_jobs where job = 2"), '2 hours')
        equal(oct(os.stat(jobs_file(s)).st_mode & 0o777), '0o600')


@check
def only_when_the_server_starts():
    with harness.new_server(options) as s, Sql(s) as q:
        for _ in range(2):
            q.c.send(wire.query("load 'scheduler'"))
            (fields,) = [wire.error_fields(body) for kind, body in q.c.ready() if kind == 'E']
            equal(fields['C'], '55000')
    with start(**{'scheduler.max_run': 5, 'scheduler.max_runs': 0}) as s:
        contains(s.log(), 'invalid configuration parameter name "scheduler.max_run"')
        contains(s.log(), '0 is outside the valid range for parameter "scheduler.max_runs" (1 .. 100000)')


@check
def a_damaged_file():
    wrong = ('nonsense', '5\tactive\tpostgres', '1\tactive\tpostgres\ttester\tagain\t1 hour\tselect 1', 'x\tactive\tpostgres\ttester\tn\t1 hour\tselect 1',
             '6\tperhaps\tpostgres\ttester\tn\t1 hour\tselect 1', '7\tactive\tpostgres\ttester\tn\t1 hour\tselect \\', 'next one',
             '8\tactive\tpostgres\ttester\tn\t70 * * * *\tselect 1', '9\tactive\tpostgres\ttester\tn\t1 hour\tselect \0', '-3\tactive\t\t\t\t\t',
             '10\tactive\tpostgres\ttester\t' + 'n' * 64 + '\t1 hour\tselect 1', b'11\tactive\tpostgres\ttester\t\xff\t1 hour\tselect 1'.decode('latin1'))
    with start() as s:
        with Sql(s) as q:
            q.schedule('good', '1 second', 'select 1')
            q.schedule('better', '1 hour', 'select 2')
        s.stop()
        first, *rest = read(jobs_file(s)).splitlines(keepends=True)
        with open(jobs_file(s), 'w', encoding='latin1') as f:
            f.writelines([first, *rest[:2], *(line + '\n' for line in wrong), *rest[2:]])
        os.truncate(jobs_file(s), os.path.getsize(jobs_file(s)) - 1)     # nor does the last line end
        s.start()
        with Sql(s) as q:
            q.ended('good')
            equal(q.ask('select job, name from scheduled_jobs'), [('1', 'good'), ('2', 'better')])
            whys = re.findall(r'LOG:  a line of file "scheduler_jobs" is ignored: (.*)', s.log())
            equal(whys, ['it has 1 fields and not 7', 'it has 3 fields and not 7', 'job 1 has stood before', '"x" is no job\'s number',
                         '"perhaps" is neither active nor resting', 'a backslash stands alone', '"one" is no job\'s number',
                         'invalid cron line "70 * * * *"', 'invalid byte sequence for encoding "UTF8": 0x00', '"-3" is no job\'s number',
                         "a job's name has 1 to 63 bytes and no control characters", 'invalid byte sequence for encoding "UTF8": 0xff 0x09 0x31 0x20'])
            q.schedule('new', '1 second', 'select 3')
            q.ended('new')
            equal(s.log().count('is ignored'), len(wrong), 'it is said once')
        with open(jobs_file(s), encoding='latin1', newline='') as f:
            kept = f.read().split('\n')
        for line in wrong:
            assert line in kept, f'{line!r} is lost'


@check
def a_file_that_cannot_be_written():
    with start() as s, Sql(s) as q:
        q.schedule('a', '1 second', 'select 1')
        before = read(jobs_file(s))
        in_the_way = f'{jobs_file(s)}.{q.c.pid}.new'
        os.mkdir(in_the_way)
        code, message, _ = q.error("schedule('b', '1 second', 'select 1')")
        equal(code, '42809')
        contains(message, 'could not create file "./scheduler_jobs')
        equal(read(jobs_file(s)), before)
        os.rmdir(in_the_way)
        q.schedule('b', '1 second', 'select 1')
        q.ended('b')
        equal([f for f in os.listdir(s.data_dir) if f.startswith('scheduler_jobs')], ['scheduler_jobs'])


@check
def a_disk_that_does_not_confirm():
    """The new file has its name when the directory's fsync fails: who schedules has an error, and the job is known all the same."""
    with start() as s:
        with Sql(s) as q:
            q.schedule('i', '1 hour', 'select 1')
        s.stop()
        os.environ['FORKLORE_FAULTS'] = 'fsync:EIO:1:3'     # two are the postmaster's, one is the new file's
        try:
            s.start()
        finally:
            del os.environ['FORKLORE_FAULTS']
        with Sql(s) as q:
            wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '1', 'the launcher to have read the file')
            code, message, _ = q.error("schedule('j', '1 hour', 'select 1')")
            equal(code, '58030')
            contains(message, 'could not fsync directory')
            wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '2', 'the launcher to know it')


@check
def many_who_schedule_at_once():
    with start() as s, contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(Sql(s)) for _ in range(8)]
        for number, one in enumerate(sessions):
            one.c.send(wire.query(f"select count(schedule('job ' || {number} * 10 + i, '1 hour', 'select 1')) from generate_series(1, 10) i"))
        for one in sessions:
            equal([wire.data_row(body) for kind, body in one.c.ready() if kind == 'D'], [[b'10']])
        equal(sessions[0].ask('select count(*), count(distinct job), max(job), count(distinct name) from scheduled_jobs'), [('80', '80', '80', '80')])
        wait_until(lambda: sessions[0].value('count(next_due) from scheduled_jobs') == '80', 'the launcher to know all')


@check
def a_job_does_not_wait_for_the_commit():
    """As long as there are no tables: it is made at once, and stays when its transaction is rolled back."""
    with start() as s, Sql(s) as q:
        q.ask('begin')
        q.schedule('a', '1 hour', 'select 1')
        q.ask('rollback')
        equal(q.value('count(*) from scheduled_jobs'), '1')


@check
def a_storm():
    """Signals at random to the launcher and to jobs, at any moment: also when they hold what is shared, and all begins anew."""
    dice = random.Random(5)
    with start(max_worker_processes=16) as s:
        with Sql(s) as q:
            for i in range(12):
                q.schedule(f'job {i}', '1 second', f'select pg_sleep({i} * 0.05)')
        for turn in range(24):      # the launcher only now and then: who dies again and again rests longer each time
            whom = 'forklore: scheduler' if turn % 8 == 7 else 'forklore: job'
            victims = wait_until(lambda: [p for p in s.children() if title(p).startswith(whom)], 'somebody to kill')
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(victims), dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGABRT)))

        def all_again():
            with contextlib.suppress(wire.Closed, OSError, ValueError), Sql(s) as q:
                return q.ask("""select count(distinct job) from job_runs where status = 'succeeded'""") == [('12',)]
        wait_until(all_again, 'all jobs to run again')
        with Sql(s) as q:
            equal(q.ask('select count(*), count(distinct job) from scheduled_jobs'), [('12', '12')])
            for i in range(12):
                q.value(f"unschedule('job {i}')")
            wait_until(lambda: q.value("count(*) from pg_stat_activity where backend_type = 'scheduler job'") == '0', 'the last run to end')
            wait_until(lambda: q.value("count(*) from pg_stat_background_workers") == '1', 'all slots to be free but one')
            q.schedule('last', '1 second', 'select 1')
            q.ended('last')
            q.value("unschedule('last')")
            wait_until(lambda: q.value('count(*) from job_runs where end_time is null') == '0', 'all runs to have ended')
        equal(s.stop(), 0)


@check
def it_sleeps_until_somebody_wakes_it():
    """With lines alone the launcher's wait has no end of its own: the timer's descriptor ends it."""
    with start() as s, Sql(s) as q:
        q.schedule('yearly', '@yearly', 'select 1')
        wait_until(lambda: q.value('count(next_due) from scheduled_jobs') == '1', 'it to be known')
        pid = launcher(s)

        def for_ever():
            with open(f'/proc/{pid}/syscall') as f:
                words = f.read().split()
            return words[0] in ('232', '281', '22') and int(words[4], 16) & 0xffffffff == 0xffffffff
        wait_until(for_ever, 'a sleep without an end')


@check
def a_cron_line_has_run():
    if late.sql is None:    # it has been chosen alone
        a_cron_line_begins_its_wait()
    equal(harness.wait_until(lambda: late.sql.runs('every minute', condition="status = 'succeeded'"), 120, 'a minute to pass')[0], ('succeeded', 'SELECT 1'))
    late.close()


def main():
    global options
    options = harness.arguments()
    report = harness.Report('scheduler')
    with late:
        for one in harness.CHECKS:
            if not options.checks or any(one.__name__.startswith(c) for c in options.checks):
                harness.run_check(report, one, None, 200)
    report.summary('scheduler')
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
