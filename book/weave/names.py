"""The documented names of the project, as Doxygen's XML lists them, and where their documentation stands."""
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

TYPE_KINDS = {"class", "struct", "union", "enum", "typedef", "concept"}


@dataclass
class Name:
    """One documented name. `path` and `line` say where it is declared."""
    full: str
    kind: str
    url: str
    brief: str
    path: str
    line: int

    @property
    def is_type(self):
        return self.kind in TYPE_KINDS

    @property
    def short(self):
        return self.full.rpartition("::")[2]

    @property
    def tip(self):
        return f"{self.full}: {self.brief}" if self.brief else self.full


class Names:
    """All names, found by full name, by scope, or by last part."""

    def __init__(self):
        self.by_full, self.by_short, self.by_anchor = {}, {}, {}
        self.file_brief, self.file_page, self.compound_file = {}, {}, {}
        self.source_page = {}

    def add(self, name):
        # Overloads: the first one stands for all.
        if name.full not in self.by_full or not self.by_full[name.full].brief:
            self.by_full[name.full] = name
        self.by_short.setdefault(name.short, {})[name.full] = name
        self.by_anchor[name.url] = name

    def settle(self, pages):
        """Corrects addresses by what the pages really have, {page: its ids}: values of an enumeration and members of
        unnamed types may have no place of their own."""
        for name in self.by_full.values():
            page, _, anchor = name.url.partition("#")
            if anchor and anchor not in pages.get(page, ()):
                owner = self.by_full.get(name.full.rpartition("::")[0])
                name.url = owner.url if owner and name.kind == "enumvalue" else page
        self.by_full = {k: n for k, n in self.by_full.items() if n.url.partition("#")[0] in pages}
        for short, found in self.by_short.items():
            self.by_short[short] = {k: n for k, n in found.items() if n.url.partition("#")[0] in pages}
        self.by_anchor = {n.url: n for n in self.by_full.values()}
        self.file_page = {path: page for path, page in self.file_page.items() if page in pages}

    def lookup(self, text, scopes):
        """What `text` means inside `scopes` (full names, innermost first)."""
        for scope in [*scopes, ""]:
            found = self.by_full.get(f"{scope}::{text}" if scope else text)
            if found:
                # A constructor's name means the class to a reader.
                return self.by_full.get(found.full.rpartition("::")[0], found) \
                    if re.search(r"(?:^|::)(\w+)::\1$", found.full) else found
        return None

    def only_member(self, short):
        """The member of that name, if exactly one class has it."""
        found = [n for n in self.by_short.get(short, {}).values() if n.kind == "function"]
        return found[0] if len(found) == 1 else None

    def in_prose(self, text):
        """What `code` in the text of a page names, if that is clear: Listener, Listener::accept(), run_server()."""
        match = re.fullmatch(r"((?:\w+::)*~?\w+)(\(\))?", text)
        if not match:
            return None
        name, call = match.groups()
        entry = self.by_full.get(name) or self.by_full.get("forklore::" + name)
        if not entry:
            tails = [n for n in self.by_short.get(name.rpartition("::")[2], {}).values()
                     if n.full.endswith("::" + name)]
            entry = tails[0] if len(tails) == 1 else None
        if not entry:
            return None
        obvious = "::" in name or (entry.is_type and name[:1].isupper()) or \
            (call and entry.kind in ("function", "define")) or name.startswith("k_")
        return entry if obvious else None

    def file_url(self, path):
        """The source page of a file of the tree, or None."""
        return self.source_page.get(path)


def _text(node):
    if node is None:
        return ""
    return re.sub(r"\s+", " ", "".join(node.itertext())).strip()


def _url(refid, compound):
    if refid == compound:
        return compound + ".html"
    page, _, anchor = refid.rpartition("_1")
    return f"{page}.html#{anchor}"


def load(xml_folder, prefix):
    """Reads Doxygen's XML. `prefix` is what stands before the project's paths in it."""
    names = Names()
    folder = Path(xml_folder)

    def place(node):
        location = node.find("location")
        if location is None:
            return "", 0
        path = location.get("declfile") or location.get("file") or ""
        return path.removeprefix(prefix), int(location.get("declline") or location.get("line") or 0)

    index = ElementTree.parse(folder / "index.xml").getroot()
    for entry in index.findall("compound"):
        refid, kind = entry.get("refid"), entry.get("kind")
        if kind in ("dir", "page", "example"):
            continue
        compound = ElementTree.parse(folder / f"{refid}.xml").getroot().find("compounddef")
        full, brief = compound.findtext("compoundname"), _text(compound.find("briefdescription"))
        path, line = place(compound)
        if kind == "file":
            names.file_brief[path] = brief
            names.file_page[path] = refid + ".html"
        elif kind in ("class", "struct", "union", "namespace", "concept"):
            if brief or _text(compound.find("detaileddescription")):
                names.add(Name(full, kind, refid + ".html", brief, path, line))
            names.compound_file[refid + ".html"] = path
        for member in compound.iter("memberdef"):
            if member.get("prot") == "private":
                continue
            short = member.findtext("name")
            described = _text(member.find("briefdescription")) or _text(member.find("detaileddescription"))
            if not short or short.startswith("@") or not described:
                continue
            member_kind = member.get("kind")
            scope = "" if kind == "file" and member_kind == "define" else full if kind != "file" else ""
            path, line = place(member)
            qualified = member.findtext("qualifiedname") or (f"{scope}::{short}" if scope else short)
            if kind == "file" and "::" in qualified:
                continue                               # listed again by its namespace
            url = _url(member.get("id"), refid)
            names.add(Name(qualified, member_kind, url, _text(member.find("briefdescription")), path, line))
            for value in member.findall("enumvalue"):
                names.add(Name(f"{qualified}::{value.findtext('name')}", "enumvalue",
                               _url(value.get("id"), refid), _text(value.find("briefdescription")), path, line))
    return names
