#!/usr/bin/python3
"""A module that is built outside the tree: the template, copied, against an installed copy of the server.

    outside.py --build BUILD_DIRECTORY [--server PROGRAM]
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, '../../..'))
sys.path[:0] = [os.path.join(TOP, 'tests', folder) for folder in ('clients', 'protocol')]
import harness
import wire
from harness import contains, equal, wait_until


def run(*command, fails=False, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, **more)
    assert (done.returncode != 0) == fails, f'{" ".join(command)}:\n{done.stdout}'
    return done.stdout


def build_module(source, work, prefix):
    run('cmake', '-S', source, '-B', work, f'-DCMAKE_PREFIX_PATH={prefix}')
    return run('cmake', '--build', work)


def replace(path, old, new):
    with open(path) as f:
        text = f.read()
    assert old in text, f'{path} does not hold {old}'
    with open(path, 'w') as f:
        f.write(text.replace(old, new))


def use(prefix):
    """The module in the installed server."""
    settings = {'shared_preload_libraries': 'mine'}
    with harness.Forklore(prefix + '/bin/forklore', settings=settings) as server, wire.session(server) as c:
        equal(c.ask('select module_name, version, file_name from pg_get_loaded_modules()'), [('mine', '1.0', 'mine.so')])
        equal(c.ask("select mine_greet('you')"), [('Hello, you!',)])
        equal(c.ask('select * from mine_modules'), [('mine', 'Hello, tester!')])
        c.ask("set mine.greeting = 'Hi'")
        equal(c.ask("select mine_greet('you')"), [('Hi, you!',)])
        # What it throws is an error of the server's, caught by the server.
        c.send(wire.query("select mine_greet('')"))
        equal([wire.error_fields(b)['M'] for k, b in c.ready() if k == 'E'], ['there is nobody to greet'])
        # Its worker runs, is seen, hears of settings, and comes back when it is killed.
        wait_until(lambda: 'LOG:  Hello, everybody! (' in server.log(), what='the worker to greet')
        with open(server.conf_path, 'a') as f:
            f.write("mine.pause = '1s'\nmine.greeting = 'Good evening'\n")
        server.reload()
        wait_until(lambda: 'LOG:  Good evening, everybody! (1 connected)' in server.log(), what='the worker to hear of its settings')
        seen = "select pid from pg_stat_activity where backend_type = 'mine worker'"
        pid = int(c.ask(seen)[0][0])
        contains(harness.title(pid), 'mine worker')
        os.kill(pid, 9)
        wait_until(lambda: [row for row in c.ask(seen) if int(row[0]) != pid], what='the worker to come back')


def refuse_other_version(prefix, source, work):
    """The same module, made with the headers of another version."""
    replace(prefix + '/include/forklore/base/version.hpp', 'k_forklore_version = "0.1"', 'k_forklore_version = "0.2"')
    build_module(source, work, prefix)
    run('cmake', '--install', work)
    try:
        with harness.Forklore(prefix + '/bin/forklore', settings={'shared_preload_libraries': 'mine'}):
            raise AssertionError('the server has started')
    except AssertionError as failure:
        contains(str(failure), f'FATAL:  incompatible library "{prefix}/lib/forklore/mine.so": version mismatch')
        contains(str(failure), 'DETAIL:  Server is version 0.1, library is version 0.2.')


def main():
    build = sys.argv[sys.argv.index('--build') + 1]
    with tempfile.TemporaryDirectory(prefix='forklore-outside-', dir='/tmp') as root:
        prefix, source, work = root + '/prefix', root + '/mine', root + '/work'
        run('cmake', '--install', build, '--prefix', prefix)
        shutil.copytree(TOP + '/src/modules/template', source)
        # A name of its own, as everybody gives it who begins with the template.
        os.rename(source + '/template.cpp', source + '/mine.cpp')
        for name in ('CMakeLists.txt', 'mine.cpp'):
            replace(f'{source}/{name}', 'template', 'mine')
        contains(build_module(source, work, prefix), 'mine.so')
        run('cmake', '--install', work)
        # What lies above it is nothing to an installed server, even if it looks like the tree that it was built in.
        os.mkdir(root + '/modules')
        open(root + '/CMakeCache.txt', 'w').close()
        use(prefix)
        refuse_other_version(prefix, source, work)
    print('outside: ok')
    return 0


if __name__ == '__main__':
    sys.exit(main())
