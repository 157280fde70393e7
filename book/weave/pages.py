"""From book/*.md to what Doxygen reads: our own directives are checked and replaced by marks, which the site fills in.

A block directive stands alone on its line, an inline one in braces; book/README.md describes them all.
"""
import html
import importlib
import json
import re
import struct
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from . import contents as contents_of
from . import figures, source as sources

MARK = "\ue000%d\ue001"
MARK_RE = re.compile("\ue000(\\d+)\ue001")
INLINE = re.compile(r"\\(pgref|measured|term|src)\{([^{}]*)\}")
CODE = re.compile(r"(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)")
OPEN = re.compile(r"\\(?:pgref|measured|term|src)\{[^{}]*$|\\ref\s+[\w:~-]+(?:\s+\"[^\"]*)?$")
BLOCK = re.compile(r"^(\s*)\\(snippet|session|figure|picture|exercise|exercises|measured-table|contents|door)(?:\s+(.*?))?\s*$")
FENCE = re.compile(r"^\s*(```+|~~~+)\s*\{?\.?([\w+-]*)")
PROMPT = re.compile(r"^\s*(?:[\w-]+: )?\$ |^\w*[=-][#>] ")
SLUG = re.compile(r"[^a-z0-9]+")


def slug(text):
    return SLUG.sub("-", re.sub(r"[`*_]|\\\w+\{([^{}]*)\}", r"\1", text).lower()).strip("-")


@dataclass
class Use:
    """One directive at work: which page and line used it, and in which section."""
    page: contents_of.Page
    line: int
    anchor: str
    section: str
    mark: int
    data: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"{self.page.url}#{self.anchor}" if self.anchor else self.page.url


def tool(folder, name):
    """A module of another part of this project: what reads exercises or sessions there reads them here."""
    path = str(Path(__file__).resolve().parents[2] / folder)
    sys.path.insert(0, path)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(path)


class Fault(Exception):
    """Something is wrong with a directive."""


class Book:
    """Everything the pages say, checked but not yet rendered."""

    def __init__(self, root, folders=("src", "chapters")):
        self.root = Path(root)
        self.problems = []                              # (path, line, message)
        self.contents = contents_of.load(self.root)
        self.problems += self.contents.problems
        self.floors = contents_of.floors(self.root, self.contents)
        self.marks = []                                 # what fills a mark: a function of the site
        self.listings, self.sessions, self.pgrefs, self.measures = [], [], [], []
        self.exercise_uses, self.figure_uses, self.term_uses = [], [], []
        self.pictures = set()                           # names of photographs of a screen that pages show
        self._sources = {}
        self.exercises = self._load_exercises()
        self.measured = self._load_measured()
        self.glossary = self._load_glossary()
        self.expanded = {}                              # page id → Markdown for Doxygen
        self.section_ids = {p.id for p in self.contents.order}
        self.origin = {}                                # page id → line of the page, for each line of it as expanded
        self.headers = {}                               # path → text for Doxygen
        self._scan(folders)
        for page in self.contents.order:
            self.expanded[page.id] = self._expand(page)
        for path, text in list(self.headers.items()):
            self.headers[path] = self._expand_header(path, text)

    # --- what the tree holds -----------------------------------------------------------------------------------------

    def problem(self, path, line, message):
        self.problems.append((path, line, message))

    def source(self, path):
        """The file root/path, read once; None where there is no such file."""
        if path not in self._sources:
            file = self.root / path
            if not file.is_file():
                return None
            self._sources[path] = sources.load(self.root, path)
            for line, message in self._sources[path].problems:
                self.problem(path, line, message)
        return self._sources[path]

    def _scan(self, folders):
        """Reads every file that may hold tags, and every public header."""
        for folder in folders:
            for file in sorted((self.root / folder).rglob("*")):
                if file.is_file() and (file.suffix in sources.CODE_SUFFIXES or file.suffix == ".session"
                                       or file.name == "CMakeLists.txt"):
                    path = str(file.relative_to(self.root))
                    source = self.source(path)
                    # A header of that name is shared by the sources of one folder, and nobody else's.
                    if path.startswith("src/") and file.suffix == ".hpp" and not file.stem.endswith("_impl"):
                        self.headers[path] = "\n".join(
                            "" if kind == "marker" else line for line, kind in zip(source.lines, source.kinds)) + "\n"

    def tables(self):
        """The paths of the files that are included for what a macro makes of them."""
        return [p for p in self._sources if p.startswith("src/") and p.endswith(".inc")]

    def layer_sources(self, layer):
        return [self._sources[p] for p in sorted(self._sources) if p.startswith(f"src/{layer}/") and self._sources[p].is_code]

    @property
    def layers(self):
        return [f.layer for f in self.floors if f.exists and self.layer_sources(f.layer)]

    def _load_exercises(self):
        """The exercises, read by the runner's own catalogue."""
        catalog = tool("exercises", "workshop.catalog")
        try:
            return {e.name: e for e in catalog.load(self.root)}
        except catalog.Problem:                         # there are none
            return {}

    def _load_measured(self):
        out = {}
        for file in sorted((self.root / "book" / "measured").glob("*.json")):
            path = str(file.relative_to(self.root))
            try:
                table = json.loads(file.read_text(encoding="utf-8"))
            except ValueError as error:
                self.problem(path, 0, f"not JSON: {error}")
                continue
            for key in ("command", "machine", "date"):
                if not isinstance(table.get(key), str):
                    self.problem(path, 0, f'"{key}" is missing: every figure must say how, where and when it came to be')
            for name, figure in table.get("figures", {}).items():
                if not {"value", "unit", "what"} <= set(figure):
                    self.problem(path, 0, f'figure "{name}" needs value, unit and what')
            out[file.stem] = table
        return out

    def _load_glossary(self):
        """The terms of book/glossary.md: lines `- **term**: what it is. \\ref page "where it is built"`."""
        file = self.root / "book" / "glossary.md"
        if not file.exists():
            return {}
        text = file.read_text(encoding="utf-8")
        out = {}
        for m in re.finditer(r"^- \*\*(.+?)\*\*: (.*?)(?=^- |^#|^$|\Z)", text, re.MULTILINE | re.DOTALL):
            what, where, _ = re.sub(r"\s+", " ", m.group(2)).partition("\\ref ")
            line = text.count("\n", 0, m.start()) + 1
            if not where:
                self.problem("book/glossary.md", line, f'"{m.group(1)}" does not say where it is built: \\ref page "1.1" at its end')
            if m.group(1) in out:
                self.problem("book/glossary.md", line, f'"{m.group(1)}" is there twice')
            out[m.group(1)] = what.strip()
        return out

    # --- pages -------------------------------------------------------------------------------------------------------

    def _mark(self, fill):
        self.marks.append(fill)
        return len(self.marks) - 1

    def _expand(self, page):
        """The page as Doxygen shall read it."""
        if not page.path:
            mark = self._mark(lambda site, page=page: site.generated(page))
            return f"# {page.title} {{#{page.id}}}\n\n{MARK % mark}\n"
        out, origin, fence = [], self.origin.setdefault(page.id, []), None

        def emit(*texts):
            out.extend(texts)
            origin.extend([number] * len(texts))
        anchor, section, pending, ids = "", page.title, "", self.section_ids
        lines = page.text.split("\n")
        for number, line in enumerate(lines, 1):
            if number == 1:
                emit(f"# {page.title} {{#{'mainpage' if page.id == 'index' else page.id}}}")
                continue
            opening = FENCE.match(line)
            if fence:
                if opening and opening.group(1).startswith(fence[0]) and not opening.group(2):
                    text = textwrap.dedent("\n".join(held))
                    mark = self._mark(lambda site, language=fence[1], text=text: site.fence(language, text))
                    emit("", indent + MARK % mark, "")
                    fence = None
                else:
                    self._check_fenced(page, number, line, fence)
                    held.append(line)
                continue
            if opening:
                fence, held = (opening.group(1), opening.group(2)), []
                indent = line[:len(line) - len(line.lstrip())]
                self._check_fence(page, number, fence[1])
                continue
            heading = re.match(r"^(#{2,4}) (.+?)\s*(?:\{#([\w-]+)\})?\s*$", line)
            if heading:
                title = heading.group(2)
                anchor = heading.group(3) or f"{page.id}-{slug(title)}"
                if anchor in ids:
                    self.problem(page.path, number, f"two sections are called {anchor}")
                ids.add(anchor)
                section = title
                page.sections.append((len(heading.group(1)), anchor, title))
                emit(f"{heading.group(1)} {self._inline(page, number, anchor, section, title)} {{#{anchor}}}")
                continue
            if re.match(r"^# ", line):
                self.problem(page.path, number, "a page has one title; sections begin with ##")
            block = BLOCK.match(line)
            if block:
                use = Use(page, number, anchor, section, len(self.marks))
                try:
                    fill = getattr(self, "_block_" + block.group(2).replace("-", "_"))(use, block.group(3) or "")
                    emit("", block.group(1) + MARK % self._mark(fill), "")
                except Fault as fault:
                    self.problem(page.path, number, str(fault))
                continue
            # An inline directive, or code, may be wrapped over several lines.
            if pending:
                line = pending + " " + line.strip()
                pending = ""
            bare = CODE.sub("", line)
            if (OPEN.search(bare) or "`" in bare) and number < len(lines) and lines[number].strip():
                pending = line
                continue
            emit(self._inline(page, number, anchor, section, line))
        if fence:
            self.problem(page.path, len(lines), "a code fence is not closed")
        return "\n".join(out)

    def _check_fence(self, page, number, language):
        if language in ("console", "session", "shell-session"):
            self.problem(page.path, number, "a console block names no file: record it under chapters/NN-name/sessions/ "
                                            "and show it with \\session")
        elif language in ("cpp", "c++", "cxx", "hpp"):
            self.problem(page.path, number, "C++ is not typed into a page: show it with \\snippet "
                                            "(what is wrong on purpose goes into a `text` fence)")
        elif language not in ("text", "sh", "sql", "ini"):
            self.problem(page.path, number, f'a fence is text, sh, sql or ini, not "{language}"')

    def _check_fenced(self, page, number, line, fence):
        if fence[1] != "text" and PROMPT.match(line):
            self.problem(page.path, number, "a console block names no file: a line with a prompt is a transcript, and "
                                            "belongs into chapters/NN-name/sessions/ (show it with \\session)")

    def _inline(self, page, number, anchor, section, line):
        """Replaces the inline directives of a line, and its `code`, which Doxygen would look into."""
        def replace(match):
            use = Use(page, number, anchor, section, len(self.marks))
            try:
                arguments = [a.strip() for a in match.group(2).split(",")]
                return MARK % self._mark(getattr(self, "_inline_" + match.group(1))(use, arguments))
            except Fault as fault:
                self.problem(page.path, number, str(fault))
                return match.group(2)
        def code(span):
            text = html.escape(re.sub(r"^ (.*) $", r"\1", span), quote=False)
            return MARK % self._mark(lambda site: f"<code>{text}</code>")
        out, at = [], 0
        for span in CODE.finditer(line):
            out += [INLINE.sub(replace, line[at:span.start()]), code(span.group(2))]
            at = span.end()
        return "".join([*out, INLINE.sub(replace, line[at:])])

    def counterparts(self):
        """What the headers say of their counterparts in PostgreSQL, as (path, line, text)."""
        out = []
        for path in sorted(self.headers):
            block, first = [], 0
            for number, line in enumerate([*self._sources[path].lines, ""], 1):
                said = re.match(r"\s*///<?\s?(.*\S)", line)
                if said:
                    first = first if block else number
                    block.append(said.group(1))
                    continue
                for match in re.finditer(r"Counterpart in PostgreSQL: (.+?)\.?(?=\s*(?:[\\@](?:param|return)|$))", " ".join(block)):
                    out.append((path, first, match.group(1)))
                block = []
        return out

    def _expand_header(self, path, text):
        """In a header only \\pgref is ours; it becomes plain text and an entry of the map. Two things are written so that Doxygen
        leaves them alone: a quotation mark in `code`, which it takes for the end of the code, and a % before a word."""
        def comment(match):
            parts = re.split(r"(`[^`]*`)", match.group(0))
            return "".join((f"<code>{html.escape(p[1:-1], quote=False)}</code>" if "'" in p else p) if i % 2 else
                           re.sub(r"(?<![\\%])%(?=\w)", r"\\%", p) for i, p in enumerate(parts))
        pieces = re.split(r"([\\@]code\b.*?[\\@]endcode)", text, flags=re.DOTALL)
        text = "".join(p if i % 2 else re.sub(r"///.*", comment, p) for i, p in enumerate(pieces))

        def replace(match):
            arguments = [a.strip() for a in match.group(2).split(",")]
            line = text.count("\n", 0, match.start()) + 1
            if match.group(1) != "pgref" or not 2 <= len(arguments) <= 3:
                self.problem(path, line, "in a header only \\pgref{file, name} is known")
                return match.group(2)
            self.pgrefs.append(Use(None, line, "", path, -1, {"file": arguments[0], "name": arguments[1], "what": "",
                                                              "path": path}))
            return f"<code>{arguments[1]}</code> in PostgreSQL's <code>{arguments[0]}</code>"
        return INLINE.sub(replace, text)

    # --- block directives --------------------------------------------------------------------------------------------

    def _lines_of(self, path, tag):
        """First and last line of a tag, or of the whole file."""
        source = self.source(path)
        if source is None:
            raise Fault(f"there is no file {path}")
        if not tag:
            return source, 1, len(source.lines)
        if tag not in source.tags:
            raise Fault(f"{path} has no tag [{tag}]")
        return source, source.tags[tag].first, source.tags[tag].last

    def _block_snippet(self, use, arguments):
        words = arguments.split()
        if not 1 <= len(words) <= 2:
            raise Fault("\\snippet takes a path from the top of the tree and a tag: \\snippet src/base/clock.hpp now")
        path, tag = words[0], words[1] if len(words) == 2 else ""
        source, first, last = self._lines_of(path, tag)
        lines = source.shown(first, last)
        if not lines:
            raise Fault(f"nothing of {path} {tag} would be shown")
        use.data = {"path": path, "tag": tag, "first": first, "last": last, "lines": lines,
                    "id": f"{use.page.id}-{slug(Path(path).name)}" + (f"-{slug(tag)}" if tag else "")}
        taken = {u.data["id"] for u in self.listings}
        while use.data["id"] in taken:
            use.data["id"] += "-again"
        self.listings.append(use)
        return lambda site: site.listing(use)

    def _block_session(self, use, arguments):
        words = arguments.split()
        if not 1 <= len(words) <= 2 or "/" not in words[0]:
            raise Fault("\\session takes a chapter's session, and a tag in it: \\session 01-connections/hello.session start")
        chapter, _, name = words[0].partition("/")
        path = f"chapters/{chapter}/sessions/{name}"
        source, first, last = self._lines_of(path, words[1] if len(words) == 2 else "")
        transcript = tool("tests/sessions", "transcript")
        try:
            parts = transcript.parse("\n".join(source.lines) + "\n", path).parts
        except transcript.Malformed as error:
            raise Fault(str(error)) from None
        steps, inside = [], False
        for part in parts:
            if isinstance(part, str):
                if inside and not part:
                    steps.append("")
                continue
            inside = first <= part.line <= last
            if inside:
                steps.append(part)
        if not steps:
            raise Fault(f"{path} shows no command")
        use.data = {"path": path, "tag": words[1] if len(words) == 2 else "", "steps": steps}
        self.sessions.append(use)
        return lambda site: site.session(use)

    def _block_figure(self, use, arguments):
        match = re.fullmatch(r'([\w-]+)(?:\s+"(.*)")?', arguments)
        if not match:
            raise Fault('\\figure takes a name and a caption: \\figure accept-queue "Who waits where."')
        files = [f for s in (".svg", *figures.MAKERS) if (f := self.root / "book" / "fig" / (match.group(1) + s)).exists()]
        if len(files) != 1:
            raise Fault(f"there must be one book/fig/{match.group(1)}.svg, .seq or .bytes, and there are {len(files)}")
        path = str(files[0].relative_to(self.root))
        text = files[0].read_text(encoding="utf-8")
        if files[0].suffix in figures.MAKERS:
            try:
                text = figures.MAKERS[files[0].suffix](text)
            except figures.Malformed as error:
                raise Fault(f"{path}: {error}") from None
        for message in figure_faults(text):
            self.problem(path, 0, message)
        use.data = {"path": path, "caption": match.group(2) or "", "svg": text, "name": match.group(1)}
        self.figure_uses.append(use)
        return lambda site: site.figure(use)

    def _block_picture(self, use, arguments):
        match = re.fullmatch(r'([\w-]+)\s+"([^"]+)"(?:\s+"(.*)")?', arguments)
        if not match:
            raise Fault('\\picture takes a name, what is to be seen, and a caption: \\picture explorer "A tree of processes." "The explorer."')
        sizes = set()
        for scheme in ("light", "dark"):
            file = self.root / "book" / "fig" / f"{match.group(1)}-{scheme}.png"
            if not file.is_file():
                raise Fault(f"there is no book/fig/{file.name}: a picture has two, for light pages and for dark ones")
            sizes.add(png_size(file))
        if len(sizes) != 1 or None in sizes:
            raise Fault(f"book/fig/{match.group(1)}-light.png and -dark.png must be PNG images of one size")
        use.data = {"name": match.group(1), "seen": match.group(2), "caption": match.group(3) or "", "size": sizes.pop()}
        self.pictures.add(match.group(1))
        return lambda site: site.picture(use)

    def _block_exercise(self, use, arguments):
        if arguments not in self.exercises:
            raise Fault(f'there is no exercise "{arguments}" (exercises/NN-name/MM-title)')
        use.data = {"exercise": self.exercises[arguments]}
        self.exercise_uses.append(use)
        return lambda site: site.exercise(self.exercises[arguments])

    def _block_exercises(self, use, arguments):
        if not use.page.chapter:
            raise Fault("\\exercises lists the exercises of a chapter, and this page is none")
        mine = [e for e in self.exercises.values() if e.chapter == use.page.chapter.folder]
        for exercise in mine:
            self.exercise_uses.append(Use(use.page, use.line, use.anchor, use.section, -1, {"exercise": exercise}))
        return lambda site: "".join(site.exercise(e) for e in mine)

    def _block_measured_table(self, use, arguments):
        name, _, table = arguments.partition("/")
        if table not in self.measured.get(name, {}).get("tables", {}):
            raise Fault(f'there is no table "{table}" in book/measured/{name}.json')
        return lambda site: site.measured_table(name, table)

    def _block_contents(self, use, arguments):
        return lambda site: site.contents_list()

    def _block_door(self, use, arguments):
        parts = [p.strip() for p in arguments.split("|")]
        if not 3 <= len(parts) <= 4:
            raise Fault("\\door takes a title, a command, a sentence and pages to begin with: "
                        "\\door Read | ./dev book | What you will see. | preface connections")
        first = []
        for name in parts[3].split() if len(parts) == 4 else ():
            page = self.contents.page(name)
            if not page:
                raise Fault(f'there is no page "{name}"')
            first.append(page)
        return lambda site: site.door(*parts[:3], first)

    # --- inline directives -------------------------------------------------------------------------------------------

    def _inline_pgref(self, use, arguments):
        if not 2 <= len(arguments) or not arguments[0].startswith(("src/", "contrib/", "doc/")):
            raise Fault("\\pgref takes a path in PostgreSQL's tree and a name in it: "
                        "\\pgref{src/backend/postmaster/postmaster.c, ServerLoop, what it does there}")
        use.data = {"file": arguments[0], "name": arguments[1], "what": ", ".join(arguments[2:]), "path": use.page.path,
                    "id": f"pg-{len(self.pgrefs)}"}
        self.pgrefs.append(use)
        return lambda site: site.pgref(use)

    def _inline_measured(self, use, arguments):
        name, _, key = arguments[0].partition("/")
        figure = self.measured.get(name, {}).get("figures", {}).get(key)
        if figure is None:
            raise Fault(f'there is no figure "{key}" in book/measured/{name}.json')
        use.data = {"file": name, "key": key}
        self.measures.append(use)
        return lambda site: site.measured_value(name, key, arguments[1:])

    def _inline_term(self, use, arguments):
        if arguments[0] not in self.glossary:
            raise Fault(f'"{arguments[0]}" is not in book/glossary.md')
        use.data = {"term": arguments[0]}
        self.term_uses.append(use)
        text = arguments[1] if len(arguments) > 1 else arguments[0]
        return lambda site: (f'<a class="term" href="glossary.html#term-{slug(arguments[0])}" '
                             f'title="{html.escape(plain(self.glossary[arguments[0]]))}">{html.escape(text)}</a>')

    def _inline_src(self, use, arguments):
        path = arguments[0]
        if not (self.root / path).exists():
            raise Fault(f"there is no {path} in the tree")
        return lambda site: site.source_link(path)


def png_size(path):
    """Width and height of a PNG image, or None if the file is none."""
    head = path.read_bytes()[:24]
    return struct.unpack(">II", head[16:24]) if head[:8] == b"\x89PNG\r\n\x1a\n" else None


def plain(markdown):
    """A line of Markdown without its marks."""
    return re.sub(r"\\\w+\{([^{},]*)[^{}]*\}", r"\1", re.sub(r"[`*_]", "", markdown))


def figure_faults(text):
    """What keeps a drawing from being read aloud or from following the colours of the page."""
    head = re.search(r"<svg\b[^>]*>", text)
    if not head:
        return ["no <svg> element"]
    faults = []
    if 'role="img"' not in head.group(0) or not re.search(r'aria-label="[^"]{10,}"', head.group(0)):
        faults.append('the <svg> needs role="img" and an aria-label that says what is to be seen')
    if "viewBox=" not in head.group(0):
        faults.append("the <svg> needs a viewBox")
    if re.search(r"#[0-9a-fA-F]{3,8}\b|(?:fill|stroke)=\"(?!none|currentColor|var\(|url)[^\"]+\"|rgb\(",
                 re.sub(r"url\(#[\w-]+\)|href=\"#[\w-]+\"|&#\w+;", "url", text)):
        faults.append("a colour is fixed: use currentColor or the style sheet's classes and variables")
    if re.search(r"<script|<image|<foreignObject|href=\"(?!#)", text):
        faults.append("a drawing holds no scripts, images or outside references")
    return faults


# --- coverage --------------------------------------------------------------------------------------------------------

@dataclass
class Share:
    """How much of something the book shows, in lines that count."""
    shown: int = 0
    counted: int = 0

    @property
    def percent(self):
        return 100.0 * self.shown / self.counted if self.counted else 100.0

    def __iadd__(self, other):
        self.shown += other.shown
        self.counted += other.counted
        return self

    def __str__(self):
        # Never rounds up to a hundred.
        return f"{int(self.percent * 10) / 10:.1f} %"


def coverage(book):
    """Share by file, {path: Share}, over src/. A line is shown if a listing prints it; an #include also if the page
    "What this chapter adds" lists it, which it does for the layers of all written chapters."""
    shown = {}
    for use in book.listings:
        shown.setdefault(use.data["path"], set()).update(use.data["lines"])
    listed = {c.layer for c in book.contents.chapters if c.page}
    out = {}
    for layer in book.layers:
        for source in book.layer_sources(layer):
            lines = source.counted()
            seen = shown.get(source.path, set()) | (source.includes() if layer in listed else set())
            out[source.path] = Share(len(lines & seen), len(lines))
    return out


def by_layer(book, shares):
    out = {}
    for path, share in shares.items():
        out.setdefault(path.split("/")[1], Share()).__iadd__(share)
    return out


def missing(book, path):
    """The lines of a file that count and that no listing prints."""
    source, shown = book.source(path), set()
    for use in book.listings:
        if use.data["path"] == path:
            shown |= set(use.data["lines"])
    return sorted(source.counted() - shown - source.includes())


def unused_tags(book, path):
    """The tags of a file that no page uses."""
    used = {u.data["tag"] for u in [*book.listings, *book.sessions] if u.data["path"] == path}
    return [tag for name, tag in book.source(path).tags.items() if name not in used]


# --- checks ----------------------------------------------------------------------------------------------------------

def check(book):
    """All faults that can be found without Doxygen, as (path, line, message), sorted."""
    whole = {u.data["path"] for u in [*book.listings, *book.sessions] if not u.data["tag"]}
    problems = list(book.problems) + check_readme(book)
    # What belongs to a chapter that is not written, or a draft, need not be used yet.
    unwritten = tuple(f for c in book.contents.chapters if c.draft or not c.page
                      for f in (f"src/{c.layer}/", f"chapters/{c.folder}/"))
    for path in book._sources:
        for tag in unused_tags(book, path) if not path.startswith(unwritten) else ():
            problems.append((path, tag.first - 1, f"tag [{tag.name}] is used by no page"
                             + (" (the whole file is shown)" if path in whole else "")))
    for path, source in book._sources.items():
        if path.startswith("src/") and path.endswith(".hpp") and not re.search(r"[\\@]file\b", "\n".join(source.lines[:12])):
            problems.append((path, 1, "a header begins with /// \\file and says what it is for"))
    shares = by_layer(book, coverage(book))
    for chapter in book.contents.chapters:
        if not chapter.page or not chapter.coverage or chapter.draft:
            continue
        share = shares.get(chapter.layer, Share())
        if share.percent + 1e-9 < chapter.coverage:
            problems.append((chapter.page.path, 0, f"chapter {chapter.number} promises {chapter.coverage:g} % of "
                             f"src/{chapter.layer} and shows {share} (see ./dev book --coverage {chapter.layer})"))
    shown = {u.data["exercise"].name for u in book.exercise_uses}
    for chapter in book.contents.chapters:
        for exercise in book.exercises.values():
            if chapter.page and not chapter.draft and exercise.chapter == chapter.folder and exercise.name not in shown:
                problems.append((f"exercises/{exercise.name}/README.md", 1, "no page of the book shows this exercise"))
    return sorted(set(problems), key=lambda p: (p[0], p[1], p[2]))


README_SESSION = re.compile(r"^<!-- session: (\S+) (\S+) -->\n((?:(?: {4}.*)?\n)*)", re.MULTILINE)


def check_readme(book):
    """Faults of the sessions that README.md quotes: below a line `<!-- session: 05-name/file.session tag -->` the indented text is that part
    of the file, which the tests replay."""
    file = book.root / "README.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    out = []
    for match in README_SESSION.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        chapter, _, name = match.group(1).partition("/")
        try:
            source, first, last = book._lines_of(f"chapters/{chapter}/sessions/{name}", match.group(2))
        except Fault as fault:
            out.append(("README.md", line, str(fault)))
            continue
        if textwrap.dedent(match.group(3)).strip("\n") != "\n".join(source.lines[first - 1:last]).strip("\n"):
            out.append(("README.md", line, f"this is not what {source.path} [{match.group(2)}] says"))
    return out


def check_pg_tree(book, tree):
    """Faults of the references into a PostgreSQL source tree."""
    out = []
    for use in book.pgrefs:
        file = Path(tree) / use.data["file"]
        if not file.is_file():
            out.append((use.data["path"], use.line, f"PostgreSQL has no {use.data['file']}"))
        elif not re.search(r"\b" + re.escape(use.data["name"].removesuffix("()")) + r"\b", file.read_text(errors="replace")):
            out.append((use.data["path"], use.line, f"{use.data['file']} does not mention {use.data['name']}"))
    return out
