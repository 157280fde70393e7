"""Making and running an exercise's programs, in the build folder that `./dev build` uses.

Each exercise has one version for each folder that holds its files: `mine`, `stub`, `solution`, `wrong.NAME`. CMake
names the target of a version `exercise.NN-name.MM-title.VERSION`; its test program lies below the build folder in
exercises/NN-name/MM-title/VERSION/exercise (and, where it makes one, its server beside it).
"""

import contextlib
import fcntl
import os
import re
import subprocess
import tempfile
from pathlib import Path

from . import processes, verdict
from .problem import Problem

PROGRAM = "exercise"  # the test program's name
LIMIT = 120  # seconds for one test program
SHOWN_ERRORS = 40  # lines of a compiler's message
STEP = re.compile(r"^\[(\d+)/(\d+)\] ")
# What ninja and make say around the compiler's own words.
NOISE = re.compile(r"^(\[\d+/\d+\] |FAILED: |ninja: |gmake|make|\S*(ccache|g\+\+|clang\+\+|c\+\+|cmake|ld)\S* .*-|cd |: && )")


class Builder:
    def __init__(self, root, folder=None):
        self.root = root
        self.folder = Path(folder or os.environ.get("FORKLORE_BUILD_DIR") or root / "build" / "debug").absolute()

    def programs(self, exercise, version):
        """The folder of one version's programs."""
        return self.folder / "exercises" / exercise.name / version

    def build(self, targets, step=lambda words: None):
        """Builds CMake targets. Returns '' or what the compiler said. `step` is told how far it is, and '' at the end."""
        with self._locked():
            if not (self.folder / "CMakeCache.txt").exists():
                step("Preparing the build folder, once …")
                said = self._run(["cmake", "--preset", "debug", "-B", str(self.folder)], step)
                if said is not None:
                    (self.folder / "CMakeCache.txt").unlink(missing_ok=True)
                    raise Problem("the build could not be prepared; `./dev build` installs what is missing\n\n" + said)
            said = self._run(["cmake", "--build", str(self.folder), "--target", *targets], step)
            return "" if said is None else errors(said)

    @contextlib.contextmanager
    def _locked(self):
        # ninja does not notice another ninja in the same folder.
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(self.folder / ".exercises.lock", "a", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise Problem(f"cannot build in {self.folder}: {error.strerror or error}") from error

    def _run(self, command, step):
        """None, or what the failing command printed."""
        said = []
        # Without NINJA_STATUS of the student's own, and with one compiler's messages at a time.
        environment = {**os.environ, "NINJA_STATUS": "[%f/%t] ", "CLICOLOR_FORCE": "0", "LC_ALL": "C.UTF-8"}
        try:
            with processes.group(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.root, env=environment
            ) as process:
                for line in process.stdout:
                    line = line.decode("utf-8", "replace")
                    said.append(line)
                    if found := STEP.match(line):
                        step(f"Building {found[1]} of {found[2]}")
                step("")
                return "".join(said) if process.wait() else None
        except FileNotFoundError as error:
            raise Problem(f"{command[0]} is not installed; `./dev build` installs what is missing") from error

    def test(self, exercise, version, files):
        """Runs a version's test program. `files` is the folder with that version's files."""
        programs = self.programs(exercise, version)
        return self.catch(
            programs / PROGRAM,
            LIMIT,
            FORKLORE_EXERCISE_FILES=str(files),
            FORKLORE_EXERCISE_SERVER=str(programs / "server"),
        )

    def catch(self, program, limit, **environment):
        """Runs a Catch2 program for at most `limit` seconds, in a folder of its own. Returns its verdict."""
        with tempfile.TemporaryDirectory(prefix="forklore-") as scratch:
            report = Path(scratch, "report.xml")
            command = [str(program), "--reporter", "xml", "--out", str(report)]
            environment = {**os.environ, **environment, "TMPDIR": scratch}
            try:
                status, output = processes.run(command, limit, env=environment, cwd=scratch)
            except FileNotFoundError as error:
                raise Problem(f"{program} has not been built") from error
            xml = report.read_text(encoding="utf-8", errors="replace") if report.exists() else ""
            return verdict.from_catch(xml, status, limit, output)


def errors(said):
    """The part of a build's output that helps: the compiler's and the linker's own words."""
    lines = [line for line in said.splitlines() if line.strip() and not NOISE.match(line)]
    lines = lines or said.splitlines() or ["the build failed without a word"]
    more = [f"… and {len(lines) - SHOWN_ERRORS} lines more"] if len(lines) > SHOWN_ERRORS else []
    return "\n".join(lines[:SHOWN_ERRORS] + more)
