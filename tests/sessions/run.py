#!/usr/bin/env python3
"""Replays the sessions of the chapters and compares what they print with what is recorded.

usage: run.py [--rewrite] [--server PROGRAM | --build FOLDER | --postgres FOLDER] [SESSION...]

Without arguments: all sessions, each against its chapter's server in build/debug. The exit status is 0 when all came
true, 77 when all that did not could not be tried here (`#: needs`), 1 otherwise. README.md describes the files.
"""

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from lab import Lab, TooLate
from normal import Normal
from transcript import Malformed, parse

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77
PORT_TRIES = 3


class Skipped(Exception):
    """The session needs what is not here."""


def shown(path):
    path = Path(path).resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def for_postgres(arguments):
    """The arguments of `server run` in the words of `postgres`."""
    words = iter(arguments)
    return [f"--listen_addresses={next(words)}" if word == "--listen" else word for word in words]


def play(session, server, postgres=None):
    """Runs a session. Returns the output of each step as lines, and the fault that ended it, if one did."""
    for need in session.needs:
        if subprocess.run(["bash", "-c", need], stdin=subprocess.DEVNULL, capture_output=True).returncode:
            raise Skipped(need)
    arguments = session.server or []
    for _ in range(PORT_TRIES):
        with Lab(server, for_postgres(arguments) if postgres else arguments, session.timeout, postgres) as lab:
            outputs, fault = [], None
            try:
                if session.server is not None:
                    start = lab.run("server up")
                    if "Address already in use" in lab.log():
                        continue  # somebody took the port between our asking and the server's
                    if start:
                        return [], start
                normal = Normal(lab.places(), session.rules)
                for step in session.steps():
                    outputs.append(normal.lines(perform(lab, step)))
            except TooLate:
                step = session.steps()[len(outputs)]
                outputs.append(normal.lines(lab.program(step.prompt).so_far()))
                fault = f"line {step.line}: no answer within {session.timeout:g} seconds: {step.source[0]}"
            fault = fault or lab.finish()
            if fault and lab.log():
                fault += "\nThe server's log ends with:\n" + "".join(lab.log().splitlines(True)[-30:])
            return outputs, fault
    return [], "found no free port"


def perform(lab, step):
    if step.prompt == "$":
        return lab.run(step.text)
    client = lab.program(step.prompt)
    if step.text:
        client.send(step.text)
    return client.receive() if step.waits else ""


def replay(path, server, rewrite, postgres):
    """Plays one file and says how it went: True when it came true (or was rewritten)."""
    text = Path(path).read_text()
    session = parse(text, shown(path))
    outputs, fault = play(session, server, postgres)
    if fault:
        print(f"{session.path}: {fault}")
    outputs += [["(not run)"]] * (len(session.steps()) - len(outputs))
    recorded, came = session.text(), session.text(outputs)
    if rewrite and not fault:
        if text != came:
            Path(path).write_text(came)
            print(f"{session.path}: rewritten")
        return True
    sys.stdout.writelines(difflib.unified_diff(
        recorded.splitlines(True), came.splitlines(True), f"{session.path} (recorded)", f"{session.path} (came)"))
    return not fault and recorded == came


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("sessions", nargs="*", metavar="SESSION", help="files, or folders of them; all if none is given")
    options.add_argument("--rewrite", action="store_true", help="record what comes instead of comparing with it")
    options.add_argument("--build", default=ROOT / "build/debug", help="folder of the build whose servers are used")
    options.add_argument("--server", help="the program to use for every session")
    options.add_argument("--postgres", metavar="FOLDER", help="replay against the PostgreSQL whose programs are there")
    given = options.parse_args()
    paths = [Path(path) for path in given.sessions] or [ROOT / "chapters"]
    paths = sorted(file for path in paths for file in (path.rglob("*.session") if path.is_dir() else [path]))
    wrong = skipped = 0
    for path in paths:
        server = given.server
        if not server and not given.postgres:
            server = Path(given.build, "chapters", path.resolve().parents[1].name, "server")
        try:
            good = replay(path, server, given.rewrite, given.postgres)
        except Malformed as error:
            print(error)
            good = False
        except Skipped as need:
            print(f"{shown(path)}: skipped, for this fails here: {need}")
            skipped += 1
            continue
        print(f"{shown(path)}: {'true' if good else 'not true'}")
        wrong += not good
    return 1 if wrong or not paths else SKIPPED if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
