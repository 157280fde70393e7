"""The student's own files: mine/NN-name/MM-title/, ignored by git.

The first touch copies the stub there, as a whole or not at all: into a folder of another name, which is then renamed.
`.stub/` beside the student's files keeps the stub as it was on that day, so that we can tell later whether the stub
has changed, and whether the student has. Nothing that the student wrote is ever overwritten: what `reset` takes away
goes to mine/.old/.
"""

import contextlib
import difflib
import os
import shutil

from .catalog import files_in
from .files import locked, replace
from .problem import Problem


class Mine:
    def __init__(self, root):
        self.root = root
        self.folder = root / "mine"

    def of(self, exercise):
        return self.folder / exercise.name

    def files(self, exercise):
        """The paths of the student's files, those that must be there first."""
        folder = self.of(exercise)
        return [folder / name for name in exercise.files]

    def started(self, exercise):
        return self.of(exercise).is_dir()

    @contextlib.contextmanager
    def _change(self, exercise):
        try:
            with locked(self.folder):
                # What an interrupted copy left.
                for rest in self.of(exercise).parent.glob(f".{exercise.title}.copy-*"):
                    shutil.rmtree(rest)
                yield
        except OSError as error:
            raise Problem(f"cannot write to {self.of(exercise)}: {error.strerror or error}") from error

    def start(self, exercise):
        """Makes sure that the student has all files of the exercise. Returns what there is to say about it."""
        if self.started(exercise) and not self._missing(exercise) and not self.changed_stubs(exercise):
            return []
        with self._change(exercise):
            if not self.started(exercise):
                self._copy(exercise)
                return [f"Copied the stub to {self.show(self.of(exercise))}/"]
            return self._complete(exercise) + self._follow_stub(exercise)

    def _missing(self, exercise):
        """The names of the files that are gone, or whose stub we have not kept."""
        there = files_in(self.of(exercise)), files_in(self.of(exercise) / ".stub")
        return [name for name in exercise.files if any(name not in names for names in there)]

    def _copy(self, exercise):
        goal = self.of(exercise)
        fresh = goal.with_name(f".{exercise.title}.copy-{os.getpid()}")
        (fresh / ".stub").mkdir(parents=True)
        for name in exercise.files:
            shutil.copyfile(exercise.stub / name, fresh / name)
            shutil.copyfile(exercise.stub / name, fresh / ".stub" / name)
        os.rename(fresh, goal)

    def _complete(self, exercise):
        said = []
        for name in self._missing(exercise):
            path = self.of(exercise) / name
            if not path.exists():
                replace(path, (exercise.stub / name).read_bytes())
                said.append(f"{self.show(path)} was missing: copied the stub")
            self._remember_stub(exercise, name)
        return said

    def _follow_stub(self, exercise):
        changed = self.changed_stubs(exercise)
        if not changed:
            return []
        said = []
        for name in list(changed):
            if self._untouched(exercise, name):
                replace(self.of(exercise) / name, (exercise.stub / name).read_bytes())
                self._remember_stub(exercise, name)
                changed.remove(name)
                said.append(f"The stub of {name} has changed; you had not touched yours, so it has been renewed")
        if changed:
            said.append(
                f"The stub of {', '.join(changed)} has changed since you copied it. Yours stays as it is;\n"
                f"  ./dev exercise diff {exercise.title}    shows what has changed"
            )
        return said

    def _untouched(self, exercise, name):
        yours, then = self.of(exercise) / name, self.of(exercise) / ".stub" / name
        return then.is_file() and yours.is_file() and yours.read_bytes() == then.read_bytes()

    def changed_stubs(self, exercise):
        """The names of the files whose stub is no longer what the student started from."""
        if not self.started(exercise):
            return []
        return [name for name in exercise.files if self._then(exercise, name) != _lines(exercise.stub / name)]

    def _then(self, exercise, name):
        return _lines(self.of(exercise) / ".stub" / name)

    def stub_difference(self, exercise):
        """What has changed in the stub since the student copied it, as a unified difference."""
        text = []
        for name in self.changed_stubs(exercise):
            text += difflib.unified_diff(
                self._then(exercise, name),
                _lines(exercise.stub / name),
                f"{name} (as you copied it)",
                f"{name} (as it is now)",
            )
        return "".join(line if line.endswith("\n") else line + "\n" for line in text)

    def accept_stubs(self, exercise):
        """From now on the present stub counts as the one that the student started from."""
        with self._change(exercise):
            for name in self.changed_stubs(exercise):
                self._remember_stub(exercise, name)

    def _remember_stub(self, exercise, name):
        (self.of(exercise) / ".stub").mkdir(exist_ok=True)
        replace(self.of(exercise) / ".stub" / name, (exercise.stub / name).read_bytes())

    def changed(self, exercise):
        """Whether the student has written anything."""
        return self.started(exercise) and not all(self._untouched(exercise, name) for name in exercise.files)

    def reset(self, exercise):
        """Puts the student's version away and copies the stub anew. Returns where the old version went, or None
        where there was none."""
        with self._change(exercise):
            kept = None
            if self.started(exercise):
                number = 1
                while (kept := self.folder / ".old" / f"{exercise.name}.{number}").exists():
                    number += 1
                kept.parent.mkdir(parents=True, exist_ok=True)
                os.rename(self.of(exercise), kept)
            self._copy(exercise)
            return kept

    def stamp(self, exercise):
        """Something that differs after each save of one of the student's files."""
        stamps = []
        for name in files_in(self.of(exercise)):
            try:
                stat = (self.of(exercise) / name).stat()
                stamps.append((name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
            except FileNotFoundError:
                pass  # an editor is just replacing it
        return stamps

    def show(self, path):
        """A path as we print it: from the root of the tree."""
        try:
            return str(path.relative_to(self.root))
        except ValueError:
            return str(path)


def _lines(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    except FileNotFoundError:
        return []
