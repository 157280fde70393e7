"""What may differ from one run of a session to the next, and what is printed in its place.

Every rule hides something, so there are few, and each looks at one place. A session adds its own with `#: replace`.
"""

import re

# A number is a process id only where a word or a place says so.
RULES = [
    # the default log_line_prefix: when, and which process
    (re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+ \[\d+\]"), "<time> [<pid>]"),
    # "server process (PID 123) was terminated", "process with PID 123", ss's "pid=123", "Process: 123"
    (re.compile(r"\b(pid|PID)([ =:]+)\d+"), r"\1\2<pid>"),
    # a notification's "from server process with PID 123" is above; ps and pgrep put the number first
    (re.compile(r"^ *\d+(?= +(?:\S*/)?(?:forklore|postgres|server|psql)\b)"), "<pid>"),
    # durations: \timing and log_min_duration_statement
    (re.compile(r"^Time: \d+\.\d+ ms( \([\d:.]+\))?$"), "Time: <ms> ms"),
    (re.compile(r"\bduration: \d+\.\d+ ms"), "duration: <ms> ms"),
]


class Normal:
    """Applies the rules of all sessions, those of this one, and the names of this run's places."""

    def __init__(self, places, rules=()):
        """`places`: what stands for what, such as {"/tmp/x/data": "<data>"}; the longest are replaced first."""
        self.places = sorted(places.items(), key=lambda place: -len(place[0]))
        self.rules = RULES + list(rules)

    def lines(self, text):
        """The lines of an output as a session file keeps them: without blanks at their ends, or blank lines at its own."""
        lines = [self.line(line) for line in text.split("\n")]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def line(self, line):
        for place, name in self.places:
            if place.isdigit():
                line = re.sub(rf"(?<!\d){place}(?!\d)", name, line)
            else:
                line = line.replace(place, name)
        for pattern, replacement in self.rules:
            line = pattern.sub(replacement, line)
        return line.rstrip()
