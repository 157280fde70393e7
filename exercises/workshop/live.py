"""Live exercises: the student's file in the chapter's server, and what then has to go on working."""

import os
import sys
import tempfile
from pathlib import Path

from . import processes
from .problem import Problem
from .verdict import Case, Message

LIMIT = 300  # seconds for one step
SHOWN = 30  # lines of a step that fails
SKIPPED = 77  # exit status of a test that cannot run here
FIRST_PORT = 5433


def go_on(builder, exercise, version, verdict):
    """Runs the chapter's unit tests, the exercise's own session and the chapter's with this version's file in the server.
    Adds what they say to the verdict."""
    programs = builder.programs(exercise, version)
    chapter = builder.catch(programs / "chapter", LIMIT)
    case = Case("the chapter's own tests pass with it")
    for failed in (case_ for case_ in chapter.cases if not case_.passed):
        case.messages += [Message(f"{failed.name}\n{message.text}", message.where) for message in failed.messages]
    verdict.cases.append(case)
    sessions = [("psql talks to a server with it", path) for path in sorted(exercise.folder.glob("*.session"))]
    for path in sorted((builder.root / "chapters" / exercise.chapter / "sessions").glob("*.session")):
        if _starts_the_server(path.read_text(encoding="utf-8")):
            sessions.append((f"the chapter's session “{path.stem}” comes true on it", path))
    for name, path in sessions:
        replay = [builder.root / "tests" / "sessions" / "run.py", "--server", programs / "server", path]
        verdict.cases.append(_step(name, [sys.executable, "-B", *map(str, replay)]))


def _starts_the_server(session):
    """Whether the chapter's server has a part in it, and it alone; some sessions show other programs of the chapter."""
    others = ("wiretap", "SERVER=")
    return ("#: server none" not in session or "server up" in session) and not any(other in session for other in others)


def _step(name, command):
    status, said = processes.run(command, LIMIT)
    if status == SKIPPED:
        return Case(f"{name} (not tried: something that it needs is not here)")
    case = Case(name)
    if status != 0:
        lines = [line for line in said.splitlines() if line.strip()]
        stopped = [f"stopped after {LIMIT} s"] if status is None else []
        case.messages.append(Message("\n".join(lines[-SHOWN:] + stopped)))
    return case


def serve(desk, exercise):
    """Runs the server with the student's file in it until Ctrl-C."""
    said = desk.builder.build([f"{exercise.target}.mine"])
    if said:
        raise Problem(f"it does not build\n{said}")
    programs = desk.builder.programs(exercise, "mine")
    if not (programs / "server").exists():
        raise Problem(f"{exercise.name} makes no server")
    port = _free_port()
    # Not below the build folder: a socket's path holds 107 bytes.
    with tempfile.TemporaryDirectory(prefix="forklore-") as sockets:
        command = [str(programs / "server"), "run", "--data-dir", str(programs / "data"), "--port", str(port)]
        command += ["--socket-dir", sockets] + ["--allow-root"] * (os.geteuid() == 0)
        if modules := sorted(path.stem for path in programs.glob("*.so")):
            command += ["-c", f"dynamic_library_path={programs}:$libdir", "-c", f"shared_preload_libraries={','.join(modules)}"]
        desk.say(f"In another terminal:\n\n    psql -h {sockets} -p {port} postgres\n\nCtrl-C stops the server.\n")
        with processes.group(command) as process:
            return process.wait()


def _free_port():
    taken = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []:
            taken.add(int(line.split()[1].rsplit(":", 1)[1], 16))
    return next(port for port in range(FIRST_PORT, 65536) if port not in taken)
