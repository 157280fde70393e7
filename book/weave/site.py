"""From Doxygen's pages to the site: every page gets our own frame, headings, navigation, and its marks filled in."""
import html
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

from . import names as names_of
from .blocks import Blocks, esc, inline
from .pages import plain, slug

THEME = Path(__file__).resolve().parent.parent / "theme"


class Site:
    """Writes the whole site into `out`."""

    def __init__(self, book, doxygen, prefix, out):
        self.book, self.doxygen, self.out = book, Path(doxygen), Path(out)
        self.names = names_of.load(self.doxygen / "xml", prefix)
        self.raw = {f.name: f.read_text(encoding="utf-8") for f in sorted((self.doxygen / "html").glob("*.html"))}
        self.ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in self.raw.items()}
        self.names.settle(self.ids)
        self.blocks = Blocks(book, self.names)
        self.frame = (THEME / "page.html").read_text(encoding="utf-8")
        self.pages = {p.url: p for p in book.contents.order}
        self.written = {}                                # file name → (title, HTML of the text) for search and checks
        self.sections = []                               # what search looks through

    def build(self):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        raw = {name: text for name, text in self.raw.items() if "<!--forklore:title:" in text and
               (name in self.pages or name in self.names.compound_file or name in self.names.file_page.values())}
        self.kept = set(raw) | {self.blocks.source_url(p) for p in self.blocks.source_paths} | {"search.html"}
        for name, text in raw.items():
            if name in self.pages:
                self._book_page(self.pages[name], text)
            else:
                self._reference_page(name, text)
        for path in self.blocks.source_paths:
            self._source_page(path)
        self._write("search.html", "Search", '<h1>Search</h1><div id="results" aria-live="polite">'
                    '<p class="no-script">The search needs JavaScript.</p></div>', kind="search")
        self._search_index()
        self._assets()
        return self._broken_links()

    # --- text of a page ----------------------------------------------------------------------------------------------

    @staticmethod
    def _cut(text):
        """Title and text of a page of Doxygen's."""
        title = re.search(r"<!--forklore:title:(.*?)-->", text).group(1)
        begin = text.index('<div class="contents">') + len('<div class="contents">')
        end = text.rindex("<!--forklore:end-->")
        for close in ("</div><!-- contents -->", "</div><!-- PageDoc -->"):
            if close in text[begin:end]:
                end = text.rindex(close, begin, end)
        return html.unescape(title), text[begin:end]

    def _clean(self, body):
        """Doxygen's HTML without its scripts' hooks, its dead attributes, and links to pages that we do not keep."""
        body = re.sub(r'^<div class="ttc"[^\n]*\n', "", body, flags=re.MULTILINE)
        body = re.sub(r'<div class="fragment">(.*?)</div><!-- fragment -->', self._fragment, body, flags=re.DOTALL)
        body = re.sub(r'\s(?:onclick|onkeydown|align|valign|border|cellspacing|cellpadding|name|target)="[^"]*"', "", body)
        body = re.sub(r"<img\b[^>]*>| id=\"r_\w+\"", "", body)
        body = re.sub(r'<a class="anchor" id="(?:(?:md_|autotoc_)[^"]*|index|mainpage)"></a>\s*', "", body)
        body = re.sub(r"<p\s*>\s*", "<p>", body)
        body = re.sub(r"&zwj;", "", body)
        body = re.sub(r' class="markdownTable[^"]*?(Right|Center)?"', lambda m: f' class="{m.group(1).lower()}"' if m.group(1) else "", body)
        body = re.sub(r'(<table(?: class="doxtable")?>.*?</table>)', r'<div class="scroll" tabindex="0">\1</div>', body, flags=re.DOTALL)

        def link(match):
            target, _, anchor = unquote(match.group(1)).partition("#")
            if target == "index.html" and anchor == "mainpage":
                return match.group(0).replace("#mainpage", "")
            if not target or "://" in target:
                return match.group(0)
            if target not in self.kept:
                return match.group(3)
            # A member of an unnamed type has no place of its own: its owner's page has to do.
            if anchor and target in self.names.compound_file and anchor not in self.ids[target]:
                return match.group(0).replace(match.group(1), target)
            return match.group(0)
        return re.sub(r'<a\b[^>]*?href="([^"]*)"([^>]*)>(.*?)</a>', link, body, flags=re.DOTALL)

    @staticmethod
    def _fragment(match):
        lines = re.findall(r'<div class="line">(.*?)</div>', match.group(1), re.DOTALL)
        body = "\n".join(re.sub(r'<a (?:id|name)="l\d+"[^>]*></a>|<span class="lineno">.*?</span>', "", l) for l in lines)
        body = re.sub(r'<a class="[^"]*"', "<a", body)
        return f'<div class="code plain"><pre tabindex="0"><code>{body}</code></pre></div>'

    def _link_names(self, body):
        """Names in the running text that are documented lead there."""
        def link(match):
            if match.group(1) is None:
                return match.group(0)
            entry = self.names.in_prose(html.unescape(match.group(1)))
            return f'<a href="{entry.url}" title="{esc(entry.tip)}">{match.group(0)}</a>' if entry else match.group(0)
        return re.sub(r"<a\b.*?</a>|<pre\b.*?</pre>|<h\d.*?</h\d>|<figcaption.*?</figcaption>|<svg.*?</svg>|<code>([^<]*)</code>",
                      link, body, flags=re.DOTALL)

    def _book_page(self, page, text):
        _, body = self._cut(text)
        body = self._clean(body)
        levels = {anchor: level for level, anchor, _ in page.sections}

        def heading(match):
            anchor, title = match.group(1), match.group(2).strip()
            level = levels.get(anchor, 2)
            return f'<h{level} id="{anchor}">{title}</h{level}>'
        body = re.sub(r'<h\d[^>]*>\s*<a class="anchor" id="([\w-]+)"></a>\s*(.*?)</h\d>', heading, body, flags=re.DOTALL)
        body = re.sub(r"^\s*<div class=\"textblock\">|</div>\s*$", "", body)
        body = self._link_names(self.blocks.fill(body))
        if page.id == "glossary":
            body = re.sub(r"<li>(?:<p>)?<(?:b|strong)>(.*?)</(?:b|strong)>: ",
                          lambda m: f'<li id="term-{slug(html.unescape(m.group(1)))}"><b>{m.group(1)}</b>: ', body)
        eyebrow = ""
        if page.chapter:
            above = f'<a href="{page.chapter.page.url}">Chapter {page.chapter.number} · {esc(page.chapter.title)}</a>' \
                if page is not page.chapter.page else f"Chapter {page.chapter.number} · {esc(page.part.label)}"
            eyebrow = f'<p class="eyebrow">{above}</p>'
        elif page.part:
            eyebrow = f'<p class="eyebrow">{esc(page.part.label)}</p>'
        self._write(page.url, plain(page.title), f"{eyebrow}<h1>{inline(page.title)}</h1>{body}", page=page,
                    kind="front" if page.id == "index" else "book")

    def _reference_page(self, name, text):
        title, body = self._cut(text)
        body = self._clean(body)
        body = re.sub(r'<h2 class="memtitle">(.*?)</h2>', r'<h3 class="memtitle">\1</h3>', body, flags=re.DOTALL)
        body = re.sub(r'<span class="permalink">.*?</span>', "", body)
        body = re.sub(r'<a href="[^"]*">More\.\.\.</a>', "", body)
        body = re.sub(r"<h([23]) class=\"(groupheader|memtitle)\">", r'<h\1 class="\2">', body)
        body = self.blocks.fill(body)
        path = self.names.compound_file.get(name) or next((p for p, u in self.names.file_page.items() if u == name), "")

        def source(match):
            entry = self.names.by_anchor.get(f"{name}#{match.group(1)}")
            if not entry or entry.path not in self.names.source_page:
                return match.group(0)
            return f'{match.group(0)[:-5]} <a class="source" href="{self.blocks.source_url(entry.path)}#l{entry.line}">source</a></h3>'
        body = re.sub(r'<a id="(\w+)"></a>\s*<h3 class="memtitle">.*?</h3>', source, body, flags=re.DOTALL)
        title = re.sub(r" (?:Class|Struct|Union|Concept|Namespace|File)(?: Template)? Reference$", "", title)
        kind = re.sub(r"forklore.*|_8.*", "", name) if name in self.names.compound_file else "header"
        crumbs = ['<a href="floors.html">The floors</a>']
        if path.startswith("src/") and kind != "namespace":
            crumbs.append(self._folder(path))
            if kind != "header" and path in self.names.file_page:
                crumbs.append(f'<a href="{self.names.file_page[path]}">{esc(path.split("/")[-1])}</a>')
        where = f'<p>Source: {self.blocks.source_link(path)}</p>' if path and kind != "namespace" else ""
        heading = f'<span class="kind">{kind}</span> <code>{esc(title)}</code>'
        self._write(name, title, f'<p class="eyebrow">{" › ".join(crumbs)}</p><h1>{heading}</h1>{where}{body}', kind="reference")

    def _folder(self, path):
        """The folder of a source, with a link to its floor if it is on one (modules are not)."""
        folder = path.split("/")[1]
        on_floor = any(floor.layer == folder for floor in self.book.floors)
        return f'<a href="floors.html#floor-{folder}">{folder}</a>' if on_floor else esc(folder)

    def _source_page(self, path):
        crumbs = '<a href="floors.html">The floors</a>'
        if path.startswith("src/"):
            crumbs += f" › {self._folder(path)}"
        self._write(self.blocks.source_url(path), path, f'<p class="eyebrow">{crumbs}</p><h1><code>{esc(path)}</code></h1>'
                    + self.blocks.source_page(path), kind="source")

    # --- frame -------------------------------------------------------------------------------------------------------

    def _write(self, name, title, body, page=None, kind="book"):
        full = title if name == "index.html" else f"{title} · Forklore"
        headings = [(int(m.group(1)), m.group(2), m.group(3)) for m in
                    re.finditer(r'<h([23]) id="([\w-]+)"[^>]*>(.*?)</h\1>', body, re.DOTALL)] if kind == "book" else []
        if page:
            body = re.sub(r'<h([234]) id="([\w-]+)"([^>]*)>(.*?)</h\1>',
                          r'<h\1 id="\2"\3>\4 <a class="anchor" href="#\2" aria-label="Link to this section">#</a></h\1>', body,
                          flags=re.DOTALL)
        outline = ""
        if len(headings) > 1:
            items = "".join(f'<li class="h{level}"><a href="#{anchor}">{re.sub("<a .*?>|</a>", "", text)}</a></li>'
                            for level, anchor, text in headings)
            outline = f'<details class="outline"><summary>On this page</summary><nav aria-label="On this page"><ul>{items}</ul></nav></details>'
        slots = {"title": esc(full), "kind": f"{kind} of-{page.id}" if page else kind, "contents": self._sidebar(page), "body": body, "outline": outline,
                 "turn": self._turn(page)}
        text = re.sub(r"\{\{(\w+)\}\}", lambda m: slots[m.group(1)], self.frame)
        (self.out / name).write_text(text, encoding="utf-8")
        self.written[name] = (title, body)

    def _sidebar(self, current):
        here = ' aria-current="page"'
        out = []
        for part in self.book.contents.parts:
            items = [f'<li><a href="{p.url}"{here if p is current else ""}>{inline(p.title)}</a></li>' for p in part.pages]
            for chapter in part.chapters:
                if not chapter.page:
                    items.append(f'<li class="absent"><span><span class="no">{chapter.number}</span> {inline(chapter.title)}</span></li>')
                    continue
                below = "".join(f'<li><a href="{p.url}"{here if p is current else ""}>'
                                f'{f"<span class=no>{p.number}</span> " if p.number else ""}'
                                f'{inline(p.title) if p.number else "What it adds"}</a></li>' for p in chapter.pages[1:])
                draft = " <span class=planned>draft</span>" if chapter.draft else ""
                items.append(f'<li><a href="{chapter.page.url}"{here if current is chapter.page else ""}>'
                             f'<span class="no">{chapter.number}</span> {inline(chapter.title)}{draft}</a>'
                             f'{f"<ul>{below}</ul>" if current in chapter.pages else ""}</li>')
            items += [f'<li><a href="{p.url}"{here if p is current else ""}>{inline(p.title)}</a></li>' for p in part.after]
            if part.is_planned:
                out.append(f'<details class="absent"><summary>{inline(part.label)} <span class="planned">planned</span></summary>'
                           f'<ul>{"".join(items)}</ul></details>')
            else:
                out.append(f'<p class="part">{inline(part.label)}</p><ul>{"".join(items)}</ul>')
        return "".join(out)

    def _turn(self, page):
        order = self.book.contents.order
        if page not in order:
            return ""
        at = order.index(page)
        out = ""
        if at > 0:
            out += f'<a class="prev" rel="prev" href="{order[at - 1].url}"><span>Previous</span> {inline(order[at - 1].label)}</a>'
        if at + 1 < len(order):
            out += f'<a class="next" rel="next" href="{order[at + 1].url}"><span>Next</span> {inline(order[at + 1].label)}</a>'
        return f'<nav class="turn" aria-label="Previous and next page">{out}</nav>'

    # --- search ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _words(fragment):
        fragment = re.sub(r"<(?:svg|style|script)\b.*?</(?:svg|style|script)>", " ", fragment, flags=re.DOTALL)
        fragment = re.sub(r'<a class="anchor".*?</a>', "", fragment)
        fragment = re.sub(r"</?(?:a|code|span|em|strong|b|i|tt)\b[^>]*>", "", fragment)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", fragment))).strip()

    def _search_index(self):
        """Every section of every page of the book, and every documented name."""
        sections = []
        for page in self.book.contents.order:
            if page.url not in self.written or page.id in ("index", "names", "listings", "coverage"):
                continue
            title, body = self.written[page.url]
            body = re.sub(r'^.*?</h1>', "", body, count=1, flags=re.DOTALL)
            pieces = re.split(r'(<h[23] id="[\w-]+".*?</h[23]>)', body, flags=re.DOTALL)
            anchor, heading = "", ""
            for piece in pieces:
                match = re.match(r'<h[23] id="([\w-]+)".*?>(.*?)</h[23]>$', piece, re.DOTALL)
                if match:
                    anchor, heading = match.group(1), self._words(piece)
                    continue
                words = self._words(piece)
                if words or heading:
                    sections.append([page.url + (f"#{anchor}" if anchor else ""), plain(page.label), heading, words])
        kinds = {"enumvalue": "value", "typedef": "alias", "define": "macro"}
        names = [[n.url, n.full.removeprefix("forklore::"), kinds.get(n.kind, n.kind), n.brief] for n in sorted(self.names.by_full.values(), key=lambda n: n.full)
                 if n.url.split("#")[0] in self.kept]
        files = [[self.blocks.source_url(p), p, "file", self.names.file_brief.get(p, "")] for p in self.blocks.source_paths]
        index = json.dumps({"sections": sections, "names": names + files}, ensure_ascii=False, separators=(",", ":"))
        (self.out / "search-index.js").write_text(f"forkloreSearchIndex({index});\n", encoding="utf-8")

    # --- the rest ----------------------------------------------------------------------------------------------------

    def _assets(self):
        (self.out / "forklore.css").write_text(expand_palette((THEME / "forklore.css").read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copy(THEME / "forklore.js", self.out / "forklore.js")
        for name in sorted(self.book.pictures):
            for scheme in ("light", "dark"):
                shutil.copy(THEME.parent / "fig" / f"{name}-{scheme}.png", self.out / f"{name}-{scheme}.png")

    def _broken_links(self):
        """Relative links that lead nowhere, as (page, link)."""
        texts = {f.name: f.read_text(encoding="utf-8") for f in self.out.glob("*.html")}
        ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in texts.items()}
        out = []
        for name, text in texts.items():
            repeated = re.findall(r'\bid="([^"]+)"', text)
            for one in sorted({i for i in repeated if repeated.count(i) > 1}) if len(repeated) != len(ids[name]) else []:
                out.append((name, f'id "{one}" twice'))
            for link in set(re.findall(r'\b(?:href|src)="([^"]*)"', text)):
                link = html.unescape(link)
                if re.match(r"https?:|mailto:", link):
                    continue
                target, _, anchor = link.partition("#")
                target = unquote(target) or name
                if target.startswith(("/", "file:")):
                    out.append((name, link))
                elif target not in texts:
                    if not (self.out / target).exists():
                        out.append((name, link))
                elif anchor and anchor not in ids[target]:
                    out.append((name, link))
        return sorted(out)


def expand_palette(css):
    """Turns `--name: light-dark(a, b);` of the palette into three rules that older browsers know as well: light, dark by
    the system's wish, and dark by the reader's."""
    match = re.search(r":root\s*\{(.*?)\n\}", css, re.DOTALL)
    pairs = re.findall(r"(--[\w-]+):\s*light-dark\(((?:[^()]|\([^()]*\))*?),\s*((?:[^()]|\([^()]*\))*?)\);", match.group(1))
    dark = "".join(f"    {name}: {value};\n" for name, _, value in pairs)
    light = match.group(1)
    for name, first, second in pairs:
        light = re.sub(re.escape(name) + r":\s*light-dark\(.*\);", f"{name}: {first};", light, count=1)
    return (css[:match.start()] + ":root {" + light + "\n}\n"
            "@media (prefers-color-scheme: dark) {\n  :root:not([data-theme=\"light\"]) {\n    color-scheme: dark;\n" + dark + "  }\n}\n"
            ":root[data-theme=\"dark\"] {\n    color-scheme: dark;\n" + dark + "}\n" + css[match.end():])
