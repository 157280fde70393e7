"""Session files: what is typed, what came back, and how the two are told apart (README.md describes the format)."""

import re
from dataclasses import dataclass, field

TAG = re.compile(r"\[[a-z][a-z0-9.-]*\]$")
PROMPT = re.compile(r"\$ |[A-Z](: ?|& )")
HEAD = "#: "


class Malformed(Exception):
    """The file is not a session."""


@dataclass
class Step:
    """One command and its recorded output. `prompt` is "$" for the shell, a capital letter for a client."""

    prompt: str
    text: str
    line: int
    waits: bool = True  # False for `A& …`, whose output is collected by a later line of the same client
    source: list = field(default_factory=list)  # the command as it stands in the file
    output: list = field(default_factory=list)


@dataclass
class Session:
    """A parsed file: its head, and steps and other lines (tags, blank ones) in order."""

    path: str
    head: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    server: list | None = field(default_factory=list)  # arguments of `server run`; None: no server is started
    timeout: float = 60
    needs: list = field(default_factory=list)
    rules: list = field(default_factory=list)

    def steps(self):
        return [part for part in self.parts if isinstance(part, Step)]

    def text(self, outputs=None):
        """The file again, with these outputs (one list of lines a step) in place of those recorded."""
        lines = list(self.head)
        number = 0
        for part in self.parts:
            if not isinstance(part, Step):
                lines.append(part)
                continue
            lines += part.source
            lines += [escaped(line) for line in (part.output if outputs is None else outputs[number])]
            number += 1
        return "".join(line + "\n" for line in lines)


def escaped(line):
    """An output line that could be taken for something else bears a backslash."""
    return "\\" + line if special(line) or line.startswith(("> ", "\\")) else line


def special(line):
    return PROMPT.match(line) or TAG.match(line)


def parse(text, path="session"):
    session = Session(path)
    step = None
    typing = False  # only directly below a command does `> ` continue it
    for number, line in enumerate(text.splitlines(), 1):
        line = line.rstrip()
        if line.startswith(HEAD.rstrip()) and not session.parts:
            session.head.append(line)
            directive(session, line, number)
        elif PROMPT.match(line + " "):
            step = command(line, number)
            session.parts.append(step)
            typing = True
        elif typing and step.prompt == "$" and (line + " ").startswith("> "):
            step.source.append(line)
            step.text += "\n" + line[2:]
        elif TAG.match(line):
            session.parts.append(line)
            step, typing = None, False
        elif step is None:
            if line:
                raise Malformed(f"{path}:{number}: neither a command, a [tag] nor a blank line: {line}")
            session.parts.append(line)
        else:
            typing = False
            step.output.append(line[1:] if line.startswith("\\") else line)
    settle_blank_lines(session)
    if not session.steps():
        raise Malformed(f"{path}: no command in it")
    return session


def command(line, number):
    if line.startswith("$"):
        return Step("$", line[2:], number, source=[line])
    return Step(line[0], line[3:], number, waits=line[1] == ":", source=[line])


def settle_blank_lines(session):
    """Blank lines at the end of an output belong to the page, not to the output."""
    parts = []
    for part in session.parts:
        parts.append(part)
        if isinstance(part, Step):
            while part.output and not part.output[-1]:
                parts.append(part.output.pop())
    session.parts = parts


def directive(session, line, number):
    word, _, rest = line[len(HEAD):].strip().partition(" ")
    rest = rest.strip()
    try:
        if word == "server":
            session.server = None if rest == "none" else rest.split()
        elif word == "timeout":
            session.timeout = float(rest)
        elif word == "needs":
            session.needs.append(rest)
        elif word == "replace":
            _, pattern, replacement, _ = rest.split(rest[0])
            session.rules.append((re.compile(pattern), replacement))
        else:
            raise ValueError(f"there is no directive {word}")
    except (ValueError, IndexError, re.error) as error:
        raise Malformed(f"{session.path}:{number}: {error}") from error
