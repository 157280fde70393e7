"""One student at work: what the plain commands and the screen have in common."""

import os
import shutil
import sys
import textwrap

from . import catalog, live
from .build import Builder
from .mine import Mine
from .problem import Problem
from .progress import Progress
from .verdict import Verdict

COLOURS = {"red": "31", "green": "32", "bold": "1", "dim": "2"}
BAR = 30  # characters
WIDTH = 110  # characters in a line, at most
LIVE = ("mine", "solution")  # the versions of a live exercise that are built into the chapter's server


class Desk:
    def __init__(self, root, out=None):
        self.root = root
        self.out = out or sys.stdout
        self.exercises = catalog.load(root)
        self.mine = Mine(root)
        self.progress = Progress(self.mine.folder)
        self.builder = Builder(root)
        self.coloured = self.out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def paint(self, text, colour):
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.coloured else text

    def say(self, text=""):
        print(text, file=self.out, flush=True)

    def done(self, exercise):
        return exercise.name in self.progress.done

    def open_exercises(self):
        return [exercise for exercise in self.exercises if not self.done(exercise)]

    def current(self):
        """The exercise at hand: the one chosen last while it is open, else the next open one; None when all are
        done."""
        chosen = self.chosen()
        return chosen if chosen and not self.done(chosen) else self.after(chosen)

    def chosen(self):
        return next((e for e in self.exercises if e.name == self.progress.current), None)

    def after(self, exercise):
        """The next open exercise after `exercise`, from the top again behind the last; None when there is no other."""
        start = self.exercises.index(exercise) + 1 if exercise else 0
        around = self.exercises[start:] + self.exercises[:start]
        return next((e for e in around if not self.done(e) and e is not exercise), None)

    def find(self, name):
        """The exercise that a person named, or the one chosen last, or the next open one."""
        if name:
            return catalog.find(self.exercises, name)
        exercise = self.chosen() or self.current()
        if exercise is None:
            raise Problem("all exercises are done; name the one you mean")
        return exercise

    def start(self, exercise):
        """Makes it the exercise at hand. Returns what there is to say."""
        return self.mine.start(exercise) + self._remember(self.progress.set_current, exercise)

    def _remember(self, change, exercise):
        """Changes the progress. Where it cannot be saved, the student should hear of it, and can work on."""
        try:
            change(exercise.name)
            return []
        except Problem as problem:
            return [str(problem)]

    def run(self, exercise, version="mine", build=True):
        """Builds and tests one version: mine, stub, solution or wrong.NAME. Remembers how the student's fares."""
        files = self.mine.of(exercise) if version == "mine" else exercise.folder / version.replace(".", "/", 1)
        said = self.builder.build([f"{exercise.target}.{version}"], self._step) if build else ""
        verdict = Verdict(error=said) if said else self.builder.test(exercise, version, files)
        if verdict.passed and exercise.live and version in LIVE:
            live.go_on(self.builder, exercise, version, verdict)
        if version == "mine":
            change = self.progress.set_done if verdict.passed else self.progress.set_open
            verdict.notes = self._remember(change, exercise)
        return verdict

    def _step(self, words):
        """Shows how far a build is, on a line that is written anew each time."""
        if self.out.isatty():
            self.out.write(f"\r\x1b[K{words}")
            self.out.flush()

    def goal(self, exercise):
        """What is to be done, in lines that fit."""
        width = shutil.get_terminal_size((WIDTH, 0)).columns
        return textwrap.fill(exercise.goal, min(width, WIDTH))

    def heading(self, exercise):
        done = self.paint(" ✓ done", "green") if self.done(exercise) else ""
        return "\n".join(
            [
                self.paint(f"{exercise.number}  {exercise.heading}", "bold") + done,
                self.paint(f"{exercise.name} · {exercise.about}", "dim"),
            ]
        )

    def where(self, exercise):
        """The paths that the student needs."""
        lines = [f"Task       {self.mine.show(exercise.folder / 'README.md')}"]
        for number, path in enumerate(self.mine.files(exercise)):
            lines.append(f"{'Your files' if number == 0 else '':10} {self.mine.show(path)}{self._first_todo(path)}")
        return "\n".join(lines)

    def _first_todo(self, path):
        try:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if "TODO" in line:
                    return f":{number}"
        except OSError:
            pass
        return ""

    def bar(self):
        count, done = len(self.exercises), len(self.exercises) - len(self.open_exercises())
        full = BAR * done // count
        line = "#" * full + (">" + "-" * (BAR - full - 1) if full < BAR else "")
        return f"Progress   [{line}] {done}/{count}"

    def table(self, selected=None):
        """All exercises, one a line."""
        lines = []
        at_hand = selected or self.current()
        chapter = None
        width = max(len(e.heading) for e in self.exercises)
        for exercise in self.exercises:
            if exercise.chapter != chapter:
                chapter = exercise.chapter
                lines.append(self.paint(chapter, "bold"))
            mark = "✓" if self.done(exercise) else "…" if self.mine.changed(exercise) else " "
            here = ">" if exercise is at_hand else " "
            line = f"{here} {mark} {exercise.number:5} {exercise.heading:{width}}  {exercise.about}"
            lines.append(self.paint(line, "bold") if exercise is at_hand else line)
        return "\n".join([*lines, "", self.bar()])

    def hint(self, exercise, level):
        return f"{self.paint(f'Hint {level} of {len(exercise.hints)}', 'bold')}\n{exercise.hints[level - 1]}"

    def solution(self, exercise):
        lines = []
        for name in exercise.files:
            path = exercise.solution / name
            lines += [self.paint(self.mine.show(path), "bold"), path.read_text(encoding="utf-8")]
        return "\n".join(lines).rstrip()
