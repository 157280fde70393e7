"""A small tree with two exercises, and a `cmake` that needs no compiler: the first line of a student's file says how its
test ends."""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = f"import sys, pathlib; sys.path.insert(0, {str(HERE.parent)!r}); from workshop.commands import main; " \
      "sys.exit(main(sys.argv[2:], pathlib.Path(sys.argv[1])))"  # fmt: skip
PATIENCE = 60  # seconds before a test that waits gives up

README = """\
# {title}

{about}

## Goal

Say {title}.

## Files

- `{file}`: yours.
- `psql.session`: given, perhaps.

## Invariants

None.

## Predict

Anything?

## Steps

One.

## Check

Run it.

## Questions

Why?

## Further

No.
"""

STUB = '// says: stub\n// TODO: write it.\nnot_written_yet("{name}");\n'

# Makes a "program" of a version: a script that reports what the version's file says.
CMAKE = f"""\
#!{sys.executable}
import os, pathlib, sys
arguments = sys.argv[1:]
if "--preset" in arguments:
    pathlib.Path(arguments[arguments.index("-B") + 1], "CMakeCache.txt").write_text("")
    sys.exit(0)
root = pathlib.Path.cwd()
build = pathlib.Path(arguments[arguments.index("--build") + 1])
targets = arguments[arguments.index("--target") + 1:]
print("[1/1] Building CXX object somewhere")
for target in targets:
    _, chapter, title, *version = target.split(".")
    exercise = root / "exercises" / chapter / title
    wrong = [p.name for p in (exercise / "wrong").iterdir()]
    for version in [".".join(version)] if version else ["stub", "solution", *("wrong." + w for w in wrong)]:
        files = root / "mine" / chapter / title if version == "mine" else exercise / version.replace(".", "/", 1)
        said = "".join(p.read_text() for p in sorted(files.glob("*.cpp")))
        if "says: unbuildable" in said:
            print("FAILED: x.cpp.o\\n/usr/bin/ccache /usr/bin/c++ -o x.cpp.o -c x.cpp")
            print("x.cpp:1:1: error: does not name a type")
            print("ninja: build stopped: subcommand failed.")
            sys.exit(1)
        programs = build / "exercises" / chapter / title / version
        programs.mkdir(parents=True, exist_ok=True)
        program = programs / "exercise"
        program.write_text("#!{sys.executable}\\nSAID = " + repr(said) + "\\nNAME = " + repr(chapter + "/" + title) + "\\n"
                           + pathlib.Path({str(HERE / "program.py")!r}).read_text())
        program.chmod(0o755)
        (programs / "chapter").write_bytes(program.read_bytes())
        (programs / "chapter").chmod(0o755)
        (programs / "server").write_text("#!/bin/sh\\necho $*\\n")
        (programs / "server").chmod(0o755)
"""

# Stands for the runner of sessions: those fail that the file `broken` names.
SESSIONS = """\
import pathlib, sys
root = pathlib.Path(__file__).resolve().parents[2]
_, option, server, session = sys.argv
assert option == "--server" and pathlib.Path(server).exists() and pathlib.Path(session).exists()
name = pathlib.Path(session).stem
if (root / "broken").exists() and name in (root / "broken").read_text():
    sys.exit("the server said nothing")
sys.exit(77 if name == "strange" else 0)
"""


class Tree(unittest.TestCase):
    """Each test gets a tree of its own."""

    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="forklore-")))
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.tool("cmake", CMAKE)
        self.tool("clang-format-14", "#!/bin/sh\nexit 0\n")
        (self.root / "chapters" / "01-first").mkdir(parents=True)
        self.write(self.root / "src/first/alpha.cpp", "// ours\n")
        self.write(self.root / "tests/sessions/run.py", SESSIONS)
        for session in ("greeting", "strange"):
            self.write(self.root / f"chapters/01-first/sessions/{session}.session", "$ psql\n")
        self.alpha = self.exercise("01-first/01-alpha", "Fill the gap · live · ① · about 10 minutes")
        self.write(self.alpha / "psql.session", "$ psql\n")
        self.beta = self.exercise("01-first/02-beta", "Extend the server · ② · about 20 minutes")
        self.mine = self.root / "mine" / "01-first" / "01-alpha"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FORKLORE")},
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "TERM": "xterm",
            "TOLD": str(self.root / "told"),
        }

    def tool(self, name, text):
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    def exercise(self, name, about):
        title = name.split("-")[-1]
        folder = self.root / "exercises" / name
        versions = {
            "stub": STUB.format(name=name),
            "solution": "// says: pass\n",
            "wrong/one": "// says: fail\n",
            "wrong/two": "// says: crash\n",
        }
        for version, text in versions.items():
            self.write(folder / version / f"{title}.cpp", text)
        self.write(folder / "README.md", README.format(title=title, about=about, file=f"{title}.cpp"))
        self.write(folder / "hints.md", "# Hints\n\n## Where\n\nlook here\n\n## What\n\nthe idea\n\n## How\n\nthe code\n")
        self.write(folder / "test.cpp", "int main() {}\n")
        (folder / "messages").mkdir()
        return folder

    @staticmethod
    def write(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def command(self, *arguments):
        return [sys.executable, "-c", RUN, str(self.root), *arguments]

    def run_command(self, *arguments, status=0, **options):
        """Runs the runner without a terminal. Returns all that it said."""
        done = subprocess.run(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.environment, **options},
            timeout=PATIENCE,
            check=False,
        )
        said = done.stdout.decode()
        self.assertNotIn("Traceback", said)
        self.assertEqual(done.returncode, status, said)
        return said

    def says(self, text, exercise="01-first/01-alpha"):
        """Writes a student's file."""
        path = self.root / "mine" / exercise / f"{exercise.split('-')[-1]}.cpp"
        self.write(path, f"// says: {text}\n")

    @contextlib.contextmanager
    def told(self):
        """A pipe on which test programs report; yields a function that returns the next line."""
        os.mkfifo(self.environment["TOLD"])
        fd = os.open(self.environment["TOLD"], os.O_RDWR)  # both ends: opening does not wait
        rest = b""

        def line():
            nonlocal rest
            while b"\n" not in rest:
                self.assertTrue(select.select([fd], [], [], PATIENCE)[0], "no test program has reported")
                rest += os.read(fd, 4096)
            first, rest = rest.split(b"\n", 1)
            return first.decode()

        try:
            yield line
        finally:
            os.close(fd)
