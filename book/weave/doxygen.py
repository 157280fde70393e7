"""Runs Doxygen on the prepared input and says what it complained of."""
import re
import shutil
import subprocess
from pathlib import Path

SETTINGS = """
PROJECT_NAME           = Forklore
INPUT                  = book src
RECURSIVE              = YES
FILE_PATTERNS          = *.hpp *.md *.dox
OUTPUT_DIRECTORY       = {output}
STRIP_FROM_PATH        = {input}
STRIP_FROM_INC_PATH    = {input}/src
INCLUDE_PATH           = {input}/src
USE_MDFILE_AS_MAINPAGE = book/index.md
JAVADOC_AUTOBRIEF      = YES
EXTRACT_STATIC         = YES
EXCLUDE_SYMBOLS        = *::detail detail::*
DISTRIBUTE_GROUP_DOC   = YES
MACRO_EXPANSION        = YES
CASE_SENSE_NAMES       = YES
TOC_INCLUDE_HEADINGS   = 0
VERBATIM_HEADERS       = NO
SHOW_USED_FILES        = NO
GENERATE_LATEX         = NO
GENERATE_XML           = YES
XML_PROGRAMLISTING     = NO
GENERATE_TREEVIEW      = NO
DISABLE_INDEX          = YES
SEARCHENGINE           = NO
HAVE_DOT               = NO
CLASS_GRAPH            = NO
COLLABORATION_GRAPH    = NO
DIRECTORY_GRAPH        = NO
GENERATE_TODOLIST      = NO
HTML_HEADER            = {input}/header.html
HTML_FOOTER            = {input}/footer.html
WARN_IF_INCOMPLETE_DOC = YES
WARN_LOGFILE           = {output}/warnings.txt
QUIET                  = YES
"""

# What the site cuts out of Doxygen's pages lies between these two.
HEADER = "<!--forklore:title:$title-->\n<div id=\"top\">\n"
FOOTER = "<!--forklore:end-->\n"


# What needs no documentation of ours: a comparison that the compiler writes, a specialisation, which its template explains,
# what the standard library defines and we only override, and the forward declaration of a name that is not ours.
OBVIOUS = re.compile(r"Member operator(?:==|!=|<=>)\(.*\) ?= ?default"
                     r"|(?:Compound|.* of (?:struct|class)) [\w:]+<.*> is not documented|Member [\w:]+< .*?>\("
                     r"|Member what\(\) const noexcept override|Member \w+ \(typedef\) of file")


class DoxygenFailed(Exception):
    """Doxygen is missing, or ended with an error."""


def prepare(book, folder):
    """Writes Doxygen's input: the expanded pages, and the headers with our marker lines blanked."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "book").mkdir(parents=True)
    for page in book.contents.order:
        (folder / "book" / f"{page.id}.md").write_text(book.expanded[page.id], encoding="utf-8")
    for path, text in book.headers.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    # Tables that a header includes over and over, each time with another macro: there for the include, empty for the rest.
    for path in book.tables():
        (folder / path).touch()
    names = book.root / "book" / "namespaces.dox"
    if names.exists():
        shutil.copy(names, folder / "book" / names.name)
    (folder / "header.html").write_text(HEADER, encoding="utf-8")
    (folder / "footer.html").write_text(FOOTER, encoding="utf-8")


def run(book, work):
    """Runs Doxygen over `work`/input into `work`/doxygen; returns its complaints as (path, line, message)."""
    source, output = work / "input", work / "doxygen"
    prepare(book, source)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    if not shutil.which("doxygen"):
        raise DoxygenFailed("doxygen is not installed")
    done = subprocess.run(["doxygen", "-"], input=SETTINGS.format(input=source, output=output), text=True,
                          cwd=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    log = (output / "warnings.txt").read_text(errors="replace") if (output / "warnings.txt").exists() else ""
    if done.returncode != 0:
        raise DoxygenFailed(f"doxygen ended with {done.returncode}:\n{done.stdout}{log}")
    return complaints(book, log, str(source) + "/")


def complaints(book, log, prefix):
    """Doxygen's warnings, with the paths of the tree instead of those of its input."""
    pages = {f"book/{p.id}.md": p for p in book.contents.order}
    out = []
    for line in log.splitlines():
        match = re.match(r"(.*?):(\d+): (?:warning|error): (.*)", line)
        if match:
            path, number = match.group(1).removeprefix(prefix), int(match.group(2))
            if path in pages:
                page, origin = pages[path], book.origin.get(pages[path].id, [])
                path = page.path or "book/contents.toml"
                number = origin[number - 1] if 0 < number <= len(origin) else 0
            out.append((path, number, match.group(3)))
        elif re.match(r"(?:warning|error):", line):
            out.append(("book/weave/doxygen.py", 0, line))
        elif line.strip() and out:
            path, number, message = out[-1]
            out[-1] = (path, number, f"{message}\n    {line.strip()}")
    return sorted({c for c in out if not (OBVIOUS.match(c[2]) or in_documented_group(book, *c) or is_local_macro(book, *c))})


def is_local_macro(book, path, line, message):
    """Is this about a macro that its own file undefines again?"""
    macro = re.match(r"Member (\w+)\(.*\(macro definition\)", message)
    source = book.source(path) if macro else None
    return bool(source) and any(re.match(rf"\s*#\s*undef\s+{macro.group(1)}\b", l) for l in source.lines[line:])


def in_documented_group(book, path, line, message):
    """Is this a missing comment on a member of a `\\name` group? What the group says, be it only its name, holds for all of
    its members."""
    source = book.source(path) if "is not documented" in message and path.startswith("src/") else None
    if not source:
        return False
    opened = False
    for above in reversed(source.lines[:line - 1]):
        if re.match(r"\s*(///|//!)\s*[\\@][}]", above):
            return False
        if re.match(r"\s*(///|//!)\s*[\\@][{]", above):
            opened = True
        elif opened and re.match(r"\s*(///|//!)\s*[\\@]name\s+\S", above):
            return True
        elif opened and not re.match(r"\s*(?:///|//!)", above):
            return False
    return False
