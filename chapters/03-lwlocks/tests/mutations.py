#!/usr/bin/env python3
"""Takes one line of src/lwlocks out at a time, and looks whether the test that protects it fails.

    mutations.py BUILD [WORD…]      all, or those whose test or text contains one of the words

BUILD is a build folder in which 03-lwlocks-tests has been built. A test that hangs for want of a wake-up fails, too. What has been
compiled stays in BUILD/mutations, and is good as long as those tests have not been built anew.
"""
import functools
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, '../../..'))
PATIENCE = 4        # seconds until a test counts as hanging
AT_ONCE = 5         # as many as that: most tests hang for want of the line, and need no processor

# File, what is taken out, what stands there instead, and the test that must fail.
MUTATIONS = [
    ('lw_lock.cpp', 'if (try_take(mode, closed)) {\n            surplus', 'if (false) {\n            surplus',
     'no wake-up is lost between trying and queueing'),
    ('lw_lock.cpp', 'const int surplus = sleep();\n    word_.clear', 'const int surplus = 0;\n    word_.clear',
     'who got the lock at the second try takes itself off the queue, and the wake-up that is under way with it'),
    ('lw_lock.cpp', '    word_.clear(LockWord::k_wake_under_way);\n    return surplus;', '    return surplus;',
     'who got the lock at the second try takes itself off the queue, and the wake-up that is under way with it'),
    ('lw_lock.cpp', '    detail::give_back(surplus);\n    if (closed)', '    if (closed)',
     'a wake-up that was meant for something else is given back'),
    ('lw_lock.cpp', '} while (waiter(self.number).stage.load(std::memory_order_acquire) != WaitStage::none);', '} while (false);',
     'a wake-up that was meant for something else is given back'),
    ('lw_lock.cpp', 'if (somebody && mode == LWLockMode::exclusive) continue;', 'if (somebody && mode == LWLockMode::exclusive) break;',
     'wake order: of S S X S the three S come together, and X after them'),
    ('lw_lock.cpp', 'if (mode == LWLockMode::exclusive) break;', '', 'wake order: of X S X the first X comes alone'),
    ('lw_lock.cpp', 'word_.unlock_queue(somebody ? LockWord::k_wake_under_way : 0,', 'word_.unlock_queue(0,',
     'while a woken process has not tried, nobody else is woken'),
    ('lw_lock.cpp', 'if (woken) word_.clear(LockWord::k_wake_under_way);', '', 'while a woken process has not tried, nobody else is woken'),
    ('lw_lock.cpp', 'enqueue(mode, woken ? LockWord::k_wake_under_way : 0);', 'enqueue(mode, 0);', 'who was woken and came too late is woken again'),
    ('lw_lock.cpp', 'if (mode != LWLockMode::wait_until_free) somebody = true;', 'somebody = true;',
     'acquire_or_wait: a waiter is woken together with who wants the lock'),
    ('lw_lock.cpp', 'queue_.push_front(self.number);', 'queue_.push_back(self.number);',
     'acquire_or_wait: a waiter is woken together with who wants the lock'),
    ('lw_lock.cpp', 'const bool taken = try_take(mode, closed);', 'const bool taken = false;',
     'acquire_or_wait: a lock that comes free before we sleep is taken'),
    ('lw_lock.cpp', 'make_wait_event(WaitEventClass::lwlock, tranche_)', 'make_wait_event(WaitEventClass::lwlock, 0)',
     'who waits sleeps, and says for what'),
    ('lw_lock.cpp', 'if (!held_by_me()) return;', 'return;', 'who waits for what it holds is told so instead of waiting for ever'),
    ('lw_lock.cpp', 'std::copy(at, end, at - 1);', '', 'locks are given back in any order, and only by who holds them'),
    ('lw_lock.cpp', 'queue_.empty() ? LockWord::k_has_waiters : 0);\n    wake_chosen', '0);\n    wake_chosen', 'who waits sleeps, and says for what'),
    ('lw_lock_variable.cpp', 'if (!waits_for_var(variable, old, now, free)) {', 'if (false) {',
     'wait_for_var: an update between the look and the queue is not missed'),
    ('lw_lock_variable.cpp', ' && waiter(queue_.first()).mode == LWLockMode::wait_until_free', '',
     'wait_for_var: who waits for the variable sees it advance while the lock is held'),
    ('lw_lock_variable.cpp', 'variable.store(value, std::memory_order_release);\n    release();', 'release();',
     'wait_for_var: who waits for the variable sees it advance while the lock is held'),
    ('lock_word.hpp', 'LWLockMode::exclusive ? k_held | k_open : k_exclusive', 'LWLockMode::exclusive ? k_exclusive : k_exclusive',
     'shared holders are in together, and keep out who wants it alone'),
    ('lock_word.hpp', 'LWLockMode::exclusive ? k_held | k_open : k_exclusive', 'LWLockMode::exclusive ? k_held | k_open : 0',
     'shared holders are in together, and keep out who wants it alone'),
    ('lock_word.hpp', '== k_has_waiters;', '== 1;', 'who waits sleeps, and says for what'),
    ('lw_lock.hpp', '    ++detail::interrupts_held;\n', '', 'while a lock is held nothing interrupts, and others can see that something is held'),
    ('lw_lock.hpp', '    detail::begin_holding();\n', '', 'while a lock is held nothing interrupts, and others can see that something is held'),
    ('lw_lock.hpp', '~LWLockGuard() { lock_.release(); }', '~LWLockGuard() {}', 'an error on the way gives back what was taken'),
    ('lw_lock.hpp', '        in_a_row_.store(0, std::memory_order_relaxed);\n        return;', '        return;',
     'one exclusive holder in between, and the count begins anew'),
    ('lw_lock.hpp', 'if (place().load(std::memory_order_relaxed) != nullptr) return false;', '',
     'two open locks that fall on one place of the page do not disturb each other'),
    ('sign_in.cpp', 'if (somebody_signed_in()) {\n            detail::at_phase', 'if (true) {\n            detail::at_phase',
     'who leaves before the closer has put itself down is not missed'),
    ('sign_in.cpp', '    detail::wake(closer);\n', '', "an open lock is closed by who wants it alone, after the last one who signed in has left"),
    ('sign_in.cpp', '    word_.set(LockWord::k_open);\n    if', '    if', 'an open lock in which somebody is cannot be taken alone at once, and stays open'),
    ('sign_in.cpp', ' && detail::in_segment(this)', '', 'a lock that others have at another address is never opened, and keeps them apart'),
    ('sign_in.cpp', 'while (somebody_signed_in()) {', 'while (false) {',
     "an open lock is closed by who wants it alone, after the last one who signed in has left"),
    ('waiters.cpp', '    semaphore_of(self.number).post();\n}\n\n// While', '}\n\n// While', 'a wait can be cancelled, at any moment, and leaves nothing behind'),
    ('waiters.cpp', '        check_for_quit();\n', '', 'a server that goes down at once takes along who waits for a lock'),
    ('waiters.cpp', 'if (failure.get_native_error() == EINTR) return false;', '', 'a signal neither ends nor spoils a wait'),
    ('spin_lock.cpp', 'if (++sleeps_ > spin_patience.sleeps) {', 'if (false) {', 'who waits too long for a spinlock panics, and says where and because of whom'),
    ('spin_lock.cpp', '    check_for_quit();  // the holder may have been killed, and then all must go\n', '',
     'a server that goes down at once takes along who waits for a spinlock'),
    ('condition_variable.cpp', '        detail::sleep_on_semaphore();\n        variable_.signal();', '        detail::sleep_on_semaphore();',
     'who is cancelled when it has just been woken passes the signal on'),
    ('condition_variable.cpp', '        detail::sleep_on_semaphore();\n        variable_.signal();', '        variable_.signal();',
     'who is cancelled when it has just been woken passes the signal on'),
    ('condition_variable.cpp', '        variable_.queue_.push_back(self.number);\n        ++variable_.count_;\n        return true;', '        return true;',
     'a signal wakes the one that has waited longest, a broadcast all'),
    ('condition_variable.cpp', '!variable->leave(dead)) variable->signal();', '!variable->leave(dead)) return;',
     'an undertaker takes the dead out of the queue, and passes on what they were told'),
    ('lock_order.cpp', '            note({held.lock, &lock, held.where, where});', '            (void)0;',
     'an order that goes round in a circle is found though nobody waits, and all its lines are named'),
    ('lw_lock.cpp', '    detail::check_lock_order(*this, where);\n', '', 'who only waits for a lock waits for its holder all the same'),
    ('lw_lock_variable.cpp', '    detail::check_lock_order(*this, where);\n', '',
     'who only waits for a lock waits for its holder all the same'),
    ('condition_variable.cpp', 'if (!detail::in_segment(&variable))', 'if (false)', 'a condition variable that an undertaker would not find is refused'),
    ('tranches.cpp', 'name.copy(directory->entries[id].name.data(), k_longest_tranche_name);', '',
     'a tranche that one process names is known to all, by one number'),
    ('barrier.cpp', 'const bool chosen = elected_ != phase_;', 'const bool chosen = false;',
     'who attaches to a barrier late joins the phase that it is in; who leaves lets the others go on'),
    ('barrier.cpp', 'if (arrived_ < participants_) return false;', '', 'a barrier holds everybody until all have come, and chooses one'),
]
# A header that changes changes all of these.
WITH_HEADERS = ['self.cpp', 'spin_lock.cpp', 'waiters.cpp', 'tranches.cpp', 'lock_order.cpp', 'lw_lock.cpp', 'lw_lock_variable.cpp', 'sign_in.cpp']


class Workshop:
    """Compiles and links as the build does, with other files."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        with open(os.path.join(build, 'compile_commands.json')) as f:
            # A file may be part of other programs, too, which compile it in other ways.
            ours = [c for c in json.load(f) if '/forklore_lwlocks.dir/' in c['command'] or '/03-lwlocks-tests.dir/' in c['command']]
            self.commands = {os.path.realpath(c['file']): c for c in ours}
        printed = subprocess.run(['ninja', '-C', build, '-t', 'commands', '03-lwlocks-tests'], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.link = printed.strip().splitlines()[-1]
        self.built = re.search(r' -o (\S+)', self.link).group(1)
        self.kept = os.path.join(self.build, 'mutations')
        os.makedirs(self.kept, exist_ok=True)
        self.tests = {}     # name: file
        for name in sorted(os.listdir(HERE)):
            if name.endswith('_test.cpp'):
                with open(os.path.join(HERE, name)) as f:
                    for test in re.findall(r'TEST_CASE\("(.*?)"[,)]', f.read()):
                        self.tests[test] = os.path.join(HERE, name)

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
        tests_built = os.path.getmtime(os.path.join(self.build, self.built))
        if os.path.exists(program) and os.path.getmtime(program) > tests_built:
            return program
        with tempfile.TemporaryDirectory(dir=self.kept) as folder:
            shutil.copytree(os.path.join(TOP, 'src/lwlocks'), os.path.join(folder, 'src/lwlocks'))
            path = os.path.join(folder, 'src/lwlocks', file)
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
        layer, objects = os.path.join(folder, 'src/lwlocks'), []
        link = self.link
        if file.endswith('.hpp'):
            whole = os.path.join(folder, 'all.cpp')
            with open(whole, 'w') as f:
                f.writelines(f'#include "{layer}/{name}"\n' for name in WITH_HEADERS)
            self.compile(folder, os.path.join(TOP, 'src/lwlocks/lw_lock.cpp'), whole, os.path.join(folder, 'all.o'))
            objects.append('all.o')
            self.compile(folder, self.tests[test], self.tests[test], os.path.join(folder, 'test.o'))
            link = re.sub(r'\S+/' + re.escape(os.path.basename(self.tests[test])) + r'\.o', os.path.join(folder, 'test.o'), link)
            # The other tests have been compiled with other headers.
            link = re.sub(r'\S+_test\.cpp\.o', '', link)
        else:
            self.compile(folder, os.path.join(TOP, 'src/lwlocks', file), os.path.join(layer, file), os.path.join(folder, 'changed.o'))
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
            process.kill()
            process.wait()
        output.seek(0)
        text = output.read().decode(errors='replace')
    if 'No test cases matched' in text:
        raise LookupError(f'there is no test "{test}"')
    return process.returncode != 0


def survives(workshop, mutation):
    """Takes a mutation's lines out. Whether its test passes all the same."""
    return not fails(workshop.program(mutation), mutation[3])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    words, survivors = sys.argv[2:], 0
    chosen = [m for m in MUTATIONS if not words or any(word in part for word in words for part in (m[0], m[1], m[3]))]
    survived_by = functools.partial(survives, Workshop(sys.argv[1]))
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
