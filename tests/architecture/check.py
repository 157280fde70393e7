#!/usr/bin/env python3
"""Reads the source tree and says where it departs from the plan of the house (src/README.md).

usage: check.py [ROOT]

Prints one line for each fault, and fails if there is one. The order of the floors is read from src/CMakeLists.txt, where
it also decides what a layer may link.
"""

import re
import sys
from pathlib import Path

LONGEST_FILE = 800  # lines: beyond that a file holds more than one concept
THREADS = {"thread", "future", "condition_variable", "shared_mutex", "stop_token", "pthread.h", "threads.h"}
PARSER = {"pg_query.h", "protobuf/pg_query.pb-c.h", "pg_query.pb-c.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


class Tree:
    """The floors, and the C++ files that stand on them."""

    def __init__(self, root):
        self.root = Path(root)
        plan = (self.root / "src/CMakeLists.txt").read_text()
        self.floors = self.words(plan, "FORKLORE_FLOORS")
        (self.modules_floor,) = self.words(plan, "FORKLORE_MODULES_FLOOR")
        self.chapters = {}  # folder name: its highest floor
        highest = 0
        for folder in sorted(p.name for p in (self.root / "chapters").glob("[0-9][0-9]-*") if p.is_dir()):
            layer = folder[3:].replace("-", "_")
            if layer in self.floors:
                highest = max(highest, self.floors.index(layer))
            self.chapters[folder] = highest

    @staticmethod
    def words(plan, name):
        found = re.search(rf"set\({name}\s+([^)]*)\)", plan)
        if not found:
            sys.exit(f"src/CMakeLists.txt does not set {name}")
        return found[1].split()

    def files(self, top):
        return sorted(p for p in (self.root / top).rglob("*") if p.suffix in (".cpp", ".hpp", ".c", ".h"))

    def name(self, path):
        return path.relative_to(self.root).as_posix()


def includes(path):
    """Yields (line number, bracket, what is included)."""
    text = path.read_text(errors="replace")
    for found in INCLUDE.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1], found[2]


def check_includes(tree):
    """A file includes what stands on its own floor or below, by the path from src/."""
    for top in ("src", "chapters"):
        for path in tree.files(top):
            parts = path.relative_to(tree.root).parts
            part = parts[1] if len(parts) > 2 else ""
            if top == "src":
                where = part
                known = part in tree.floors or part == "modules"
                floor = tree.floors.index(tree.modules_floor if part == "modules" else part) if known else 0
            else:
                where = f"chapter {part}"
                known = part in tree.chapters
                floor = tree.chapters.get(part, 0)
            if not known:
                yield f"{tree.name(path)}: {part or 'this file'} is on no floor: see FORKLORE_FLOORS in src/CMakeLists.txt"
                continue
            for line, bracket, name in includes(path):
                fault = judge(tree, path, where, floor, bracket, name)
                if fault:
                    yield f'{tree.name(path)}:{line}: includes "{name}": {fault}'


def judge(tree, path, where, floor, bracket, name):
    in_src = tree.name(path).startswith("src/")
    first = name.split("/")[0]
    if ".." in name.split("/"):
        return "write the path from src/, not a relative one"
    if first in tree.floors and "/" in name:
        if tree.floors.index(first) > floor:
            return f"{first} stands on a higher floor than {where}"
        return "write one's own headers in quotation marks" if bracket == "<" else None
    if first == "modules":
        own = in_src and where == "modules"
        return None if own else "no layer stands on modules"
    if first in ("chapters", "tests"):
        if in_src:
            return f"src/ stands without {first}/"
        if first == "chapters":
            other = name.split("/")[1]
            if other != where.removeprefix("chapter "):
                return "a chapter stands without the other chapters"
        return None
    if bracket == "<" or (path.parent / name).is_file():
        return None
    return f"{first} is no layer" if "/" in name else "no such file beside this one"


def check_threads(tree):
    """Server processes have one thread each."""
    for path in tree.files("src"):
        for line, _, name in includes(path):
            if name in THREADS:
                yield f"{tree.name(path)}:{line}: includes <{name}>: server processes have no threads"


def check_parser(tree):
    """One file knows libpg_query's tree."""
    users = sorted({tree.name(p) for p in tree.files("src") for _, _, name in includes(p) if name in PARSER})
    if len(users) > 1:
        yield f"libpg_query is the business of one file, but these include it: {', '.join(users)}"


def check_sizes(tree):
    """A file holds one concept."""
    for path in tree.files("src"):
        length = path.read_text(errors="replace").count("\n")
        if length > LONGEST_FILE:
            yield f"{tree.name(path)}: {length} lines (at most {LONGEST_FILE}): does it hold two concepts?"


def check_map(tree):
    """src/README.md is true: it names every layer's folder, and only files, and functions in them, that there are."""
    text = (tree.root / "src/README.md").read_text()
    for folder in [*tree.floors, "modules"]:
        if (tree.root / "src" / folder).is_dir() and f"`{folder}/`" not in text:
            yield f"src/README.md: says nothing of {folder}/"
    for found in re.finditer(r"`([\w./]+\.(?:hpp|cpp|inc|txt|md))`", text):
        if not any((tree.root / top / found[1]).is_file() for top in ("src", ".")):
            yield f"src/README.md: there is no {found[1]}"
    for found in re.finditer(r"`(?:\w+::)*(\w+)`\s+in\s+`([\w./]+)`", text):
        path = tree.root / "src" / found[2]
        if path.is_file() and not re.search(rf"\b{found[1]}\b", path.read_text(errors="replace")):
            yield f"src/README.md: there is no {found[1]} in {found[2]}"


def check_layer_maps(tree):
    """A layer's own README, if it is a map, names each header of its folder, and no file that is not there."""
    for folder in tree.floors:
        readme = tree.root / "src" / folder / "README.md"
        if not readme.is_file():
            continue
        text = readme.read_text()
        named = set(re.findall(r"`([\w./]+\.(?:hpp|cpp|inc))`", text))
        if not any(name.endswith(".hpp") for name in named):
            continue
        there = {p.relative_to(readme.parent).as_posix() for p in readme.parent.rglob("*") if p.suffix in (".hpp", ".cpp", ".inc")}
        for name in sorted(named):
            if not {name, name.removeprefix(folder + "/")} & there and not (tree.root / name).is_file():
                yield f"src/{folder}/README.md: there is no {name}"
        for name in sorted(n for n in there - named if n.endswith(".hpp") and "/" not in n and not n.endswith("_impl.hpp")):
            yield f"src/{folder}/README.md: says nothing of {name}"


def check_servers(tree):
    """Each chapter's server has the layers of the one before and more; the finished server has those of the last."""
    before, layers = "no server", []
    for path in [*sorted((tree.root / "chapters").glob("*/server.cpp")), tree.root / "src/server/main.cpp"]:
        listed = re.findall(r"(\w+)_subsystem\(\)", path.read_text())
        if listed[: len(layers)] != layers:
            yield f"{tree.name(path)}: does not begin with the layers of {before}"
        elif path.name == "main.cpp" and listed != layers:
            yield f"{tree.name(path)}: has other layers than {before}"
        before, layers = tree.name(path), listed


CHECKS = [check_includes, check_threads, check_parser, check_sizes, check_map, check_layer_maps, check_servers]


def faults(root):
    tree = Tree(root)
    return [fault for check in CHECKS for fault in check(tree)]


def main():
    found = faults(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
