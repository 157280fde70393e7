#!/usr/bin/env python3
"""Takes one line of a layer out at a time, and looks whether the test that protects it fails.

    run.py BUILD LIST [WORD…]       all of a list, or those whose test or text contains one of the words

LIST is a Python file that says which LAYER, what programs of TESTS it has and where their sources lie, and its MUTATIONS: file, what is taken out,
what stands there instead, and the test that must fail. A header that changes changes all files WITH_HEADERS. BUILD is a build folder in which the
tests have been built. A test that hangs for want of a wake-up fails, too. What has been compiled stays in BUILD/mutations, and is good as long as
those tests have not been built anew.
"""
import functools
import hashlib
import json
import multiprocessing
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
PATIENCE = 4        # seconds until a test counts as hanging
TRIES = 3           # in which a test must have failed once
AT_ONCE = 5         # as many as that: most tests hang for want of the line, and need no processor


class Workshop:
    """Compiles and links as the build does, with other files."""

    def __init__(self, build, plan):
        self.build, self.layer = os.path.abspath(build), plan['LAYER']
        self.with_headers = plan.get('WITH_HEADERS', [])
        self.kept = os.path.join(self.build, 'mutations')
        os.makedirs(self.kept, exist_ok=True)
        with open(os.path.join(build, 'compile_commands.json')) as f:
            # A file may be part of other programs, too, which compile it in other ways.
            ours = [c for c in json.load(f) if any(f'/{target}.dir/' in c['command'] for target in (f'forklore_{self.layer}', *plan['TESTS']))]
        self.commands = {os.path.realpath(c['file']): c for c in ours}
        self.tests = {}     # name: file, command that links its program
        for target, sources in plan['TESTS'].items():
            printed = subprocess.run(['ninja', '-C', build, '-t', 'commands', target], stdout=subprocess.PIPE, text=True, check=True).stdout
            link = printed.strip().splitlines()[-1]
            for name in sorted(os.listdir(os.path.join(TOP, sources))):
                if name.endswith('_test.cpp'):
                    path = os.path.join(TOP, sources, name)
                    with open(path) as f:
                        for pieces in re.findall(r'TEST_CASE\(\s*((?:"[^"]*"\s*)+)[,)]', f.read()):  # a long name is written in pieces
                            self.tests[''.join(re.findall(r'"([^"]*)"', pieces))] = path, link

    def compile(self, folder, original, source, output):
        """Compiles a file as another one is compiled, with the headers of the folder's copy of the layer in front."""
        command = self.commands[os.path.realpath(original)]['command']
        command = re.sub(r' -o \S+ -c \S+$', '', command)
        command = re.sub(r' -M[DTF]+( \S+\.o(\.d)?)?', '', command)
        command = command.replace(f'-I{TOP}/src ', f'-I{folder}/src -I{TOP}/src ').replace(f'-I{TOP} ', f'-I{folder}/src -I{TOP} ', 1)
        subprocess.run(f'{command} -w -o {output} -c {source}', shell=True, cwd=self.build, check=True)

    def program(self, mutation):
        """The tests with a mutation's lines taken out; built, unless that has been done since the tests themselves were built."""
        file, old, new, test = mutation
        program = os.path.join(self.kept, hashlib.sha256(repr(mutation).encode()).hexdigest()[:16])
        if test not in self.tests:
            raise LookupError(f'there is no test "{test}"')
        tests_built = os.path.getmtime(os.path.join(self.build, re.search(r' -o (\S+)', self.tests[test][1]).group(1)))
        if os.path.exists(program) and os.path.getmtime(program) > tests_built:
            return program
        with tempfile.TemporaryDirectory(dir=self.kept) as folder:
            layer = os.path.join(folder, 'src', self.layer)
            shutil.copytree(os.path.join(TOP, 'src', self.layer), layer)
            path = os.path.join(layer, file)
            with open(path) as f:
                text = f.read()
            if text.count(old) == 0:
                raise LookupError(f'{file} has no longer:\n{old}')
            with open(path, 'w') as f:
                f.write(text.replace(old, new, 1))
            os.replace(self.link_with(folder, file, test), program)
        return program

    def link_with(self, folder, file, test):
        """Builds the tests with the folder's changed file."""
        layer, original, objects = os.path.join(folder, 'src', self.layer), os.path.join(TOP, 'src', self.layer), []
        source, link = self.tests[test]
        if file.endswith('.hpp'):
            whole = os.path.join(folder, 'all.cpp')
            with open(whole, 'w') as f:
                f.writelines(f'#include "{layer}/{name}"\n' for name in self.with_headers)
            self.compile(folder, os.path.join(original, self.with_headers[0]), whole, os.path.join(folder, 'all.o'))
            objects.append('all.o')
            self.compile(folder, source, source, os.path.join(folder, 'test.o'))
            link = re.sub(r'\S+/' + re.escape(os.path.basename(source)) + r'\.o', os.path.join(folder, 'test.o'), link)
            # The other tests have been compiled with other headers.
            link = re.sub(r'\S+_test\.cpp\.o', '', link)
        else:
            self.compile(folder, os.path.join(original, file), os.path.join(layer, file), os.path.join(folder, 'changed.o'))
            objects.append('changed.o')
        program = os.path.join(folder, 'tests')
        link = re.sub(r' -o \S+', lambda _: f' {" ".join(os.path.join(folder, o) for o in objects)} -s -o {program}', link, count=1)
        subprocess.run(link, shell=True, cwd=self.build, check=True)
        return program


def fails(program, test):
    """Whether the test fails, or hangs."""
    name = re.sub(r'([\\,*\[\]])', r'\\\1', test)
    environment = dict(os.environ, FORKLORE_WATCHDOG=str(PATIENCE))
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([program, name], stdout=output, stderr=output, env=environment, start_new_session=True)
        try:
            process.wait(PATIENCE * 5)
        except subprocess.TimeoutExpired:
            pass
        try:  # the test, if it hangs, and whatever it has forked and not taken along
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        text = output.read().decode(errors='replace')
    if 'No test cases matched' in text:
        raise LookupError(f'there is no test "{test}"')
    return process.returncode != 0


def survives(workshop, mutation):
    """Takes a mutation's lines out. Whether its test passes all the same, and not by luck: what a line protects from may need a certain moment."""
    program = workshop.program(mutation)
    return not any(fails(program, mutation[3]) for _ in range(TRIES))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    plan = runpy.run_path(sys.argv[2])
    words, survivors = sys.argv[3:], 0
    chosen = [m for m in plan['MUTATIONS'] if not words or any(word in part for word in words for part in (m[0], m[1], m[3]))]
    survived_by = functools.partial(survives, Workshop(sys.argv[1], plan))
    with multiprocessing.Pool(AT_ONCE) as pool:
        for (file, old, _, test), survived in zip(chosen, pool.imap(survived_by, chosen)):
            line = old.strip().splitlines()[0]
            if survived:
                survivors += 1
                print(f'UNNOTICED  {file}: {line}\n           should make this fail: {test}', flush=True)
            else:
                print(f'noticed    {file}: {line}', flush=True)
    print(f'{len(chosen)} lines taken out, {survivors} unnoticed')
    sys.exit(1 if survivors or not chosen else 0)


if __name__ == '__main__':
    main()
