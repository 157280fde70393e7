#!/usr/bin/env python3
"""Asks a real PostgreSQL and our engine the same questions, and shows where the answers differ.

    compare.py <forklore-sql> <file.sql>… [-- psql arguments]

A file holds a statement a line. Of rows the text counts, of errors the SQLSTATE, message, position, detail and hint.
"""
import os
import re
import subprocess
import sys


def ours(program, statements):
    out = subprocess.run([program], input="\n".join(statements) + "\n", text=True, capture_output=True).stdout
    answers, current = [], None
    for line in out.split("\n"):
        if line.startswith("> "):
            current = []
            answers.append(current)
        elif current is not None:
            current.append(line)
    return ["\n".join(a).rstrip("\n") for a in answers]


def position(lines):
    """The character that psql's caret stands under."""
    for i, line in enumerate(lines):
        found = re.match(r"LINE 1: (\.\.\.)?", line)
        if found and i + 1 < len(lines) and lines[i + 1].strip() == "^":
            return None if found.group(1) else lines[i + 1].index("^") - 7
    return None


def theirs(arguments, statements):
    script = "\\set VERBOSITY verbose\n\\pset null ∅\n\\pset footer off\n"
    for s in statements:
        script += "\\echo >>>\n" + s + (";\n" if not s.startswith("\\") else "\n")
    out = subprocess.run(["psql", "-X", "-A", "-q", *arguments], input=script, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, env={**os.environ, "PGCLIENTENCODING": "UTF8"}).stdout
    answers = []
    for part in out.split(">>>\n")[1:]:
        lines = part.rstrip("\n").split("\n")
        text = []
        for line in lines:
            found = re.match(r"(ERROR|WARNING):  (\w{5}): (.*)", line)
            if found:
                text.append(" ".join(found.groups()))
                at = position(lines)
                if found.group(1) == "ERROR" and at:
                    text.append(f"  at {at}")
            elif re.match(r"(DETAIL|HINT):  ", line):
                text.append("  " + line.replace(":  ", " ", 1))
            elif not re.match(r"LOCATION:|LINE \d+:|\s*\^$|CONTEXT:", line):
                text.append(line)
        answers.append("\n".join(text).rstrip("\n"))
    return answers


def without_types(answer):
    lines = answer.split("\n")
    # Header and rows go out before an error of a later row; psql then shows the error alone.
    error = next((i for i, line in enumerate(lines) if line.startswith("ERROR")), 0)
    del lines[:error]
    if lines and not lines[0].startswith(("ERROR", "WARNING")):
        lines[0] = "|".join(re.sub(r":[^|:]*$", "", c) for c in lines[0].split("|"))
    return "\n".join(lines)


def main():
    args = sys.argv[1:]
    arguments = []
    if "--" in args:
        at = args.index("--")
        args, arguments = args[:at], args[at + 1:]
    statements = [line for path in args[1:] for line in open(path).read().split("\n") if line and not line.startswith("--")]
    differ = 0
    for statement, a, b in zip(statements, map(without_types, ours(args[0], statements)), theirs(arguments, statements)):
        if a != b:
            differ += 1
            print(f"{statement}\n  ours:   {a!r}\n  theirs: {b!r}")
    print(f"{len(statements) - differ} passed, {differ} failed")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
