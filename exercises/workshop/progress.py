"""What a student has done: one plain-text file, mine/progress, a line for each fact.

    current 01-connections/02-frames
    done 01-connections/01-startup-packet 2025-03-01
    hints 01-connections/02-frames 2

It may be edited by hand. Lines that we do not know are kept as they are. Every change reads the file anew and
replaces it as a whole under a lock, so that two runners side by side, or a crash, lose nothing.
"""

import contextlib
import datetime

from .files import locked, replace
from .problem import Problem

HEADING = "# Progress in the Forklore exercises. One fact a line; you may edit it."


class Progress:
    def __init__(self, folder):
        self.file = folder / "progress"
        self._read()

    def _read(self):
        self.current = None
        self.done = {}  # name -> date
        self.hints = {}  # name -> how many levels were shown
        self._others = []
        try:
            lines = self.file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            lines = []
        except OSError as error:
            raise Problem(f"cannot read your progress from {self.file}: {error.strerror}") from error
        for line in lines:
            match line.split():
                case ["current", name]:
                    self.current = name
                case ["done", name, *rest]:
                    self.done[name] = " ".join(rest)
                case ["hints", name, count] if count.isdecimal():
                    self.hints[name] = int(count)
                case _ if line and line != HEADING:
                    self._others.append(line)

    @contextlib.contextmanager
    def _change(self):
        try:
            with locked(self.file.parent):
                self._read()
                yield
                replace(self.file, self._text().encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise Problem(f"your progress could not be saved in {self.file}: {error.strerror}") from error

    def _text(self):
        lines = [HEADING]
        if self.current:
            lines.append(f"current {self.current}")
        lines += [f"done {name} {date}".rstrip() for name, date in sorted(self.done.items())]
        lines += [f"hints {name} {count}" for name, count in sorted(self.hints.items())]
        return "\n".join(lines + self._others) + "\n"

    def set_current(self, name):
        if self.current != name:
            with self._change():
                self.current = name

    def set_done(self, name):
        if name not in self.done:
            with self._change():
                self.done[name] = datetime.date.today().isoformat()

    def set_open(self, name):
        """Not done, or no longer."""
        if name in self.done:
            with self._change():
                self.done.pop(name, None)

    def count_hint(self, name, level):
        """The hints up to `level` have been read."""
        with self._change():
            self.hints[name] = max(self.hints.get(name, 0), level)

    def forget(self, name):
        with self._change():
            self.done.pop(name, None)
            self.hints.pop(name, None)
