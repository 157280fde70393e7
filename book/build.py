#!/usr/bin/env python3
"""Builds the book as an offline web site, in build/book/html.

usage: build.py [--check | --coverage [LAYER] | --open] [--pg-tree DIR]

  (nothing)          build the site; fails on a broken reference, a missing snippet or an undocumented public name
  --open             build it and open it in a browser
  --check            only the checks that need no Doxygen
  --coverage [LAYER] print the share of the source's lines that the book shows, by file and layer; with a layer, also
                     the lines that are missing and the tags that no page uses
  --pg-tree DIR      also check the references into a PostgreSQL source tree
  --out DIR          work there instead of build/book
"""
import argparse
import signal
import sys
import webbrowser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from weave import doxygen, pages, site                                            # noqa: E402


def report(problems):
    for path, line, message in problems:
        print(f"{path}:{line}: {message}" if line else f"{path}: {message}", file=sys.stderr)


def print_coverage(book, layer):
    shares = pages.coverage(book)
    layers = pages.by_layer(book, shares)
    if layer and layer not in layers:
        sys.exit(f"book: there is no layer {layer} with sources; there is {', '.join(layers)}")
    total = pages.Share()
    for name, sum_ in layers.items():
        total += sum_
        if layer and name != layer:
            continue
        print(f"{name}")
        for path, share in shares.items():
            if path.split("/")[1] != name:
                continue
            print(f"  {path:<52} {share.shown:>6} of {share.counted:>6}  {str(share):>8}")
            if layer:
                print_missing(pages.missing(book, path))
                unused = pages.unused_tags(book, path)
                if unused:
                    print("      no page uses: " + ", ".join(f"[{tag.name}]" for tag in unused))
        print(f"  {'':<52} {sum_.shown:>6} of {sum_.counted:>6}  {str(sum_):>8}")
    if not layer:
        print(f"{'all of src':<54} {total.shown:>6} of {total.counted:>6}  {str(total):>8}")


def print_missing(lines):
    """Line numbers as ranges: 3, 7-12, 40."""
    ranges = []
    for line in lines:
        if ranges and line - ranges[-1][1] <= 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    if ranges:
        print("      not shown: " + ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges))


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--coverage", nargs="?", const="", metavar="LAYER")
    parser.add_argument("--pg-tree", metavar="DIR")
    parser.add_argument("--root", default=str(Path(__file__).resolve().parent.parent))
    parser.add_argument("--out")
    options = parser.parse_args()
    if options.help:
        print(__doc__.strip())
        return 0
    root = Path(options.root).resolve()
    book = pages.Book(root)
    if options.coverage is not None:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)              # `--coverage | head` is no error
        print_coverage(book, options.coverage)
        return 0

    problems = pages.check(book)
    if options.pg_tree:
        problems += pages.check_pg_tree(book, options.pg_tree)
    if options.check:
        report(problems)
        print(f"book: {len(problems)} problems" if problems else
              f"book: {len(book.contents.order)} pages, {len(book.listings)} listings, no problems")
        return 1 if problems else 0

    work = Path(options.out).resolve() if options.out else root / "build" / "book"
    try:
        complaints = doxygen.run(book, work)
    except doxygen.DoxygenFailed as error:
        sys.exit(f"book: {error}")
    made = site.Site(book, work / "doxygen", str(work / "input") + "/", work / "html")
    broken = [(name, 0, f"broken link: {link}") for name, link in made.build()]
    problems += complaints + broken
    report(problems)
    shares = pages.by_layer(book, pages.coverage(book))
    print(f"book: {len(made.written)} pages in {work / 'html' / 'index.html'}")
    print("book: shown in listings: " + ", ".join(f"{layer} {share}" for layer, share in shares.items()))
    if problems:
        print(f"book: {len(problems)} problems", file=sys.stderr)
        return 1
    if options.open:
        webbrowser.open((work / "html" / "index.html").as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main())
