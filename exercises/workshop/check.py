"""The exercises' own tests. Of each exercise we want to know:

1. it has all its parts, and they say what they should (rules below);
2. the untouched stub builds and fails with its own message and nothing else;
3. the solution builds and passes, inside the server too where the exercise is live;
4. each wrong solution builds and fails, with the message that is recorded for it in messages/.
"""

import difflib
import functools
import re
import shutil
import subprocess

from . import catalog
from .catalog import files_in
from .files import replace
from .processes import side_by_side

SOURCES = (".cpp", ".hpp")
PARTS = {"README.md", "hints.md", "test.cpp", "stub", "solution", "wrong", "messages"}
HINTS = 3
WRONG = 2  # at least
AGAIN = 2  # times more a wrong solution is tried, alone, that was not caught or not in the recorded words
FORMATTER = "clang-format-14"  # each version formats a little differently
TODO = re.compile(r"\bTODO\b")
NOT_WRITTEN = re.compile(r"\bnot_written_yet\(([^)]*)\)")
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def check(desk, exercises, build=True, record=False):
    """Checks the exercises and says how they fare. Returns the exit status."""
    failed = False
    for exercise in exercises:
        complaints = list(parts(desk.root, exercise))
        if not complaints:
            said = desk.builder.build([exercise.target]) if build else ""
            complaints = [f"does not build\n{said}"] if said else list(_runs(desk, exercise, record))
        failed |= _tell(desk, f"{exercise.name}: stub, solution, {len(exercise.wrong)} wrong solutions", complaints)
    return 1 if failed else 0


def check_parts(desk):
    """Checks the files of all exercises; builds and runs nothing. Returns the exit status."""
    failed = _tell(desk, "the exercises together", list(tree(desk.root, desk.exercises)))
    for exercise in desk.exercises:
        failed |= _tell(desk, exercise.name, list(parts(desk.root, exercise)))
    return 1 if failed else 0


def _tell(desk, what, complaints):
    desk.say(f"{desk.paint('✗', 'red') if complaints else desk.paint('✓', 'green')} {what}")
    for complaint in complaints:
        desk.say("\n".join("    " + line for line in complaint.splitlines()))
    return bool(complaints)


def tree(root, exercises):
    """What is wrong with the exercises as a whole."""
    titles = {}
    for exercise in exercises:
        other = titles.setdefault(exercise.title[3:], exercise)
        if other is not exercise:
            yield f"{exercise.name} has the same title as {other.name}"
    for chapter in sorted({e.chapter for e in exercises}):
        ours = [e for e in exercises if e.chapter == chapter]
        if not (root / "chapters" / chapter).is_dir():
            yield f"exercises/{chapter} belongs to no chapter"
        for number, exercise in enumerate(ours, 1):
            if not exercise.title.startswith(f"{number:02}-"):
                yield f"{exercise.name} should be number {number:02} of its chapter"
        kinds = {e.about.kind for e in ours if e.about}
        for kind in catalog.KINDS:
            if kind not in kinds:
                yield f"{chapter} has no exercise of the kind “{kind}”"
        if not any(e.live for e in ours):
            yield f"{chapter} has no live exercise"


def parts(root, exercise):
    """What is wrong with an exercise's files, before anything is run."""
    yield from _readme(exercise)
    yield from _hints(exercise)
    yield from _folder(exercise)
    yield from _layer(root, exercise)
    yield from _marks(exercise)
    yield from _format(root, exercise)


def _readme(exercise):
    if not exercise.readme:
        yield "README.md is missing"
        return
    if exercise.heading == exercise.name:
        yield "README.md does not begin with a title"
    if not exercise.about:
        kinds = "|".join(catalog.KINDS)
        yield f"README.md lacks its line “{kinds}[ · live] · {'|'.join(catalog.LEVELS)} · about N minutes”"
    titles = re.findall(r"^## +(.+?) *$", exercise.readme, re.MULTILINE)
    if titles != list(catalog.SECTIONS):
        yield f"README.md should have the sections {', '.join(catalog.SECTIONS)}; it has {', '.join(titles)}"
    for title in titles:
        if not exercise.section(title):
            yield f"README.md: the section {title} is empty"
    for name in exercise.files:
        if f"`{name}`" not in exercise.section("Files"):
            yield f"README.md: Files does not name `{name}`"
    for link, _ in LINK.findall(exercise.readme):
        if "://" not in link and not (exercise.folder / link).exists():
            yield f"README.md: the link to {link} leads nowhere"


def _hints(exercise):
    if len(exercise.hints) != HINTS:
        yield f"hints.md should have {HINTS} levels, each under a heading “## …”; it has {len(exercise.hints)}"
    for level, text in enumerate(exercise.hints, 1):
        if not text:
            yield f"hints.md: level {level} is empty"


def _folder(exercise):
    for part in sorted(PARTS):
        if not (exercise.folder / part).exists():
            yield f"{part} is missing"
    for path in sorted(exercise.folder.iterdir()):
        if path.name not in PARTS and f"`{path.name}`" not in exercise.section("Files"):
            yield f"{path.name} is not a part of an exercise, and Files does not name it"
    if not exercise.files:
        yield "stub/ has no files"
    versions = {"solution": exercise.solution} | {f"wrong/{n}": exercise.folder / "wrong" / n for n in exercise.wrong}
    for label, folder in versions.items():
        if files_in(folder) != exercise.files:
            yield f"{label}/ should have the files of stub/: {', '.join(exercise.files)}"
    if len(exercise.wrong) < WRONG:
        yield f"wrong/ should have at least {WRONG} wrong solutions"
    expected = sorted(f"{name}.txt" for name in ["stub", *exercise.wrong])
    for name in files_in(exercise.folder / "messages"):
        if name not in expected:
            yield f"messages/{name} belongs to no version"


def _layer(root, exercise):
    """Live files stand for the layer's of the same names; all others must not, or they would be taken for them."""
    layer = exercise.chapter[3:].replace("-", "_")
    ours = files_in(root / "src" / layer)
    both = [name for name in exercise.files if name in ours]
    if exercise.live and not both:
        yield f"it is live, and no file of its stub is called like one of src/{layer}"
    if exercise.live and not list(exercise.folder.glob("*.session")):
        yield "it is live, and no *.session has psql talk to its server"
    if not exercise.live:
        yield from (f"{name} is called like a file of src/{layer}" for name in both)


def _marks(exercise):
    """TODO and not_written_yet: one of each for each missing body of the stub, none in what is finished."""
    todos = calls = 0
    for path in (exercise.stub / name for name in exercise.files):
        text = path.read_text(encoding="utf-8")
        found = len(TODO.findall(text))
        named = NOT_WRITTEN.findall(text)
        todos += found
        calls += len(named)
        for argument in named:
            if argument != f'"{exercise.name}"':
                yield f'stub/{path.name}: not_written_yet({argument}) should name "{exercise.name}"'
        if path.suffix in SOURCES and not exercise.hunt and found != len(named):
            yield f"stub/{path.name} should have one TODO for each not_written_yet: it has {found} and {len(named)}"
    if exercise.hunt and (todos, calls) != (1, 0):
        yield "the stub of a bug hunt is whole: one TODO that says what to look for, no not_written_yet"
    if not todos:
        yield "the stub has no TODO"
    for version in ["solution", *(f"wrong/{name}" for name in exercise.wrong)]:
        for name in files_in(exercise.folder / version):
            text = (exercise.folder / version / name).read_text(encoding="utf-8")
            if TODO.search(text) or NOT_WRITTEN.search(text):
                yield f"{version}/{name} still has a TODO or a not_written_yet"


def _format(root, exercise):
    sources = [str(p.relative_to(root)) for p in sorted(exercise.folder.rglob("*")) if p.suffix in SOURCES]
    if not shutil.which(FORMATTER):
        yield f"{FORMATTER} is not installed: the format of {len(sources)} files cannot be checked"
        return
    command = [FORMATTER, "--dry-run", "-Werror", "--ferror-limit=1", *sources]
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"not formatted (`./dev fmt` does it):\n{done.stderr.strip()}"


def _runs(desk, exercise, record):
    versions = ["stub", "solution", *(f"wrong.{name}" for name in exercise.wrong)]
    stub, solution, *wrong = side_by_side(
        functools.partial(desk.run, exercise, version, build=False) for version in versions
    )
    if not exercise.hunt:
        if not stub.not_written(exercise.name):
            yield "the stub should fail by saying that it is not written yet, and nothing else; it says\n" + stub.text()
        for case in stub.cases:
            if case.passed:
                yield f"the untouched stub passes the test “{case.name}”"
    yield from _message(exercise, "stub", stub, record)
    if not solution.passed:
        yield "the solution fails\n" + solution.text()
    for name, verdict in zip(exercise.wrong, wrong):
        complaints = list(_message(exercise, name, verdict, record))
        for _ in range(AGAIN):
            if complaints:  # what goes wrong now and then only may go well on a machine that is busy, or wrong in another way
                verdict = desk.run(exercise, f"wrong.{name}", build=False)
                complaints = list(_message(exercise, name, verdict, record))
        yield from complaints


def _message(exercise, name, verdict, record):
    """Compares what a version that must fail says with what is recorded."""
    path = exercise.folder / "messages" / f"{name}.txt"
    said = verdict.text(where=False)
    if verdict.error:
        yield f"{name} does not build\n{said}"
    elif verdict.passed:
        yield f"{name} passes, and should fail"
    elif record:
        path.parent.mkdir(exist_ok=True)
        replace(path, said.encode())
    elif not path.exists():
        yield f"messages/{path.name} is missing (check --record writes it); {name} says\n{said}"
    elif (recorded := path.read_text(encoding="utf-8")) != said:
        difference = difflib.unified_diff(
            recorded.splitlines(), said.splitlines(), f"messages/{path.name}", f"{name}, now", lineterm=""
        )
        yield f"{name} no longer says what is recorded\n" + "\n".join(difference)
