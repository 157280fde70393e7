"""What stands where a page has a directive: listings, transcripts, drawings, boxes, and the pages made whole by us."""
import difflib
import html
import json
import re
from pathlib import Path

from . import highlight, pages
from .pages import MARK_RE, Share, slug


def esc(text):
    return html.escape(str(text), quote=True)


def inline(markdown):
    """The little Markdown that a caption or a definition may hold."""
    text = html.escape(markdown, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<!\w)\*([^*]+)\*(?!\w)", r"<em>\1</em>", text)


NUMBER = re.compile(r"–|[\d.,]+( ×)?")             # what a column of figures holds
INDENT, FAR = 8, 16                                # on a phone: indentation that the rest of a long line keeps, and that a line keeps


def code_lines(lines):
    """Rendered lines, each in an element of its own, so that where the screen is narrow it can go on below, indented."""
    out = []
    for line in lines:
        blanks = len(line) - len(line.lstrip(" "))
        indent = min(blanks, INDENT)
        if blanks > FAR:
            line = f'<span class="far">{" " * (blanks - FAR)}</span>{line[blanks - FAR:]}'
        out.append(f'<span class="ln"{f" style=--in:{indent}" if indent else ""}>{line}\n</span>')
    return "".join(out)


def short_path(path, kept):
    """A path of which a phone shows the last parts only."""
    parts = path.rstrip("/").split("/")
    first, last = "/".join(parts[:-kept]), "/".join(parts[-kept:])
    return (f'<span class="dir">{esc(first)}/</span>' if first else "") + esc(last) + ("/" if path.endswith("/") else "")


def number(value):
    """A figure with its thousands apart, and no more digits than it has."""
    return f"{value:,}" if isinstance(value, (int, float)) else esc(value)


class Blocks:
    """Fills the marks of the pages. `names` and the source pages must be known by now."""

    def __init__(self, book, names):
        self.book, self.names = book, names
        self.highlighter = highlight.Highlighter(names)
        self.shares = pages.coverage(book)
        self.layer_shares = pages.by_layer(book, self.shares)
        self._rendered = {}
        self.source_paths = sorted(p for p, s in book._sources.items()
                                   if s.is_code and (p.startswith("src/") or p.endswith("/server.cpp")
                                                   or any(u.data["path"] == p for u in book.listings)))
        for path in self.source_paths:
            names.source_page[path] = self.source_url(path)

    # --- small things ------------------------------------------------------------------------------------------------

    @staticmethod
    def source_url(path):
        return "source-" + path.replace("/", "-") + ".html"

    def rendered(self, path):
        """A file's lines as HTML."""
        if path not in self._rendered:
            self._rendered[path] = self.highlighter.render(self.book.source(path))
        return self._rendered[path]

    def source_link(self, path, line=0, text=None):
        """The path of a file, linked to its source page where it has one."""
        shown = f'<code>{esc(text) if text else short_path(path, 2)}</code>'
        if path in self.names.source_page:
            return f'<a href="{self.source_url(path)}{f"#l{line}" if line else ""}">{shown}</a>'
        floor = next((f for f in self.book.floors if path.rstrip("/") == f"src/{f.layer}" and f.exists), None)
        return f'<a href="floors.html#floor-{floor.layer}">{shown}</a>' if floor else shown

    def brief(self, source):
        """What a file is for, in a sentence."""
        return self.names.file_brief.get(source.path) or source.purpose

    def fence(self, language, text):
        """What was typed into the page itself: commands to type, SQL, settings, or text."""
        kind = {"sh": "commands", "sql": "commands"}.get(language, "plain")
        label = {"sh": "Commands", "sql": "SQL", "ini": "Settings"}.get(language, "Text")
        return (f'<div class="code {kind}"><pre tabindex="0" role="group" aria-label="{label}"><code>'
                f'{html.escape(text, quote=False)}</code></pre></div>')

    # --- directives --------------------------------------------------------------------------------------------------

    def listing(self, use):
        """A piece of a source file, under its path and the function it stands in."""
        data = use.data
        source, lines = self.book.source(data["path"]), data["lines"]
        body = self._code(data["path"], lines)
        where = self._where(source, lines)
        span = f"line {lines[0]}" if len(lines) == 1 else f"lines {lines[0]}–{lines[-1]}"
        label = f'{data["path"]}, {span}'
        return (f'<figure class="listing" id="{data["id"]}"><figcaption>'
                f'{self.source_link(data["path"], lines[0])}'
                f'{f" <span class=where>{where}</span>" if where else ""}'
                f' <span class="lines">{span}</span></figcaption>'
                f'<pre tabindex="0" role="group" aria-label="{esc(label)}"><code>{body}</code></pre></figure>')

    def _code(self, path, lines):
        """Those lines of a file, without the indentation that they share."""
        picked = [highlight.for_listing(self.rendered(path)[n - 1]) for n in lines]
        indent = min((len(p) - len(p.lstrip(" ")) for p in picked if p.strip()), default=0)
        return code_lines(p[indent:].rstrip() for p in picked)

    def _where(self, source, lines):
        """The function or type around a listing; or, if none is, the one thing that it defines."""
        around = source.enclosing(lines[0], lines[-1])
        inner = [s for s in around if s.kind != "namespace" and s.name]
        if inner:
            scope, chain = inner[-1], around[:around.index(inner[-1]) + 1]
            return "in " + self._scope_name(source, chain, scope)
        inside = [s for s in source.definitions(lines[0], lines[-1]) if s.name]
        if len(inside) == 1:
            scope = inside[0]
            chain = [s for s in source.scopes if s.kind != "init" and s.first <= scope.first and s.last >= scope.last]
            return self._scope_name(source, chain, scope)
        return ""

    def _scope_name(self, source, chain, scope):
        full = source.qualified(chain)
        short = "::".join(s.name for s in chain if s.kind != "namespace" and s.name)
        text = f"<code>{esc(short)}{'()' if scope.kind == 'function' else ''}</code>"
        entry = self.names.lookup(full, []) or self.names.lookup(full.rpartition("::")[0], [])
        return f'<a href="{entry.url}" title="{esc(entry.tip)}">{text}</a>' if entry and entry.kind != "namespace" else text

    def session(self, use):
        """A recorded transcript."""
        lines = highlight.session(use.data["steps"])
        return (f'<figure class="session"><figcaption><span class="kind">Session</span> <code>{short_path(use.data["path"], 1)}</code>'
                f'</figcaption><pre tabindex="0" role="group" aria-label="Recorded terminal session"><code>'
                + code_lines(lines) + "</code></pre></figure>")

    def figure(self, use):
        """A drawing, inline, so that it follows the colours of the page."""
        svg = re.sub(r"<\?xml.*?\?>|<!--.*?-->", "", use.data["svg"], flags=re.DOTALL).strip()
        # An id of a drawing must not meet that of another on the page.
        name = use.data["name"]
        svg = re.sub(r'\bid="([\w-]+)"', rf'id="{name}-\1"', svg)
        svg = re.sub(r'url\(#([\w-]+)\)|href="#([\w-]+)"',
                     lambda m: f"url(#{name}-{m.group(1)})" if m.group(1) else f'href="#{name}-{m.group(2)}"', svg)
        # All drawings at one scale, so that their letters are of one size.
        width = float(re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', svg).group(1))
        svg = svg.replace("<svg", f'<svg style="max-width:{width * 1.1 / 16:.1f}rem;min-width:{min(width * 0.8, 480) / 16:.1f}rem"', 1)
        caption = f"<figcaption>{inline(use.data['caption'])}</figcaption>" if use.data["caption"] else ""
        return f'<figure class="drawing" id="figure-{name}"><div class="canvas" tabindex="0">{svg}</div>{caption}</figure>'

    def picture(self, use):
        """A photograph of a screen: the light one or the dark one, as the page is."""
        data, (width, height) = use.data, use.data["size"]
        images = "".join(f'<img class="{scheme}" src="{data["name"]}-{scheme}.png" width="{width}" height="{height}" '
                         f'loading="lazy" alt="{esc(data["seen"])}">' for scheme in ("light", "dark"))
        caption = f"<figcaption>{inline(data['caption'])}</figcaption>" if data["caption"] else ""
        return f'<figure class="picture">{images}{caption}</figure>'

    def exercise(self, exercise):
        """The box that announces an exercise."""
        about = exercise.about
        facts = f'<p class="facts">{esc(about)}</p>' if about else ""
        return (f'<aside class="exercise" aria-label="Exercise {exercise.number}"><p class="head">'
                f'<span class="kind">Exercise {exercise.number}</span> {inline(exercise.heading)}</p>{facts}'
                f'<p>{inline(exercise.goal)}</p>'
                f'<div class="code commands"><pre tabindex="0"><code>./dev exercise {esc(exercise.number)}</code></pre></div></aside>')

    def pgref(self, use):
        data = use.data
        tip = esc(f"PostgreSQL, {data['file']}" + (f": {data['what']}" if data["what"] else ""))
        return (f'<a class="pgref" id="{data["id"]}" href="pgmap.html#{slug(data["file"])}" title="{tip}">'
                f'<code>{esc(data["name"])}</code></a> <span class="pgfile">({esc(data["file"].split("/")[-1])})</span>')

    def measured_value(self, name, key, options):
        figure = self.book.measured[name]["figures"][key]
        table = self.book.measured[name]
        tip = esc(f"{figure['what']}. {table['command']}, {table['date']}, {table['machine']}")
        unit = "" if "bare" in options or not figure["unit"] else "\u202f" + esc(figure["unit"])
        return (f'<a class="measured" href="measured.html#{slug(name + "-" + key)}" title="{tip}">'
                f'{number(figure["value"])}{unit}</a>')

    def measured_table(self, name, key):
        table = self.book.measured[name]["tables"][key]
        numeric = [all(NUMBER.fullmatch(str(row[i])) for row in table["rows"]) for i in range(len(table["columns"]))]
        head = "".join(f"<th scope=col{' class=num' if n else ''}>{inline(c)}</th>" for c, n in zip(table["columns"], numeric))
        rows = "".join("<tr>" + "".join(
            f"<td class=num>{number(cell)}</td>" if n else f"<td>{inline(str(cell))}</td>"
            for cell, n in zip(row, numeric)) + "</tr>" for row in table["rows"])
        return (f'<figure class="table measured-table"><div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
                f'<tbody>{rows}</tbody></table></div><figcaption>{inline(table.get("caption", ""))} '
                f'<a href="measured.html#{slug(name)}">How it was measured</a></figcaption></figure>')

    def door(self, title, command, text, first):
        """One way in, on the front page, with the pages to begin with."""
        links = ", then ".join(f'<a href="{page.url}">{inline(page.label)}</a>' for page in first)
        begin = f'<p class="first">Begin with {links}.</p>' if first else ""
        return (f'<div class="door"><h2>{inline(title)}</h2><p>{inline(text)}</p>{begin}{self.fence("sh", command)}</div>')

    def contents_list(self):
        """The table of contents of the front page."""
        out = []
        for part in self.book.contents.parts:
            items = []
            for page in part.pages:
                items.append(f'<li><a href="{page.url}">{inline(page.title)}</a></li>')
            for chapter in part.chapters:
                about = f'<span class="about">{inline(chapter.about)}</span>' if chapter.about else ""
                title = f'<span class="no">{chapter.number}</span> '
                title += f'<a href="{chapter.page.url}">{inline(chapter.title)}</a>' \
                    f'{" <span class=planned>draft</span>" if chapter.draft else ""}' if chapter.page else \
                    f'<span class="title">{inline(chapter.title)}</span> <span class="planned">planned</span>'
                more = "".join(f'<li><span class="no">{p.number}</span> <a href="{p.url}">{inline(p.title)}</a></li>' for p in chapter.more)
                items.append(f'<li class="{"chapter" if chapter.page else "chapter absent"}">{title} {about}'
                             f'{f"<ul>{more}</ul>" if more else ""}</li>')
            items += [f'<li><a href="{page.url}">{inline(page.title)}</a></li>' for page in part.after]
            out.append(f'<section class="part{" absent" if part.is_planned else ""}"><h3>{inline(part.label)}</h3>'
                       f'<ul>{"".join(items)}</ul></section>')
        return f'<div class="toc">{"".join(out)}</div>'

    # --- pages that are made whole -----------------------------------------------------------------------------------

    def generated(self, page):
        if page.chapter and page is page.chapter.adds:
            return self.page_adds(page.chapter)
        return getattr(self, "page_" + page.id)()

    def page_adds(self, chapter):
        """What a chapter adds: the list of layers in its server, and the files of its layer."""
        out = []
        server = f"chapters/{chapter.folder}/server.cpp"
        source = self.book.source(server)
        if source:
            before = next((c for c in self.book.contents.chapters if c.number == chapter.number - 1), None)
            old = self.book.source(f"chapters/{before.folder}/server.cpp") if before else None
            out.append('<h2 id="the-server">The server</h2>')
            if old:
                out.append(f"<p>The list of layers in <code>{esc(server)}</code>, and how it differs from that of chapter "
                           f"{before.number}.</p>")
                code = [[s.lines[n - 1] for n in s.shown(1, len(s.lines))] for s in (old, source)]
                rows = list(difflib.unified_diff(*code, lineterm="", n=100))[3:]
                kinds = {"+": "ins", "-": "del"}
                body = "\n".join(f'<span class="{kinds.get(r[:1], "same")}">{esc(r)}</span>' for r in rows)
            else:
                out.append(f"<p>The whole of <code>{esc(server)}</code>: the list of layers that this chapter's server "
                           "is made of.</p>")
                body = self._code(server, source.shown(1, len(source.lines)))
            out.append(f'<figure class="listing"><figcaption>{self.source_link(server)}</figcaption><pre tabindex="0" '
                       f'role="group" aria-label="{esc(server)}"><code>{body}</code></pre></figure>')
        files = self.book.layer_sources(chapter.layer)
        share = self.layer_shares.get(chapter.layer, Share())
        if not files:
            return "".join(out) + f"<p>The layer <code>src/{chapter.layer}/</code> holds no files yet.</p>"
        out.append('<h2 id="the-files">The files</h2>')
        out.append(f"<p><code>src/{chapter.layer}/</code> has {len(files)} files with {share.counted:,} lines of code; "
                   f"the book shows {share} of them. <a href=\"coverage.html\">What counts as a line</a>.</p>")
        out.append(self._file_table(files))
        out.append('<h2 id="what-they-include">What they include</h2>')
        out.append("<p>Every <code>#include</code> of the layer, so that the listings need not show them: what each file "
                   "uses of its own layer, of lower floors, and of libraries and the system.</p>")
        out.append(self._include_table(files, chapter.layer))
        return "".join(out)

    def _file_table(self, files):
        """The files of a layer; a header and its source share a row, since they share a purpose."""
        rows, stems = [], {}
        for source in files:
            stems.setdefault(re.sub(r"\.\w+$", "", source.path), []).append(source)
        for stem, sources in stems.items():
            sources.sort(key=lambda s: (".hpp", ".cpp", ".inc").index(Path(s.path).suffix))
            brief = next((b for s in sources if (b := self.brief(s))), "")
            share = Share()
            for source in sources:
                share += self.shares.get(source.path, Share())
            name = "/".join(Path(stem).parts[2:])
            links = " ".join(self.source_link(s.path, text=(name if i == 0 else "") + Path(s.path).suffix)
                             for i, s in enumerate(sources))
            rows.append(f'<tr><td class="paths">{links}</td><td>{esc(brief)}</td><td class=num>{share.counted}</td>{bar(share)}</tr>')
        return ('<div class="scroll" tabindex="0"><table class="files"><thead><tr><th scope=col>File<th scope=col>What for'
                '<th scope=col class=num>Lines<th scope=col>In the book</tr></thead><tbody>' + "".join(rows) +
                "</tbody></table></div>")

    def _include_table(self, files, layer):
        rows = []
        for source in files:
            groups = {"own": [], "lower": [], "system": []}
            for n in sorted(source.includes()):
                match = re.search(r'["<]([^">]+)[">]', source.lines[n - 1])
                if not match:
                    continue
                name = match.group(1)
                own = name.startswith(layer + "/")
                lower = any(name.startswith(f.layer + "/") for f in self.book.floors)
                kind = "own" if own else "lower" if lower else "system"
                url = self.names.file_url("src/" + name)
                text = esc(name.split("/", 1)[1] if own else name)
                groups[kind].append(f'<a href="{url}"><code>{text}</code></a>' if url else f"<code>{text}</code>")
            cells = "".join(f'<td>{", ".join(groups[k]) or "–"}</td>' for k in ("own", "lower", "system"))
            rows.append(f'<tr><td class="paths">{self.source_link(source.path, text="/".join(Path(source.path).parts[2:]))}</td>{cells}</tr>')
        return ('<div class="scroll" tabindex="0"><table class="includes"><thead><tr><th scope=col>File'
                "<th scope=col>Its own layer<th scope=col>Lower floors<th scope=col>Libraries and system</tr></thead><tbody>"
                + "".join(rows) + "</tbody></table></div>")

    def page_floors(self):
        out = ["<p>A layer may include and link only what stands on a lower floor. The list is the one in "
               "<code>src/CMakeLists.txt</code> that the build itself reads; a test reads every <code>#include</code> and "
               "fails on one that points up.</p>", self._floor_map()]
        for floor in self.book.floors:
            files = self.book.layer_sources(floor.layer)
            if not files:
                continue
            chapter = floor.chapter
            told = "It is told in the appendix <a href=\"base.html\">The ground floor</a>." if not chapter else \
                f'It is told in <a href="{chapter.page.url}">chapter {chapter.number}</a>.' if chapter.page else \
                f"Chapter {chapter.number} will tell it; until then it is used without looking inside."
            on = ", ".join(f'<a href="#floor-{l}"><code>{l}</code></a>' for l in floor.on)
            out.append(f'<h2 id="floor-{floor.layer}">{floor.number} · {floor.layer}</h2>'
                       f'<p>{inline(chapter.about) + " " if chapter and chapter.about else ""}{told}'
                       f'{" It is linked to " + on + "." if on else ""}</p>{self._file_table(files)}')
        return "".join(out)

    def _floor_map(self):
        """The floors as a drawing: the ground floor at the bottom, what is only planned in dashes."""
        floors, height, width = self.book.floors, 40, 640
        total = height * len(floors) + 14
        body = []
        for floor in floors:
            y = 6 + (len(floors) - floor.number) * height
            built = bool(self.book.layer_sources(floor.layer))
            chapter = f"chapter {floor.chapter.number} · {floor.chapter.title}" if floor.chapter else "appendix"
            tail = chapter if built else chapter + " · planned"
            inner = (f'<rect class="{"box" if built else "box dashed"}" x="70" y="{y}" width="{width - 72}" height="{height - 8}" rx="4"/>'
                     f'<text class="small" x="86" y="{y + 21}">{floor.number}</text>'
                     f'<text class="mono{"" if built else " faint"}" x="116" y="{y + 21}">{floor.layer}</text>'
                     f'<text class="small" x="{width - 18}" y="{y + 21}" text-anchor="end">{esc(tail)}</text>')
            body.append(f'<a href="#floor-{floor.layer}">{inner}</a>' if built else inner)
        arrow = (f'<path class="line" d="M34 12 V{total - 22}" marker-end="url(#floors-arrow)"/>'
                 f'<text class="small" transform="translate(24 {total / 2}) rotate(-90)" text-anchor="middle">may include and link</text>')
        said = "; ".join(f"{f.number} {f.layer}" for f in floors)
        return ('<figure class="drawing"><div class="canvas" tabindex="0"><svg style="max-width:46rem;min-width:30rem" role="img" viewBox="0 0 %d %d" '
                'aria-label="The floors, from the ground up: %s. Each may include and link only what stands below it.">'
                '<defs><marker id="floors-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
                'orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>%s%s</svg></div></figure>'
                % (width, total, said, "".join(body), arrow))

    def page_pgmap(self):
        """Every reference to PostgreSQL, by its file."""
        files = {}
        for use in self.book.pgrefs:
            files.setdefault(use.data["file"], []).append(use)
        chapters = next((f'By chapters, with what differs, there is <a href="{p.url}">a map</a>. ' for p in self.book.contents.order
                         if p.id == "postgresql"), "")
        out = ["<p>Where PostgreSQL keeps what this book tells, by the files of its source tree (release 15). Each entry leads "
               f"back to the place that mentions it. {chapters}The other way round, by our files, "
               '<a href="#by-our-files">is below</a>.</p>']
        for file in sorted(files):
            rows = {}
            for use in files[file]:
                rows.setdefault(use.data["name"], []).append(use)
            body = ""
            for name in sorted(rows):
                what = next((u.data["what"] for u in rows[name] if u.data["what"]), "")
                places = []
                for use in rows[name]:
                    place = f'<a href="{use.page.url}#{use.data["id"]}">{inline(use.page.label)}' \
                            f'{" › " + inline(pages.plain(use.section)) if use.anchor else ""}</a>' if use.page else \
                        self.source_link(use.data["path"], use.line)
                    if place not in places:
                        places.append(place)
                body += f'<tr><td><code>{esc(name)}</code></td><td>{inline(what)}</td><td>{"<br>".join(places)}</td></tr>'
            out.append(f'<h2 id="{slug(file)}"><code>{esc(file)}</code></h2><div class="scroll" tabindex="0"><table class="map">'
                       "<thead><tr><th scope=col>Name<th scope=col>What<th scope=col>Here</tr></thead><tbody>"
                       f"{body}</tbody></table></div>")
        rows = "".join(f'<tr><td>{self.source_link(path, line)}</td><td>{inline(text)}</td></tr>'
                       for path, line, text in self.book.counterparts())
        out.append('<h2 id="by-our-files">By our files</h2><p>What the headers themselves name as their counterpart.</p>'
                   '<div class="scroll" tabindex="0"><table class="map"><thead><tr><th scope=col>Here<th scope=col>In PostgreSQL'
                   f"</tr></thead><tbody>{rows}</tbody></table></div>")
        return "".join(out)

    def page_exercises(self):
        out = ["<p><code>./dev exercise</code> shows the next open one, builds it and runs its test. The levels: ① follows "
               "from the chapter, ② needs a thought of your own, ③ an evening. In a <em>live</em> exercise your file takes the "
               "place of ours in the chapter's server.</p>"]
        chapters = {}
        for exercise in self.book.exercises.values():
            chapters.setdefault(exercise.chapter, []).append(exercise)
        for folder, list_ in sorted(chapters.items()):
            chapter = next((c for c in self.book.contents.chapters if c.folder == folder), None)
            title = f"{chapter.number} · {chapter.title}" if chapter else folder
            out.append(f'<h2 id="{slug(folder)}">{esc(title)}</h2>' + "".join(self.exercise(e) for e in list_))
        return "".join(out) if chapters else "<p>There are none yet.</p>"

    def page_measured(self):
        """Every measured figure, and how it came to be."""
        out = ["<p>No figure in this book is typed by hand: each stands in a file that the benchmark wrote, and leads here. "
               "Yours will differ; what should not differ much are the ratios.</p>"]
        for name, table in self.book.measured.items():
            out.append(f'<h2 id="{slug(name)}">{esc(table.get("title", name))}</h2><dl class="facts">'
                       f"<dt>Command</dt><dd><code>{esc(table['command'])}</code></dd><dt>Machine</dt><dd>{esc(table['machine'])}</dd>"
                       f"<dt>Date</dt><dd>{esc(table['date'])}</dd><dt>File</dt><dd><code>book/measured/{esc(name)}.json</code></dd></dl>")
            figures = table.get("figures", {})
            if figures:
                rows = "".join(f'<tr id="{slug(name + "-" + key)}"><td>{inline(f["what"])}</td><td class=num>{number(f["value"])}</td>'
                               f'<td>{esc(f["unit"])}</td></tr>' for key, f in figures.items())
                out.append('<div class="scroll" tabindex="0"><table><thead><tr><th scope=col>What<th scope=col class=num>Value'
                           f"<th scope=col>Unit</tr></thead><tbody>{rows}</tbody></table></div>")
        return "".join(out) if self.book.measured else "<p>Nothing is measured yet.</p>"

    def page_listings(self):
        """Where each piece of each file is shown."""
        files = {}
        for use in self.book.listings:
            files.setdefault(use.data["path"], []).append(use)
        out = ["<p>Every listing of the book, in the order of the files it comes from.</p>"]
        for path in sorted(files):
            rows = ""
            for use in sorted(files[path], key=lambda u: u.data["lines"][0]):
                lines = use.data["lines"]
                rows += (f'<tr><td class=num>{lines[0]}–{lines[-1]}</td><td>{esc(use.data["tag"]) or "the whole file"}</td>'
                         f'<td><a href="{use.page.url}#{use.data["id"]}">{inline(use.page.label)}'
                         f'{" › " + inline(pages.plain(use.section)) if use.anchor else ""}</a></td></tr>')
            out.append(f'<h2 id="{slug(path)}">{self.source_link(path)}</h2><div class="scroll" tabindex="0"><table class="map"><thead>'
                       "<tr><th scope=col class=num>Lines<th scope=col>Listing<th scope=col>Shown in</tr></thead>"
                       f"<tbody>{rows}</tbody></table></div>")
        return "".join(out)

    def page_names(self):
        """All documented names, by first letter."""
        kinds = {"enumvalue": "value", "typedef": "alias", "define": "macro", "enum": "enum"}
        letters = {}
        for name in self.names.by_full.values():
            if name.kind == "namespace" or name.short.startswith("operator") or re.search(r"(?:^|::)(\w+)::~?\1$", name.full):
                continue
            letters.setdefault(name.short[0].upper(), []).append(name)
        jump = " ".join(f'<a href="#letter-{l.lower()}">{l}</a>' for l in sorted(letters))
        out = [f'<p>Every documented name of the source.</p><p class="letters">{jump}</p>']
        for letter in sorted(letters):
            items = "".join(
                f'<li><a href="{n.url}"><code>{esc(n.short)}</code></a> <span class="of">{kinds.get(n.kind, n.kind)}'
                f'{" in " + esc(n.full.rpartition("::")[0].removeprefix("forklore::")) if "::" in n.full.removeprefix("forklore::") else ""}'
                f'</span> {esc(n.brief)}</li>'
                for n in sorted(letters[letter], key=lambda n: (n.short.lower(), n.full)))
            out.append(f'<h2 id="letter-{letter.lower()}">{letter}</h2><ul class="names">{items}</ul>')
        return "".join(out)

    def page_coverage(self):
        total = Share()
        for share in self.layer_shares.values():
            total += share
        promised = {c.layer: c for c in self.book.contents.chapters if c.coverage and c.page and not c.draft}
        out = [f"<p>The book shows {total.shown:,} of the {total.counted:,} lines of <code>src/</code>, {total}. "
               "Counted is each line that says something to the compiler. Not counted are blank lines, comments (<code>//</code> "
               "and the reference comments <code>///</code>), the one-line markers of the listings, <code>#pragma once</code>, "
               "and the opening and closing lines of namespaces. A line is shown if a listing prints it; an "
               "<code>#include</code> also if the page “What this chapter adds” lists it.</p>"]
        for floor in self.book.floors:
            if floor.layer not in self.layer_shares:
                continue
            share = self.layer_shares[floor.layer]
            promise = f" Promised: {promised[floor.layer].coverage:g} %." if floor.layer in promised else ""
            rows = "".join(
                f"<tr><td>{self.source_link(s.path)}</td><td class=num>{self.shares[s.path].shown}</td>"
                f"<td class=num>{self.shares[s.path].counted}</td>{bar(self.shares[s.path])}</tr>"
                for s in self.book.layer_sources(floor.layer))
            out.append(f'<h2 id="coverage-{floor.layer}">{floor.layer}: {share}</h2><p>{share.shown:,} of {share.counted:,} lines.{promise}</p>'
                       '<div class="scroll" tabindex="0"><table class="files"><thead><tr><th scope=col>File<th scope=col class=num>Shown'
                       f"<th scope=col class=num>Lines<th scope=col>Share</tr></thead><tbody>{rows}</tbody></table></div>")
        return "".join(out)

    # --- source pages ------------------------------------------------------------------------------------------------

    def source_page(self, path):
        """A whole file with line numbers; each listing of the book is marked where it begins and leads back to its page."""
        source, rendered = self.book.source(path), self.rendered(path)
        begins, shown = {}, set()
        for use in self.book.listings:
            if use.data["path"] == path:
                begins.setdefault(max(1, use.data["first"] - (1 if use.data["tag"] else 0)), []).append(use)
                shown |= set(use.data["lines"])
        rows = []
        for n, line in enumerate(rendered, 1):
            if source.kinds[n - 1] == "marker":
                line = " " * (len(source.lines[n - 1]) - len(source.lines[n - 1].lstrip()))
            note = "".join(f'<a class="told" href="{u.page.url}#{u.data["id"]}">{inline(u.page.label)}'
                           f'{" › " + inline(pages.plain(u.section)) if u.anchor else ""}</a>' for u in begins.get(n, []))
            rows.append(f'<span id="l{n}" class="{"row shown" if n in shown else "row"}"><a class="no" href="#l{n}">{n}</a>{line}{note}</span>')
        brief = self.brief(source)
        page = self.names.file_page.get(path)
        share = self.shares.get(path)
        facts = f"{share.counted} lines of code, {share} of them in the book." if share else ""
        reference = f' <a href="{page}">Documentation of its names</a>.' if page else ""
        return (f'<p>{esc(brief)} {facts}{reference}</p><div class="code file"><pre tabindex="0" role="group" '
                f'aria-label="{esc(path)}"><code>' + "\n".join(rows) + "</code></pre></div>")

    def fill(self, text):
        """Puts the blocks where the marks are. A mark alone in its paragraph takes the paragraph's place."""
        text = re.sub("<p[^>]*>\\s*(\ue000\\d+\ue001)\\s*</p>", r"\1", text)
        while MARK_RE.search(text):
            text = MARK_RE.sub(lambda m: self.book.marks[int(m.group(1))](self), text)
        # Doors stand side by side.
        return re.sub(r'(?:<div class="door">.*?</div></div>\s*)+', lambda m: f'<div class="doors">{m.group(0)}</div>', text,
                      flags=re.DOTALL)


def bar(share):
    """A table cell that shows a share."""
    return (f'<td class="share"><span class="bar" aria-hidden="true"><span style="width:{share.percent:.1f}%"></span></span>'
            f"{share}</td>")
