# The rest of a "test program": SAID and NAME stand above. Not a test itself.
import os
import signal
import sys

said = SAID.split("says: ")[-1].split("\n")[0]  # noqa: F821
out = sys.argv[sys.argv.index("--out") + 1]


def report(text):
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


def case(failure, end="</TestCase>"):
    return f'<TestCase name="it works" filename="/x/test.cpp" line="7">{failure}{end}'


HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<Catch name="x">'
if said == "pass":
    report(HEAD + case("") + "</Catch>")
elif said == "stub":
    text = f"{NAME} is not written yet"  # noqa: F821
    report(HEAD + case(f'<Exception filename="/x/test.cpp" line="8">\n  {text}\n</Exception>') + "</Catch>")
    sys.exit(1)
elif said == "crash":
    report(HEAD + case("", end=""))
    os.kill(os.getpid(), signal.SIGKILL)
elif said == "hang":
    report(HEAD + case("", end=""))
    child = os.fork()
    with open(os.environ["TOLD"], "w", encoding="utf-8") as told:
        told.write(f"{os.getpid()}\n")
    signal.pause()
elif said == "exit":
    report(HEAD + case("", end=""))
else:
    print("printed by the student")
    report(HEAD + case(f'<Info>\n{said}\n</Info><Failure filename="/x/test.cpp" line="9">\n  no\n</Failure>') + "</Catch>")
    sys.exit(1)
