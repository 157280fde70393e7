"""The interactive screen: one exercise, its verdict, a bar, and one line of keys.

The student's files are looked at four times a second: it costs nothing that one could measure, and unlike inotify it
also works in shared folders and containers. In manual mode only the key r runs the test.
"""

import contextlib
import os
import select
import sys
import termios
import tty

from .problem import Problem

LOOK = 0.25  # seconds between two looks at the files
CLEAR = "\x1b[H\x1b[2J\x1b[3J"
UP, DOWN, ESCAPE = ("k", "\x1b[A"), ("j", "\x1b[B"), "\x1b"


class Screen:
    def __init__(self, desk, exercise, manual):
        self.desk = desk
        self.manual = manual
        self.input = sys.stdin.fileno()
        self._open(exercise)

    def _open(self, exercise):
        self.exercise = exercise
        self.notes = self.desk.start(exercise)
        self.verdict = None
        self.extra = ""  # hints, a solution, a difference: what the last key asked for
        self.stamp = None

    def show(self):
        """Until the student has had enough."""
        with self._keys():
            self._run()
            self._draw()
            while (key := self._wait()) not in ("q", ""):
                try:
                    self._act(key)
                except Problem as problem:
                    self.extra = str(problem)
                self._draw()
        self.desk.say()

    @contextlib.contextmanager
    def _keys(self):
        """Keys come singly and unseen; Ctrl-C works as ever."""
        before = termios.tcgetattr(self.input)
        try:
            tty.setcbreak(self.input)
            yield
        finally:
            termios.tcsetattr(self.input, termios.TCSADRAIN, before)

    def _run(self):
        self.stamp = self.desk.mine.stamp(self.exercise)
        self.desk.out.write(CLEAR)
        self.desk.say(self.desk.heading(self.exercise) + "\n")
        try:
            self.verdict = self.desk.run(self.exercise)
            self.extra = ""
        except Problem as problem:
            self.extra = str(problem)

    def _wait(self):
        """The next key, '' at the end of input. Runs the test whenever the files have changed meanwhile."""
        while True:
            ready, _, _ = select.select([self.input], [], [], None if self.manual else LOOK)
            if ready:
                return self._key()
            stamp = self.desk.mine.stamp(self.exercise)
            if stamp == self.stamp:
                continue
            # An editor may save in two steps: wait until it is quiet.
            self.stamp = stamp
            if not select.select([self.input], [], [], LOOK)[0] and self.desk.mine.stamp(self.exercise) == stamp:
                self._run()
                self._draw()
            else:
                self.stamp = None

    def _key(self):
        key = os.read(self.input, 1).decode("latin-1")
        if key == ESCAPE:
            # An arrow key comes as three bytes at once.
            while len(key) < 3 and select.select([self.input], [], [], 0.05)[0]:
                key += os.read(self.input, 1).decode("latin-1")
        return key

    def _act(self, key):
        desk, exercise = self.desk, self.exercise
        match key:
            case "n":
                following = desk.after(exercise)
                if following is None:
                    self.extra = "All exercises are done." if desk.done(exercise) else "There is no other open exercise."
                else:
                    self._open(following)
                    self._run()
            case "h":
                read, levels = desk.progress.hints.get(exercise.name, 0), len(exercise.hints)
                if read < levels:
                    desk.progress.count_hint(exercise.name, read := read + 1)
                self.extra = "\n\n".join(desk.hint(exercise, level) for level in range(1, read + 1))
            case "l":
                chosen = self._choose()
                if chosen is not None and chosen is not exercise:
                    self._open(chosen)
                    self._run()
            case "c":
                self._check()
            case "r":
                self._run()
            case "x":
                if not desk.mine.changed(exercise):
                    self.extra = "Yours is still the stub as it came."
                elif self._sure("Put your version away and start anew?"):
                    kept = desk.mine.reset(exercise)
                    desk.progress.forget(exercise.name)
                    self._open(exercise)
                    self.notes.append(f"Your version is in {desk.mine.show(kept)}/")
                    self._run()
            case "s":
                if desk.done(exercise) or self._sure("This one is not done yet. Show the solution all the same?"):
                    self.extra = desk.solution(exercise)
            case "d":
                self.extra = desk.mine.stub_difference(exercise) or "The stub is as you copied it."

    def _check(self):
        """Tests all that the student has started, and goes to the first that fails."""
        lines = []
        for exercise in filter(self.desk.mine.started, self.desk.exercises):
            self.desk.out.write(CLEAR)
            self.desk.say("\n".join([*lines, f"  {exercise.name} …"]))
            passed = self.desk.run(exercise).passed
            lines.append(f"{self.desk.paint('✓', 'green') if passed else self.desk.paint('✗', 'red')} {exercise.name}")
        self.extra = "\n".join(lines)

    def _sure(self, question):
        self.desk.say(f"\n{question} [y/N]")
        return self._key() in ("y", "Y")

    def _choose(self):
        """The list; returns the chosen exercise, or None."""
        exercises = self.desk.exercises
        row = exercises.index(self.exercise)
        while True:
            self.desk.out.write(CLEAR)
            self.desk.say(self.desk.table(exercises[row]))
            self.desk.say("\n" + self._prompt("j:down", "k:up", "Enter:go to it", "q:back"))
            match self._key():
                case key if key in DOWN:
                    row = min(row + 1, len(exercises) - 1)
                case key if key in UP:
                    row = max(row - 1, 0)
                case "\n" | "\r" | "c":
                    return exercises[row]
                case "q" | "l" | "" | "\x1b":
                    return None

    def _draw(self):
        desk, exercise = self.desk, self.exercise
        parts = [desk.heading(exercise), *self.notes]
        if not (self.verdict and self.verdict.passed):
            parts.append(desk.goal(exercise))
        if self.verdict:
            parts.append(self.verdict.text(desk.paint).rstrip("\n"))
        if self.extra:
            parts.append(self.extra)
        if self.verdict and self.verdict.passed:
            parts.append(desk.paint("Done ✓", "green") + "  Try things out as long as you like; n goes on, s shows how "
                         "we did it.")  # fmt: skip
        parts.append(desk.where(exercise) + "\n" + desk.bar())
        keys = ["n:next", "h:hint", "l:list", "c:check", "x:reset", "q:quit"]
        if self.manual:
            keys.insert(0, "r:run")
        if desk.mine.changed_stubs(exercise):
            keys.insert(-1, "d:changes in the stub")
        if self.verdict and self.verdict.passed:
            keys.insert(-1, "s:solution")
        desk.out.write(CLEAR)
        desk.say("\n\n".join(parts))
        desk.out.write("\n" + self._prompt(*keys) + " ? ")
        desk.out.flush()

    def _prompt(self, *keys):
        return " / ".join(self.desk.paint(key.split(":")[0], "bold") + ":" + key.split(":")[1] for key in keys)
