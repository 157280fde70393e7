"""Source text to HTML: words of C++ coloured, names linked to their documentation."""
import html
import re

from .source import PARAMETER

KEYWORDS = set("""alignas alignof and asm auto break case catch class concept const consteval constexpr constinit
const_cast continue co_await co_return co_yield decltype default delete do dynamic_cast else enum explicit export extern
false final for friend goto if inline mutable namespace new noexcept not nullptr operator or override private protected
public register reinterpret_cast requires return sizeof static static_assert static_cast struct switch template this
thread_local throw true try typedef typeid typename union using virtual volatile while""".split())
TYPES = set("""bool char char8_t char16_t char32_t double float int long short signed unsigned void wchar_t size_t
ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t pid_t mode_t off_t socklen_t""".split())

TOKEN = re.compile(r"""
    (?P<doc>///.*|//!.*)
  | (?P<comment>//.*|/\*.*?\*/)
  | (?P<open>/\*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^ ()\\\t]{0,16})\()
  | (?P<string>(?:u8|[uUL])?"(?:[^"\\]|\\.)*"?)
  | (?P<char>(?<![0-9a-fA-F])'(?:[^'\\]|\\.)*')
  | (?P<number>\.?\d(?:[\w.']|[eEpP][+-])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<space>\s+)
  | (?P<other>::|->|.)
""", re.VERBOSE)

# Names that half the standard library shares: after a dot they tell nothing about the object before it.
COMMON_MEMBERS = set("""append at back begin c_str clear close code count data detail emplace emplace_back empty end
erase extract find first front get hint index insert is_open length lock name open pop pop_back position push push_back
read release reset resize reserve run second set size start str substr swap text top type unlock value wait what write""".split())


def span(kind, text):
    return f'<span class="{kind}">{html.escape(text, quote=False)}</span>'


class Highlighter:
    """Turns a Source into one HTML fragment per line. `names` may be None: then nothing is linked."""

    def __init__(self, names=None):
        self.names = names

    def render(self, source):
        """One HTML string per line of the file, in order."""
        if not source.is_code:
            return [html.escape(line, quote=False) for line in source.lines]
        scopes = self._scopes_by_line(source)
        out, state, end = [], "code", ""
        for number, line in enumerate(source.lines, 1):
            indent = line[:len(line) - len(line.lstrip())]
            rest, parts = line[len(indent):], [indent]
            if state == "code" and rest.startswith("#"):
                parts.append(self._directive(rest, source))
                rest = ""
            position, before = 0, ["", ""]
            while position < len(rest):
                if state != "code":
                    stop = rest.find(end, position)
                    stop = len(rest) if stop < 0 else stop + len(end)
                    parts.append(span("cm" if state == "comment" else "st", rest[position:stop]))
                    state = state if stop == len(rest) and not rest.endswith(end) else "code"
                    position = stop
                    continue
                match = TOKEN.match(rest, position)
                kind, text = match.lastgroup, match.group(0)
                if kind == "delimiter":
                    kind = "raw"
                position = match.end()
                if kind == "open":
                    state, end = "comment", "*/"
                    parts.append(span("cm", text))
                elif kind == "raw":
                    state, end = "raw", ")" + match.group("delimiter") + '"'
                    parts.append(span("st", text))
                elif kind == "doc":
                    parts.append(span("dc", text))
                elif kind == "comment":
                    parts.append(span("cm", text))
                elif kind in ("string", "char"):
                    parts.append(span("st", text))
                elif kind == "number":
                    parts.append(span("nu", text))
                elif kind == "word" and text in KEYWORDS:
                    parts.append(span("kw", text))
                elif kind == "word" and text in TYPES:
                    parts.append(span("ty", text))
                elif kind == "word":
                    parts.append(self._name(text, before, rest[position:], scopes.get(number, ())))
                else:
                    parts.append(html.escape(text, quote=False))
                if kind != "space":
                    before = (before + [text])[-6:]
            out.append("".join(parts))
        return out

    def _directive(self, text, source):
        match = re.match(r'(#\s*\w+)(.*)', text)
        if not match:
            return span("pp", text)
        word, rest = match.groups()
        include = re.match(r'(\s*)(["<])([^">]+)([">])(.*)', rest) if "include" in word else None
        if include and self.names:
            space, left, path, right, tail = include.groups()
            url = self.names.file_url("src/" + path)
            if url:
                return span("pp", word) + space + \
                    f'<span class="st">{html.escape(left)}<a href="{url}">{html.escape(path)}</a>{html.escape(right)}</span>' + \
                    (span("cm", tail) if tail else "")
        comment = rest.find("//")
        if comment >= 0:
            return span("pp", word + rest[:comment]) + span("cm", rest[comment:])
        return span("pp", text)

    def _name(self, text, before, after, scopes):
        escaped = html.escape(text)
        if not self.names:
            return escaped
        called = after.lstrip().startswith("(")
        if before[-1] == "::":
            chain, i = [text], len(before) - 1
            while i >= 1 and before[i] == "::" and re.match(r"\w+$", before[i - 1]):
                chain.insert(0, before[i - 1])
                i -= 2
            entry = self.names.lookup("::".join(chain), scopes) if len(chain) > 1 else None
        elif before[-1] in (".", "->"):
            entry = None
            if before[-2] == "this":
                entry = self.names.lookup(text, scopes)
            elif called and text not in COMMON_MEMBERS:
                entry = self.names.only_member(text)
        else:
            entry = self.names.lookup(text, scopes)
            if entry and not (called or entry.is_type or text.startswith("k_") or entry.kind == "define"):
                entry = None
        if not entry:
            return escaped
        return f'<a href="{entry.url}" title="{html.escape(entry.tip)}">{escaped}</a>'

    @staticmethod
    def _scopes_by_line(source):
        """For each line, the full names of the scopes around it, innermost first."""
        out = {}
        for scope in source.scopes:
            if scope.kind not in ("namespace", "class", "function"):
                continue
            for number in range(scope.first, scope.last + 1):
                out.setdefault(number, []).append(scope)
        chains = {}
        for number, scopes in out.items():
            key = tuple(id(s) for s in scopes)
            if key not in chains:
                names, full = [], ""
                for scope in sorted(scopes, key=lambda s: (s.first, -s.last)):
                    if not scope.name:
                        continue
                    parts = scope.name.split("::")
                    if scope.kind == "function":
                        parts = parts[:-1]
                    for part in parts:
                        full = f"{full}::{part}" if full else part
                        names.insert(0, full)
                chains[key] = names
            out[number] = chains[key]
        return out


def for_listing(fragment):
    """A rendered line as a listing prints it: the reference comment at its end, which says what a field is for, becomes an
    ordinary one, and loses what it says of parameters to Doxygen."""
    def plain(match):
        text = PARAMETER.split(match.group(2))[0].strip()
        return f'{match.group(1)}<span class="cm">// {text}</span>' if text else ""
    return re.sub(r'(\s*)<span class="dc">//[/!](?:&lt;)?(.*?)</span>$', plain, fragment)


def session(steps):
    """A terminal transcript, as the session runner parsed it: what is typed stands out from what is answered."""
    out = []
    for step in steps:
        if isinstance(step, str):
            out.append("")
            continue
        for line in step.source:
            prompt = re.match(r"(\$|>|[A-Z][:&]) ?", line).group(0)
            out.append(f'<span class="pr">{html.escape(prompt)}</span><span class="in">{html.escape(line[len(prompt):], quote=False)}</span>')
        out += [html.escape(line, quote=False) for line in step.output]
    while out and not out[-1]:
        out.pop()
    return out
