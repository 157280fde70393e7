"""The plain commands, as a student or a script types them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .tree import PATIENCE, Tree


class FirstTouch(Tree):
    def test_without_a_command_the_next_open_exercise_runs(self):
        said = self.run_command(status=1)
        self.assertIn("01-first/01-alpha", said)
        self.assertIn("Copied the stub to mine/01-first/01-alpha/", said)
        self.assertIn("01-first/01-alpha is not written yet", said)
        self.assertIn("mine/01-first/01-alpha/alpha.cpp:2", said)
        self.assertIn("0/2", said)

    def test_what_passes_is_done_and_the_next_one_follows(self):
        self.run_command("start", "alpha")
        self.says("pass")
        said = self.run_command("run")
        self.assertIn("1/2", said)
        self.assertIn("02-beta", self.run_command(status=1))
        self.assertIn("01-alpha", self.run_command("run", "alpha"))

    def test_what_no_longer_passes_is_open_again(self):
        self.run_command("start", "alpha")
        self.says("pass")
        self.run_command("run")
        self.says("something is wrong")
        self.assertIn("0/2", self.run_command("run", "alpha", status=1))

    def test_going_on_does_not_mark_as_done(self):
        self.run_command("start", "alpha")
        self.assertIn("02-beta", self.run_command("next"))
        self.assertIn("0/2", self.run_command("list"))
        self.assertIn("01-alpha", self.run_command("next"))

    def test_when_all_are_done_it_says_so(self):
        for name in ("alpha", "beta"):
            self.run_command("start", name)
        self.says("pass")
        self.says("pass", "01-first/02-beta")
        self.run_command("check", "mine")
        self.assertIn("All exercises are done", self.run_command())
        self.assertIn("All exercises are done", self.run_command("next"))

    def test_a_failure_is_shown_with_its_place_and_with_what_was_printed(self):
        self.run_command("start", "alpha")
        self.says("two and two make five")
        said = self.run_command("run", status=1)
        self.assertIn("✗ it works\n      two and two make five\n      no\n      test.cpp:9", said)
        self.assertIn("| printed by the student", said)

    def test_a_build_that_fails_shows_the_compilers_words_alone(self):
        self.run_command("start", "alpha")
        self.says("unbuildable")
        said = self.run_command("run", status=1)
        self.assertIn("x.cpp:1:1: error: does not name a type", said)
        for noise in ("FAILED", "ccache", "ninja", "[1/1]"):
            self.assertNotIn(noise, said)

    def test_ends_that_are_no_verdict_are_failures(self):
        self.run_command("start", "alpha")
        for says, words in (
            ("exit", "ended in the middle of this test, with exit status 0"),
            ("crash", "killed by SIGKILL in this test"),
        ):
            self.says(says)
            self.assertIn(words, self.run_command("run", status=1))
        self.assertIn("0/2", self.run_command("list"))


class Names(Tree):
    def test_an_exercise_has_many_names(self):
        for name in ("01-first/02-beta", "02-beta", "beta", "bet", "1.2", "1/2", "01/02", "exercises/01-first/02-beta/"):
            self.assertIn("1.2  beta", self.run_command("start", name))

    def test_an_unknown_name_suggests_the_nearest(self):
        self.assertIn("did you mean 01-first/02-beta?", self.run_command("run", "betta", status=1))
        self.assertIn("`list` shows them all", self.run_command("run", "nothing-like-it", status=1))
        self.assertIn("there is no exercise", self.run_command("run", "", status=1) + self.run_command("run", "9.9", status=1))

    def test_a_name_for_two_is_refused(self):
        self.assertIn("01-first/01-alpha or 01-first/02-beta", self.run_command("hint", "first", status=1))

    def test_a_name_alone_opens_that_exercise(self):
        self.assertIn("01-first/02-beta is not written yet", self.run_command("1.2", status=1))
        self.assertIn("there is no exercise \"frobnicate\"", self.run_command("frobnicate", status=1))

    def test_an_unknown_option_is_refused(self):
        self.assertIn("unrecognized arguments", self.run_command("list", "--all", status=2))


class Help(Tree):
    def test_a_hint_of_code_keeps_its_columns(self):
        hints = self.root / "exercises" / "01-first" / "01-alpha" / "hints.md"
        self.write(hints, hints.read_text().replace("look here", "    first\n    second"))
        self.assertIn("\n    first\n    second\n", self.run_command("hint", "alpha"))

    def test_hints_come_one_at_a_time_and_are_remembered(self):
        for said, unsaid in (("look here", "the idea"), ("the idea", "look here"), ("the code", "the idea")):
            text = self.run_command("hint", "alpha")
            self.assertIn(said, text)
            self.assertNotIn(unsaid, text)
        text = self.run_command("hint", "alpha")
        self.assertIn("look here", text)
        self.assertIn("There are no more hints", text)

    def test_the_solution_is_shown_after_success_or_on_request(self):
        self.assertIn("not done yet", self.run_command("solution", "alpha", status=1))
        self.assertIn("says: pass", self.run_command("solution", "alpha", "--yes"))
        self.run_command("start", "alpha")
        self.says("pass")
        self.run_command("run")
        self.assertIn("says: pass", self.run_command("solution"))

    def test_reset_asks_and_keeps_what_was_written(self):
        self.run_command("start", "alpha")
        self.assertIn("starts anew", self.run_command("reset"))
        self.says("pass")
        self.run_command("run")
        self.assertIn("--yes", self.run_command("reset", status=1))
        self.assertIn("pass", (self.mine / "alpha.cpp").read_text())
        self.assertIn("mine/.old/01-first/01-alpha.2/", self.run_command("reset", "--yes"))
        self.assertIn("pass", (self.root / "mine/.old/01-first/01-alpha.2/alpha.cpp").read_text())
        self.assertIn("not_written_yet", (self.mine / "alpha.cpp").read_text())
        self.assertIn("0/2", self.run_command("list"))

    def test_check_mine_runs_all_that_was_started(self):
        self.run_command("start", "alpha")
        self.run_command("start", "beta")
        self.says("pass", "01-first/02-beta")
        said = self.run_command("check", "mine", status=1)
        self.assertIn("✗ 01-first/01-alpha\n✓ 01-first/02-beta", said)
        self.assertIn("1/2", said)


class Live(Tree):
    """alpha is live, beta is not."""

    def setUp(self):
        super().setUp()
        self.run_command("start", "alpha")
        self.says("pass")

    def test_the_server_is_tested_once_the_exercise_passes(self):
        said = self.run_command("run")
        for line in (
            "the chapter's own tests pass with it",
            "psql talks to a server with it",
            "the chapter's session “greeting” comes true on it",
        ):
            self.assertIn(f"✓ {line}\n", said)
        self.assertIn("✓ the chapter's session “strange” comes true on it (not tried", said)
        self.says("no")
        self.assertNotIn("psql talks", self.run_command("run", "alpha", status=1))

    def test_sessions_without_the_server_are_left_out(self):
        session = self.root / "chapters/01-first/sessions/alone.session"
        self.write(session, "#: server none\n\n$ true\n")
        self.assertNotIn("alone", self.run_command("run", "alpha"))
        self.write(session, "#: server none\n\n$ server up\n")
        self.assertIn("✓ the chapter's session “alone”", self.run_command("run", "alpha"))

    def test_a_server_that_fails_is_not_done(self):
        for broken, line in (
            ("psql", "psql talks to a server with it"),
            ("greeting", "the chapter's session “greeting” comes true on it"),
        ):
            self.write(self.root / "broken", broken)
            said = self.run_command("run", "alpha", status=1)
            self.assertIn(f"✗ {line}\n      the server said nothing\n", said)
            self.assertIn("0/2", said)

    def test_others_have_no_server_to_test(self):
        self.run_command("start", "beta")
        self.says("pass", "01-first/02-beta")
        self.assertNotIn("psql talks", self.run_command("run", "beta"))

    def test_serve_runs_the_server_with_the_students_file(self):
        said = self.run_command("serve", "alpha")
        self.assertRegex(said, r"psql -h \S+ -p \d+ postgres")
        self.assertRegex(said, r"run --data-dir \S+/mine/data --port \d+ --socket-dir")
        self.assertNotIn("preload", said)

    def test_serve_loads_the_students_module(self):
        self.write(self.root / "build/debug/exercises/01-first/01-alpha/mine/lamp.so", "")
        self.assertRegex(
            self.run_command("serve", "alpha"),
            r"-c dynamic_library_path=\S+/mine:\$libdir -c shared_preload_libraries=lamp\b",
        )


class WithoutATerminal(Tree):
    def test_the_screen_is_refused(self):
        self.assertIn("needs a terminal", self.run_command("watch", status=2))

    def test_nothing_is_coloured(self):
        self.assertNotIn("\x1b", self.run_command(status=1) + self.run_command("list"))

    def test_a_reader_that_has_had_enough_is_no_error(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(self.command("list"), stdout=write, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env=self.environment, timeout=PATIENCE, check=False)  # fmt: skip
        os.close(write)
        self.assertEqual(done.stderr, b"")

    def test_a_terminal_without_unicode_gets_question_marks(self):
        self.assertIn("? it works", self.run_command(status=1, PYTHONIOENCODING="ascii"))


class Ended(Tree):
    """Ctrl-C and other ends: nothing is left behind, and nothing is marked."""

    def interrupted(self, number, status):
        self.run_command("start", "alpha")
        self.says("hang")
        with self.told() as told:
            runner = subprocess.Popen(
                self.command("run"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self.environment,
            )
            pids = [int(told()), int(told())]  # the test program, and the child that it forked
            runner.send_signal(number)
            said = runner.communicate(timeout=PATIENCE)[0].decode()
        self.assertEqual(runner.returncode, status, said)
        self.assertNotIn("Traceback", said)
        deadline = time.monotonic() + PATIENCE  # the kernel may take a moment to end what was killed
        for pid in pids:
            while alive(pid):
                self.assertLess(time.monotonic(), deadline, f"process {pid} is still there")
                time.sleep(0.01)
        self.assertIn("0/2", self.run_command("list"))

    def test_a_signal_while_a_program_is_being_started(self):
        script = """
import os, signal, subprocess, sys
from workshop import processes
started = subprocess.Popen
def start_and_be_interrupted(*arguments, **options):
    process = started(*arguments, **options)
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGINT)
    return process
subprocess.Popen = start_and_be_interrupted
processes.run(["sleep", "1000"], 1000)
"""
        done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False,
                              cwd=Path(__file__).parent.parent, timeout=PATIENCE)  # fmt: skip
        self.assertIn("KeyboardInterrupt", done.stderr)
        self.assertFalse(alive(int(done.stdout)))

    def test_sigint(self):
        self.interrupted(signal.SIGINT, 130)

    def test_sigterm(self):
        self.interrupted(signal.SIGTERM, 128 + signal.SIGTERM)

    def test_sighup(self):
        self.interrupted(signal.SIGHUP, 128 + signal.SIGHUP)


def alive(pid):
    """Whether the process runs; a zombie, which waits for whoever adopted it, does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Trouble(Tree):
    def test_progress_that_cannot_be_saved_stops_nobody(self):
        self.run_command("start", "alpha")
        (self.root / "mine/.lock").unlink()
        (self.root / "mine/.lock").mkdir()  # not to be opened for writing, not even by root
        self.says("pass")
        said = self.run_command("run")
        self.assertIn("✓ it works", said)
        self.assertIn("your progress could not be saved", said)

    def test_progress_that_cannot_be_read_is_reported(self):
        (self.root / "mine/progress").mkdir(parents=True)
        self.assertIn("cannot read your progress", self.run_command(status=1))

    def test_a_place_that_cannot_be_written_is_reported(self):
        (self.root / "mine").write_text("a file in the way")
        said = self.run_command(status=1)
        self.assertRegex(said, "cannot (read your progress|write to)")

    def test_a_tree_without_exercises_is_reported(self):
        self.root = self.root / "chapters"
        self.assertIn("there are no exercises", self.run_command(status=1))

    def test_a_missing_tool_is_named(self):
        (self.bin / "cmake").unlink()
        self.assertIn("cmake is not installed", self.run_command(status=1, PATH=str(self.bin)))
