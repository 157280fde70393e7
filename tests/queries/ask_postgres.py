#!/usr/bin/env python3
"""Asks a real PostgreSQL for the expectations in tests/queries/expectations/*.txt.

    ask_postgres.py [-h HOST] [-p PORT] [-U USER] [--check] [file …]

Each file holds expressions, one to a line, and below each what PostgreSQL answers:

    1 + 1
      = 2 :: integer
    1 / 0
      ! 22012 division by zero
    > set extra_float_digits = 0

A line that begins with > is a statement for what follows it, and # begins a remark. The answers are written anew, or, with --check, compared.
psql does the asking; options and the environment (PGHOST, …) are its own.
"""
import argparse
import pathlib
import subprocess
import sys

ASK = r"""
set client_min_messages = error;
create function pg_temp.ask(expression text) returns text language plpgsql as $ask$
declare answer text; type text; detail text; message text; hint text;
begin
    execute 'select format(''%s'', x), pg_typeof(x)::text, case when x is null then 1 end from (select ' || expression || ') v(x)'
        into answer, type, hint;
    return '  = ' || case when hint = '1' then '∅' else replace(answer, E'\n', '\n') end || ' :: ' || type;
exception when others then
    get stacked diagnostics detail = pg_exception_detail, message = message_text, hint = pg_exception_hint;
    return '  ! ' || sqlstate || ' ' || replace(message, E'\n', '\n') || case when detail <> '' then ' | ' || replace(detail, E'\n', '\n') else '' end;
end $ask$;
"""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def answered(path, psql):
    """The file's lines with PostgreSQL's answers in place of those that stand there."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("  =", "  !"))]
    script = [ASK]
    for line in lines:
        if line.startswith(">"):
            script.append(line[1:] + ";")
        elif line.strip() and not line.startswith("#"):
            script.append(f"select pg_temp.ask({quoted(line)});")
    run = subprocess.run([*psql, "-Atq", "-X", "-v", "ON_ERROR_STOP=1"], input="\n".join(script), text=True, capture_output=True)
    if run.returncode != 0:
        sys.exit(f"{path}: {run.stderr}")
    answers = iter(run.stdout.splitlines())
    result = []
    for line in lines:
        result.append(line)
        if line.strip() and not line.startswith((">", "#")):
            result.append(next(answers))
    return "\n".join(result) + "\n"


def main():
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--help", action="help")
    options.add_argument("--check", action="store_true")
    for short in "hpUd":
        options.add_argument("-" + short)
    options.add_argument("files", nargs="*", type=pathlib.Path)
    given = options.parse_args()
    psql = ["psql"] + [word for short in "hpUd" if (value := getattr(given, short)) for word in ("-" + short, value)]
    files = given.files or sorted((pathlib.Path(__file__).parent / "expectations").glob("*.txt"))
    differ = 0
    for path in files:
        text = answered(path, psql)
        if given.check:
            if text != path.read_text():
                differ += 1
                print(f"{path}: PostgreSQL answers otherwise")
        else:
            path.write_text(text)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
