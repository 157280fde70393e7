"""The interactive screen, on a real (pseudo) terminal. What is waited for is text on the screen, never a time."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

from .tree import PATIENCE, Tree

PROMPT = "q:quit ? "


def _own_terminal():
    # So that Ctrl-C reaches the runner.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """The runner on a terminal, and the student before it."""

    def __init__(self, test, *arguments):
        self.test = test
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        self.process = subprocess.Popen(
            test.command(*arguments),
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**test.environment, "NO_COLOR": "1"},
            start_new_session=True,
            preexec_fn=_own_terminal,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read_until(self, words):
        """Waits for `words`. Returns the screen up to them, and forgets it."""
        until = time.monotonic() + PATIENCE
        while words not in self.text:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                self.test.fail(f"{words!r} did not appear; the screen says:\n{self.text}")
            self.text += os.read(self.master, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        seen, self.text = self.text.split(words, 1)
        return seen + words

    def press(self, keys, until=PROMPT):
        os.write(self.master, keys.encode())
        return self.read_until(until)

    def ended(self):
        return self.process.wait(PATIENCE)


class TheScreen(Tree):
    def test_opens_without_a_command_and_quits(self):
        with Terminal(self) as terminal:
            screen = terminal.read_until(PROMPT)
            self.assertIn("Copied the stub", screen)
            self.assertIn("01-first/01-alpha is not written yet", screen)
            self.assertIn("] 0/2", screen)
            self.assertIn("n:next / h:hint / l:list / c:check / x:reset / q:quit", screen)
            os.write(terminal.master, b"q")
            self.assertEqual(terminal.ended(), 0)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_runs_at_each_save_and_goes_on(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            self.says("first try")
            self.assertIn("first try", terminal.read_until(PROMPT))
            self.says("pass")
            screen = terminal.read_until(PROMPT)
            self.assertIn("Done ✓", screen)
            self.assertIn("] 1/2", screen)
            self.assertIn("s:solution", screen)
            self.assertIn("// says: pass", terminal.press("s"))
            self.assertIn("02-beta", terminal.press("n"))
            self.assertIn("no other open", terminal.press("n"))

    def test_runs_when_an_editor_replaces_the_file(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            self.write(self.root / "new", "// says: replaced\n")
            os.replace(self.root / "new", self.mine / "alpha.cpp")
            self.assertIn("replaced", terminal.read_until(PROMPT))

    def test_manual_runs_only_on_request(self):
        with Terminal(self, "watch", "--manual", "alpha") as terminal:
            self.assertIn("r:run", terminal.read_until(PROMPT))
            self.says("saved, not run")
            self.assertNotIn("saved, not run", terminal.press("h"))
            self.assertIn("saved, not run", terminal.press("r"))

    def test_hints_pile_up(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            self.assertNotIn("the idea", terminal.press("h"))
            screen = terminal.press("h")
            self.assertIn("look here", screen)
            self.assertIn("the idea", screen)
        self.assertIn("the code", self.run_command("hint", "alpha"))

    def test_the_list_leads_anywhere(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            self.assertIn(">   1.1", terminal.press("l", "q:back"))
            self.assertIn(">   1.2", terminal.press("j", "q:back"))
            self.assertIn(">   1.1", terminal.press("\x1b[A", "q:back"))
            self.assertIn(">   1.2", terminal.press("\x1b[B", "q:back"))
            self.assertIn("01-first/02-beta", terminal.press("\n"))
            terminal.press("l", "q:back")
            self.assertIn("02-beta", terminal.press("q"))

    def test_reset_asks(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            self.assertIn("still the stub", terminal.press("x"))
            self.says("written")
            terminal.read_until(PROMPT)
            terminal.press("x", "[y/N]")
            self.assertIn("written", terminal.press("n"))
            terminal.press("x", "[y/N]")
            screen = terminal.press("y")
            self.assertIn("Your version is in mine/.old/01-first/01-alpha.1/", screen)
            self.assertIn("not written yet", screen)

    def test_check_runs_all_that_was_started(self):
        self.run_command("start", "beta")
        self.run_command("start", "alpha")
        self.says("pass", "01-first/02-beta")
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            screen = terminal.press("c")
            self.assertIn("✗ 01-first/01-alpha\n✓ 01-first/02-beta", screen)
            self.assertIn("] 1/2", screen)

    def test_a_changed_stub_is_offered(self):
        self.run_command("start", "alpha")
        self.says("written")
        self.write(self.alpha / "stub" / "alpha.cpp", "// a better stub\n")
        with Terminal(self) as terminal:
            screen = terminal.read_until(PROMPT)
            self.assertIn("has changed since you copied it", screen)
            self.assertIn("d:changes in the stub", screen)
            self.assertIn("+// a better stub", terminal.press("d"))

    def test_ctrl_c_puts_the_terminal_back(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            terminal.press("\x03", "stopped")
            self.assertEqual(terminal.ended(), 130)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_sigterm_puts_the_terminal_back(self):
        with Terminal(self) as terminal:
            terminal.read_until(PROMPT)
            terminal.process.send_signal(signal.SIGTERM)
            self.assertEqual(terminal.ended(), 128 + signal.SIGTERM)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_a_build_that_cannot_start_does_not_end_the_screen(self):
        self.tool("cmake", "#!/bin/sh\necho no compiler here\nexit 1\n")
        with Terminal(self) as terminal:
            self.assertIn("no compiler here", terminal.read_until(PROMPT))
            os.write(terminal.master, b"q")
            self.assertEqual(terminal.ended(), 0)

    def test_questions_are_asked_on_a_terminal(self):
        with Terminal(self, "solution", "alpha") as terminal:
            terminal.read_until("Show the solution all the same? [y/N]")
            os.write(terminal.master, b"y\n")
            terminal.read_until("says: pass")
            self.assertEqual(terminal.ended(), 0)
