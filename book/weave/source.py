"""What the book knows of a source file: its tags, its lines by kind, and the scope that each line stands in.

This is no C++ parser. It follows comments, strings and brackets, which is enough to say "in Listener::accept()"
above a listing and to tell a line of code from a line of documentation.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

CODE_SUFFIXES = {".hpp", ".cpp", ".inc"}
TAG = r"\[([a-z0-9][a-z0-9.-]*)\]"
MARKERS = {
    "c++": re.compile(r"^\s*//!?\s*" + TAG + r"\s*$"),
    "text": re.compile(r"^\s*(?:#\s*)?" + TAG + r"\s*$"),
}
PARAMETER = re.compile(r"[\\@](?:param|returns?)\b")
LICENCE = re.compile(r"SPDX-License-Identifier|Copyright|Licen[cs]ed under")


@dataclass
class Tag:
    """The lines between two markers: `first` to `last`, counted from 1, markers not included."""
    name: str
    first: int
    last: int


@dataclass
class Scope:
    """A pair of braces. `kind` is namespace, class, enum, function, block or init (braces inside an expression)."""
    kind: str
    name: str
    head: str
    first: int
    last: int = 0


@dataclass
class Source:
    """One file of the tree. `kinds[i]` says what line i + 1 is:
    blank, marker, doc, comment, guard, include, namespace, or code."""
    path: str
    lines: list
    kinds: list = field(default_factory=list)
    tags: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    scopes: list = field(default_factory=list)

    @property
    def is_code(self):
        return Path(self.path).suffix in CODE_SUFFIXES

    @property
    def purpose(self):
        """The first sentence of the \\file comment, if there is one."""
        text = re.search(r"^///\s*[\\@]file\b[^\n]*\n((?:///[^\n]*\n)+)", "\n".join(self.lines) + "\n", re.MULTILINE)
        words = re.sub(r"\s+", " ", re.sub(r"^///", "", text.group(1), flags=re.MULTILINE)).strip() if text else ""
        return re.match(r"(.*?[.])(?:\s|$)|(.*)", words).group(0).strip()

    def counted(self):
        """The lines that count for the book's coverage: those that say something to the compiler, except
        `#pragma once` and the brackets of namespaces."""
        return {n for n, kind in enumerate(self.kinds, 1) if kind in ("code", "include")}

    def includes(self):
        """The lines that hold an #include."""
        return {n for n, kind in enumerate(self.kinds, 1) if kind == "include"}

    def shown(self, first, last):
        """The lines of first…last that a listing prints: markers, reference comments, licences, include guards and the
        brackets of namespaces are left out, and so are blank lines at either end. A layer's includes stand on a page of their own."""
        left_out = ("marker", "doc", "licence", "guard", "namespace") + (("include",) if self.path.startswith("src/") else ())
        lines = [n for n in range(first, last + 1) if self.kinds[n - 1] not in left_out]
        while lines and self.kinds[lines[0] - 1] == "blank":
            lines.pop(0)
        while lines and self.kinds[lines[-1] - 1] == "blank":
            lines.pop()
        # Where something was left out between two blank lines, one of them is enough.
        return [n for i, n in enumerate(lines)
                if not (i and self.kinds[n - 1] == "blank" and self.kinds[lines[i - 1] - 1] == "blank")]

    def enclosing(self, first, last):
        """The scopes around lines first…last, outermost first, and without the blocks inside a function."""
        around = [s for s in self.scopes if s.first < first and s.last > last]
        around.sort(key=lambda s: s.first)
        out = []
        for scope in around:
            if scope.kind in ("namespace", "class", "enum", "function"):
                out.append(scope)
            if scope.kind == "function":
                break
        return out

    def definitions(self, first, last):
        """Functions and types whose whole body lies in first…last and which stand in no other such scope."""
        inside = [s for s in self.scopes if s.kind in ("function", "class", "enum")
                  and s.first >= first and s.last <= last]
        return [s for s in inside
                if not any(o is not s and o.first <= s.first and o.last >= s.last and
                           (o.first, -o.last) <= (s.first, -s.last) for o in inside)]

    def qualified(self, scopes):
        """Full name of a chain of scopes, as Doxygen writes it: forklore::Listener::accept."""
        return "::".join(s.name for s in scopes if s.name)


def load(root, path):
    """Reads root/path. Faults in its markers are in `problems`, not thrown."""
    text = (Path(root) / path).read_text(encoding="utf-8", errors="replace")
    source = Source(path, text.split("\n"))
    if source.lines and source.lines[-1] == "":
        source.lines.pop()
    if source.is_code:
        _classify(source)
    else:
        marker = MARKERS["text"] if Path(path).suffix != ".md" else re.compile(r"(?!)")
        source.kinds = ["blank" if not l.strip() else "marker" if marker.match(l) else "code" for l in source.lines]
    _collect_tags(source, MARKERS["c++" if source.is_code else "text"])
    return source


def _collect_tags(source, marker):
    open_tags = {}
    for number, line in enumerate(source.lines, 1):
        if source.kinds[number - 1] != "marker":
            continue
        name = marker.match(line).group(1)
        if name in open_tags:
            first = open_tags.pop(name)
            source.tags[name] = Tag(name, first + 1, number - 1)
            if not any(source.kinds[n - 1] != "blank" for n in range(first + 1, number)):
                source.problems.append((number, f"tag [{name}] holds nothing"))
        elif name in source.tags:
            source.problems.append((number, f"two tags named [{name}] in one file"))
            open_tags[name] = number
        else:
            open_tags[name] = number
    for name, number in open_tags.items():
        if name not in source.tags:
            source.problems.append((number, f"tag [{name}] is not closed"))


def _classify(source):
    """Fills kinds and scopes, following comments, strings and braces from the first character to the last."""
    lines = source.lines
    code = [False] * len(lines)        # something outside comments stands on the line
    doc = [False] * len(lines)         # a /// //! /** */ comment stands on the line
    comment = [False] * len(lines)
    licence = [False] * len(lines)
    stack, head, parens, head_line = [], "", 0, 0
    state, raw_end, is_doc = "code", "", False
    previous_directive = False
    for index, line in enumerate(lines):
        number = index + 1
        i = 0
        if state == "code" and (previous_directive or line.lstrip().startswith("#")):
            code[index] = bool(line.strip())
            previous_directive = line.rstrip().endswith("\\")
            continue
        previous_directive = False
        while i < len(line):
            c, pair = line[i], line[i:i + 2]
            if state == "comment":
                (doc if is_doc else comment)[index] = True
                end = line.find("*/", i)
                if end < 0:
                    break
                state, i = "code", end + 2
                continue
            if state == "raw":
                code[index] = True
                end = line.find(raw_end, i)
                if end < 0:
                    break
                state, i = "code", end + len(raw_end)
                continue
            if pair == "//":
                is_reference = line[i:i + 3] in ("///", "//!") and line[i:i + 4] != "////"
                (doc if is_reference else comment)[index] = True
                if LICENCE.search(line[i:]):
                    licence[index] = True
                break
            if pair == "/*":
                is_doc = line[i:i + 3] in ("/**", "/*!") and line[i:i + 4] != "/**/"
                state, i = "comment", i + 2
                (doc if is_doc else comment)[index] = True
                continue
            raw = re.match(r'(?:u8|[uUL])?R"([^ ()\\\t]{0,16})\(', line[i:])
            if raw and not (i and (line[i - 1].isalnum() or line[i - 1] == "_")):
                state, raw_end, i = "raw", ")" + raw.group(1) + '"', i + raw.end()
                code[index] = True
                head += '""'
                continue
            if c == '"' or (c == "'" and not (i and line[i - 1].isalnum())):
                end = i + 1
                while end < len(line) and line[end] != c:
                    end += 2 if line[end] == "\\" else 1
                code[index] = True
                head += c + c
                i = end + 1
                continue
            if not c.isspace():
                code[index] = True
                if not head.strip():
                    head_line = number
            if c == "{":
                kind, name = _scope_of(head, stack, parens)
                stack.append((Scope(kind, name, head.strip(), head_line if head.strip() else number),
                              head, parens, head_line))
                head, parens = "", 0
            elif c == "}" and stack:
                scope, before, outer_parens, outer_line = stack.pop()
                scope.last = number
                source.scopes.append(scope)
                # An initialiser's braces are a part of the statement around them; all others end it.
                head, parens, head_line = (before + "{}", outer_parens, outer_line) if scope.kind == "init" \
                    else ("", 0, number)
            elif c == ";" and parens == 0:
                head = ""
            else:
                if c == "(":
                    parens += 1
                elif c == ")":
                    parens = max(0, parens - 1)
                head += c
            i += 1
        head += " "
    source.scopes.sort(key=lambda s: (s.first, -s.last))
    source.kinds = [_kind_of(line, code[i], doc[i], comment[i], licence[i]) for i, line in enumerate(lines)]
    # A comment behind a line of code may go on below it; it is shown like the line, unless it has come to the parameters.
    goes_on = False
    for index, line in enumerate(lines):
        if source.kinds[index] == "code":
            goes_on = "///<" in line and not PARAMETER.search(line)
        elif source.kinds[index] == "doc" and goes_on and line.lstrip().startswith("///<") and not PARAMETER.search(line):
            source.kinds[index] = "comment"
        else:
            goes_on = False
    namespaces = [s for s in source.scopes if s.kind == "namespace"]
    for scope in namespaces:
        for number in {scope.first, scope.last}:
            bare = re.sub(r"//.*", "", lines[number - 1]).strip()
            if re.fullmatch(r"(inline )?namespace[\w:\s]*\{|\}+", bare) and source.kinds[number - 1] == "code":
                source.kinds[number - 1] = "namespace"


def _kind_of(line, code, doc, comment, licence):
    if MARKERS["c++"].match(line):
        return "marker"
    if code:
        bare = line.strip()
        if re.match(r"#\s*include\b", bare):
            return "include"
        return "guard" if re.match(r"#\s*pragma\s+once", bare) else "code"
    if licence:
        return "licence"
    if doc:
        return "doc"
    return "comment" if comment else "blank"


CONTROL = {"if", "for", "while", "switch", "do", "else", "try", "catch", "return"}


def _scope_of(head, stack, parens):
    """Kind and name of the scope that opens after `head`."""
    head = head.strip()
    within = next((entry[0].kind for entry in reversed(stack) if entry[0].kind != "init"), "file")
    if parens > 0:
        return "init", ""
    if within in ("function", "block"):
        return "block", ""
    head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
    head = re.sub(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", " ", head)
    while (bare := re.sub(r"\btemplate\s*<[^<>]*>", " ", head)) != head:
        head = bare
    head = re.sub(r"\btemplate\s*<.*>(?=\s*(?:class|struct|requires|\w))", " ", head).strip()
    if match := re.match(r"(?:inline\s+)?namespace\b\s*([\w:]*)", head):
        return "namespace", match.group(1)
    if re.match(r'extern\s+""\s*$', head):
        return "namespace", ""
    if match := re.match(r"(?:typedef\s+)?enum\b(?:\s+(?:class|struct))?\s*(\w*)", head):
        return "enum", match.group(1)
    if (match := re.search(r"\b(?:class|struct|union)\s+([\w:]+)", head)) and "(" not in head.split(match.group(0))[0] \
            and not re.search(r"\)\s*(?:const|noexcept|override|final|\s)*$", head):
        return "class", match.group(1)
    if re.match(r"(?:class|struct|union)\s*$", head):
        return "class", ""
    if "(" in head and not re.search(r"(?<![=!<>])=\s*$", head):
        # Braces right behind an initialiser's name belong to the list that stands before the body.
        if re.search(r"\)\s*(?:noexcept(?:\([^()]*\))?)?\s*:(?!:)", head) and re.search(r"[\w>]\s*$", head) and \
                not re.search(r"\b(?:const|noexcept|override|final|try)\s*$", head):
            return "init", ""
        match = re.search(r"((?:[\w~]+(?:<[^()]*>)?\s*::\s*)*(?:operator\s*(?:\(\s*\)|[^\s\w(]+|\s[\w\s:*&<>]+)|~?\w+))\s*\(",
                          head)
        if match and match.group(1) not in CONTROL:
            return "function", re.sub(r"\s+", "" if "operator " not in match.group(1) else " ", match.group(1))
    return ("init", "") if re.search(r"[=,(\w>]\s*$", head) else ("block", "")
