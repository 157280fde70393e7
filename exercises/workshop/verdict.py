"""What a test program said, cut down to what helps: which tests passed, and why the first that failed did."""

import os
import signal
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

NOT_WRITTEN = " is not written yet"
SHOWN_FAILURES = 4  # tests, by name
SHOWN_MESSAGES = 3  # of the first failing test
SHOWN_OUTPUT = 12  # lines that the program printed
FATAL = {"SIGSEGV": "it touched memory that is not its own. ", "SIGABRT": "an assertion, or an exception that nobody "
         "caught. ", "SIGTERM": "it did not come to an end, and was stopped. "}  # fmt: skip


@dataclass
class Message:
    text: str
    where: str = ""  # "test.cpp:31"


@dataclass
class Case:
    """One test."""

    name: str
    messages: list = field(default_factory=list)  # why it failed; none: it passed

    @property
    def passed(self):
        return not self.messages


@dataclass
class Verdict:
    """All that one run of an exercise's test showed."""

    cases: list = field(default_factory=list)
    error: str = ""  # what kept the tests from running: the compiler's words
    output: str = ""  # what the student's code printed
    notes: list = field(default_factory=list)  # what else there is to say

    @property
    def passed(self):
        return not self.error and bool(self.cases) and all(case.passed for case in self.cases)

    def not_written(self, name):
        """Whether each failure says that the exercise `name` is not written yet, and nothing else does."""
        said = [message.text for case in self.cases for message in case.messages]
        return bool(said) and not self.error and all(text == name + NOT_WRITTEN for text in said)

    def text(self, paint=None, where=True):
        """The verdict as lines. `where` adds the places in the test's source."""
        paint = paint or (lambda text, _colour: text)
        if self.error:
            return self.error.rstrip() + "\n"
        lines = []
        told = False
        unwritten = {m.text for case in self.cases for m in case.messages if m.text.endswith(NOT_WRITTEN)}
        failed = 0
        for case in self.cases:
            failed += not case.passed
            if not case.passed and failed > SHOWN_FAILURES:
                continue
            lines.append(("  " + paint("✓", "green") if case.passed else "  " + paint("✗", "red")) + f" {case.name}")
            messages = [message for message in case.messages if message.text not in unwritten]
            if messages and not told:
                told = True
                before = []
                for message in messages[:SHOWN_MESSAGES]:
                    # What leads up to several failures is told once.
                    same = len(os.path.commonprefix([before, before := message.text.splitlines()]))
                    lines += ["      " + line for line in before[same:]]
                    if where and message.where:
                        lines.append("      " + paint(message.where, "dim"))
                if len(messages) > SHOWN_MESSAGES:
                    lines.append(f"      … and {len(messages) - SHOWN_MESSAGES} more")
        if failed > SHOWN_FAILURES:
            lines.append(f"  … and {failed - SHOWN_FAILURES} more that fail")
        lines += ["", *sorted(unwritten)] if unwritten else []
        if where and self.output.strip():
            printed = self.output.rstrip().splitlines()
            lines += ["", "  Printed by the program:"] + ["  | " + line for line in printed[-SHOWN_OUTPUT:]]
        lines += ["", *self.notes] if self.notes else []
        return "\n".join(lines) + "\n"


def from_catch(xml, status, limit, output=""):
    """The verdict of a Catch2 program: its XML report (perhaps cut short), its exit status (negative: a signal;
    None: stopped after `limit` seconds) and what it printed."""
    verdict = Verdict(output=output)
    parser = ElementTree.XMLPullParser(("start", "end"))
    unfinished = None
    whole = False
    try:
        parser.feed(xml)
        for event, element in parser.read_events():
            if element.tag == "TestCase":
                if event == "start":
                    unfinished = element
                else:
                    unfinished = None
                    verdict.cases.append(_case(element))
            # The outermost element of Catch2 version 2, and of version 3.
            whole = whole or event == "end" and element.tag in ("Catch", "Catch2TestRun")
    except ElementTree.ParseError:
        pass
    if whole and status == 0 and verdict.cases:
        return verdict
    if unfinished is None and verdict.cases and not verdict.passed:
        return verdict  # it failed, or it was killed by what its last case tells already
    case = _case(unfinished) if unfinished is not None else Case("the test program")
    case.messages.append(Message(_ending(status, limit)))
    verdict.cases.append(case)
    return verdict


def _ending(status, limit):
    if status is None:
        return f"this test did not come to an end and was stopped after {limit} s"
    if status < 0:
        return f"the program was killed by {signal.Signals(-status).name} in this test"
    return f"the program ended in the middle of this test, with exit status {status}"


def _case(element):
    case = Case(element.get("name", ""))
    infos = []
    for child in element.iter():
        place = f"{child.get('filename', '').rsplit('/', 1)[-1]}:{child.get('line', '')}"
        if child.tag in ("Info", "Warning"):
            infos.append(_clean(child.text))
        elif child.tag == "Failure":
            case.messages.append(_message(infos, _clean(child.text), place))
            infos = []
        elif child.tag == "FatalErrorCondition":
            text = _clean(child.text)
            died = FATAL.get(text.split(" ")[0], "")
            case.messages.append(_message(infos, f"the program died: {died}{text}", place))
            infos = []
        elif child.tag == "Expression" and child.get("success") == "false":
            case.messages.append(_message(infos, _expression(child), place))
            infos = []
        elif child.tag == "Exception" and not _within_expression(element, child):
            text = _clean(child.text)
            case.messages.append(_message(infos, text if text.endswith(NOT_WRITTEN) else f"threw: {text}", place))
            infos = []
        elif child.tag == "Expression":
            infos = []
    return case


def _within_expression(element, exception):
    return any(exception in list(expression) for expression in element.iter("Expression"))


def _message(infos, text, place):
    # What is not written yet says nothing about the test.
    if text.endswith(NOT_WRITTEN):
        return Message(text, place)
    return Message("\n".join(line for line in [*infos, text] if line), place)


def _expression(element):
    original, expanded = _clean(element.findtext("Original")), _clean(element.findtext("Expanded"))
    thrown = element.findtext("Exception")
    macro = element.get("type", "CHECK")
    # Catch2 writes what is checked by CHECK_FALSE(x) as !(x); that would be one "not" too many.
    if macro.endswith("_FALSE") and original.startswith("!(") and original.endswith(")"):
        original = original[2:-1]
        expanded = expanded[2:-1] if expanded.startswith("!(") else expanded.removeprefix("!")
    if thrown is not None:
        thrown = _clean(thrown)
        if thrown.endswith(NOT_WRITTEN):
            return thrown
        # Thrown between two checks: Catch2 then knows no expression.
        return f"threw: {thrown}" if original.startswith("{Unknown") else f"{macro}({original})\n  threw: {thrown}"
    if "THROWS" in macro:
        return f"{macro}({original})\n  threw nothing"
    return f"{macro}({original})" + (f"\n  was: {expanded}" if expanded != original else "")


def _clean(text):
    lines = (text or "").strip("\n").rstrip().splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    return "\n".join(line[indent:] if line[:indent].isspace() else line for line in lines).strip()
