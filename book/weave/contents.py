"""The one table of contents (book/contents.toml), and the floors as src/CMakeLists.txt lists them."""
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

GENERATED = {
    "floors": "The floors of the house",
    "pgmap": "Index of PostgreSQL's files",
    "exercises": "All exercises",
    "measured": "What was measured",
    "listings": "Index of listings",
    "names": "Index of names",
    "coverage": "What the book shows",
}


@dataclass
class Page:
    """One page of the book. `path` is empty where build.py writes the page; `chapter` is None outside chapters."""
    id: str
    title: str
    path: str = ""
    part: "Part" = None
    chapter: "Chapter" = None
    text: str = ""
    number: str = ""                                   # 1 for a chapter's first page, 1.1 for the next, empty elsewhere
    sections: list = field(default_factory=list)       # (level, id, title)

    @property
    def url(self):
        return f"{self.id}.html"

    @property
    def label(self):
        """Title as the sidebar shows it."""
        return f"{self.number} · {self.title}" if self.number else self.title


@dataclass
class Chapter:
    """A chapter; `page` is None while it is only planned. `coverage` is the promised share in per cent; a draft has not to
    keep it yet."""
    number: int
    name: str
    title: str
    layer: str
    about: str = ""
    coverage: float = 0
    draft: bool = False
    page: Page = None
    more: list = field(default_factory=list)           # its further pages
    adds: Page = None

    @property
    def pages(self):
        """All of its pages, in reading order."""
        return [self.page, *self.more, self.adds] if self.page else []

    @property
    def folder(self):
        return f"{self.number:02d}-{self.name}"


@dataclass
class Part:
    """Pages, or chapters and what follows them, under one heading of the sidebar."""
    title: str
    number: str = ""
    pages: list = field(default_factory=list)
    chapters: list = field(default_factory=list)
    after: list = field(default_factory=list)          # pages behind the chapters

    @property
    def label(self):
        return f"Part {self.number} · {self.title}" if self.number else self.title

    @property
    def is_planned(self):
        return bool(self.chapters) and not any(c.page for c in self.chapters)


@dataclass
class Contents:
    parts: list
    order: list                        # every page, in reading order, the front page first
    problems: list

    @property
    def chapters(self):
        return [c for part in self.parts for c in part.chapters]

    def page(self, page_id):
        return next((p for p in self.order if p.id == page_id), None)


def page_id(path):
    """Name of the page made from a file: 01-connections.md, 01-connections/wire.md and how-to-read.md are `connections`,
    `connections-wire` and `how-to-read`."""
    return re.sub(r"^(?:appendix/|\d+-)", "", path.removesuffix(".md")).replace("/", "-")


def load(root):
    """Reads book/contents.toml under `root` and the titles of the pages it names."""
    root, problems, parts = Path(root), [], []
    table_path = "book/contents.toml"
    table = tomllib.loads((root / table_path).read_text(encoding="utf-8"))

    def read(path, part=None, chapter=None, number=""):
        file = root / "book" / path
        if not file.exists():
            problems.append((table_path, 0, f"no such page: book/{path}"))
            return None
        text = file.read_text(encoding="utf-8")
        heading = re.match(r"# (.+?)\s*(?:\{#[\w-]+\})?\s*\n", text)
        if not heading:
            problems.append((f"book/{path}", 1, "the first line must be the title: # Title"))
            return None
        return Page(page_id(path), heading.group(1), f"book/{path}", part, chapter, text, number)

    front = read("index.md")
    order = [front] if front else []
    for entry in table.get("part", []):
        part = Part(entry["title"], entry.get("number", ""))
        parts.append(part)
        for name in entry.get("pages", []):
            if name.startswith("generated:"):
                kind = name.removeprefix("generated:")
                if kind not in GENERATED:
                    problems.append((table_path, 0, f"no generated page is called {kind}"))
                    continue
                page = Page(kind, GENERATED[kind], part=part)
            else:
                page = read(name, part)
            if page:
                part.pages.append(page)
                order.append(page)
        for item in entry.get("chapter", []):
            chapter = Chapter(item["number"], item["name"], item["title"], item["layer"], item.get("about", ""),
                              item.get("coverage", 0), item.get("draft", False))
            part.chapters.append(chapter)
            path = f"{chapter.folder}.md"
            if not (root / "book" / path).exists():
                continue
            chapter.page = read(path, part, chapter, str(chapter.number))
            if not chapter.page:
                continue
            if chapter.page.title != chapter.title:
                problems.append((f"book/{path}", 1, f'the title is "{chapter.page.title}" here and '
                                                    f'"{chapter.title}" in {table_path}'))
            chapter.adds = Page(f"adds-{chapter.name}", f"What chapter {chapter.number} adds", part=part, chapter=chapter)
            for number, name in enumerate(item.get("pages", []), 1):
                page = read(f"{chapter.folder}/{name}", part, chapter, f"{chapter.number}.{number}")
                if page:
                    chapter.more.append(page)
            order += chapter.pages
        for name in entry.get("after", []):
            page = read(name, part)
            if page:
                part.after.append(page)
                order.append(page)
    listed = {p.path for p in order}
    for file in sorted([*(root / "book").glob("*.md"), *(root / "book").glob("*/*.md")]):
        path = str(file.relative_to(root))
        if path not in listed and file.name != "README.md":
            problems.append((path, 0, f"this page is not in {table_path}"))
    seen = {}
    for page in order:
        if page.id in seen:
            problems.append((page.path or table_path, 0, f'two pages are called "{page.id}"'))
        seen[page.id] = page
    return Contents(parts, order, problems)


@dataclass
class Floor:
    """One layer of src/. `on` lists the layers it links; `chapter` is None for base."""
    number: int
    layer: str
    on: list
    chapter: Chapter
    exists: bool


def floors(root, contents):
    """The floors from the ground up, as src/CMakeLists.txt lists them: built or planned, and what each is linked to."""
    text = (Path(root) / "src" / "CMakeLists.txt").read_text(encoding="utf-8")
    text = re.sub(r"#.*", "", text)
    links = {}
    for match in re.finditer(r"^\s*forklore_layer\(\s*(\w+)([^)]*)\)", text, re.MULTILINE):
        on = re.search(r"\bON\b(.*?)(?:\bLIBRARIES\b|$)", match.group(2), re.DOTALL)
        links[match.group(1)] = on.group(1).split() if on else []
    layers = re.search(r"set\(\s*FORKLORE_FLOORS\b([^)]*)\)", text)
    by_layer = {c.layer: c for c in contents.chapters}
    return [Floor(number, layer, links.get(layer, []), by_layer.get(layer), (Path(root) / "src" / layer).is_dir())
            for number, layer in enumerate(layers.group(1).split() if layers else links, 1)]
