#!/usr/bin/env python3
"""Checks that the engine still gives the recorded answers.

    recorded.py <forklore-sql> <file.sql>…              compares with file.expected
    recorded.py --rewrite <forklore-sql> <file.sql>…    records; look at the difference, and at compare.py, before you commit
"""
import subprocess
import sys


def main():
    args = sys.argv[1:]
    rewrite = args[0] == "--rewrite"
    program, *files = args[1:] if rewrite else args
    failed = 0
    for path in files:
        statements = "".join(line for line in open(path) if not line.startswith("--"))
        answer = subprocess.run([program], input=statements, text=True, capture_output=True, timeout=100, check=True).stdout
        record = path.removesuffix(".sql") + ".expected"
        if rewrite:
            open(record, "w").write(answer)
            continue
        expected = open(record).read().split("\n> ")
        for was, now in zip(expected, answer.split("\n> ") + [""] * len(expected)):
            if was != now:
                failed += 1
                print(f"expected: {was}\ngot:      {now}\n")
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
