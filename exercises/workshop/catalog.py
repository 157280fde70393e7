"""The exercises as they lie in the tree.

An exercise is a folder `exercises/NN-name/MM-title/` with

    README.md    goal, files, invariants, predict, steps, check, questions, further
    stub/        what the student starts from; copied to mine/NN-name/MM-title/
    test.cpp     the test
    hints.md     three levels
    solution/    the same files as stub/, written
    wrong/NAME/  the same files again, written plausibly and wrong
    messages/    what the student reads: stub.txt, and NAME.txt for each wrong solution

and whatever headers or programs the README says are given.
"""

import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .problem import Problem

KINDS = ("Fill the gap", "Find the bug", "Measure and explain", "Extend the server")
LEVELS = "①②③"
SECTIONS = ("Goal", "Files", "Invariants", "Predict", "Steps", "Check", "Questions", "Further")
NUMBERED = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")
ABOUT = re.compile(rf"^({'|'.join(KINDS)})( · live)? · ([{LEVELS}]) · about (\d+) minutes$", re.MULTILINE)


@dataclass(frozen=True)
class About:
    """The line below an exercise's title."""

    kind: str
    live: bool
    level: str
    minutes: int

    def __str__(self):
        return f"{self.kind}{' · live' if self.live else ''} · {self.level} · about {self.minutes} minutes"


@dataclass(frozen=True)
class Exercise:
    name: str  # "01-connections/02-frames"
    folder: Path

    @property
    def chapter(self):
        return self.name.split("/")[0]

    @property
    def title(self):
        return self.name.split("/")[1]

    @property
    def target(self):
        """The stem of the names of its CMake targets."""
        return "exercise." + self.name.replace("/", ".")

    @cached_property
    def readme(self):
        return _read(self.folder / "README.md")

    @cached_property
    def about(self):
        """Its kind, level and time; None where the README has no such line."""
        found = ABOUT.search(self.readme)
        return About(found[1], bool(found[2]), found[3], int(found[4])) if found else None

    @property
    def live(self):
        return self.about is not None and self.about.live

    @property
    def hunt(self):
        """Whether it is a bug hunt: its stub is whole, and wrong."""
        return self.about is not None and self.about.kind == "Find the bug"

    @property
    def heading(self):
        first = self.readme.split("\n", 1)[0]
        return first[2:].strip() if first.startswith("# ") else self.name

    def section(self, title):
        """The text of one section of the README, '' where there is none."""
        return _sections(self.readme).get(title, "")

    @property
    def goal(self):
        return self.section("Goal").split("\n\n")[0].replace("\n", " ")

    @cached_property
    def hints(self):
        return list(_sections(_read(self.folder / "hints.md")).values())

    @property
    def stub(self):
        return self.folder / "stub"

    @property
    def solution(self):
        return self.folder / "solution"

    @property
    def files(self):
        """The names of the files that the student writes."""
        return files_in(self.stub)

    @property
    def wrong(self):
        """The names of its wrong solutions."""
        folder = self.folder / "wrong"
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []

    @property
    def number(self):
        """How people say it: 1.2 for 01-connections/02-frames."""
        return f"{int(self.chapter[:2])}.{int(self.title[:2])}"


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _sections(text):
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    # Only empty lines go: the first of the others may be code.
    return {title.strip(): re.sub(r"\A\s*\n", "", body).rstrip() for title, body in zip(parts[1::2], parts[2::2])}


def files_in(folder):
    """The names of a folder's plain files, in order; hidden ones are not ours to see."""
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def load(root):
    """All exercises below `root`, in order."""
    found = []
    for chapter in sorted((root / "exercises").glob("[0-9][0-9]-*")):
        for folder in sorted(p for p in chapter.glob("[0-9][0-9]-*") if p.is_dir()):
            found.append(Exercise(f"{chapter.name}/{folder.name}", folder))
    if not found:
        raise Problem(f"there are no exercises in {root / 'exercises'}")
    return found


def find(exercises, text):
    """The exercise that `text` names: in full, by title, by number (1.2, 1/2), or by a part that only it has."""
    wanted = text.strip().strip("/").removeprefix("exercises/").removeprefix("mine/")
    numbers = re.fullmatch(r"0*(\d+)[./]0*(\d+)", wanted)
    if numbers:
        wanted_number = f"{numbers[1]}.{numbers[2]}"
        tests = [lambda e: e.number == wanted_number]
    else:
        tests = [
            lambda e: wanted in (e.name, e.title, e.title[3:]),
            lambda e: e.title.startswith(wanted) or e.title[3:].startswith(wanted),
            lambda e: wanted in e.name,
        ]
    for test in tests:
        found = [e for e in exercises if wanted and test(e)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Problem(f'"{text}" could be ' + " or ".join(e.name for e in found))
    names = {key: e.name for e in exercises for key in (e.name, e.title, e.title[3:])}
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f'; did you mean {names[near[0]]}?' if near else "; `list` shows them all"
    raise Problem(f'there is no exercise "{text}"{hint}')
