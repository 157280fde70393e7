#!/usr/bin/env python3
"""Tests of the book's machinery: each planted fault is found, each directive does what the author's guide says."""
import re
import sys
import tempfile
import unittest
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BOOK))

from weave import blocks, figures, highlight, names, pages, site, source                  # noqa: E402

HEADER = """/// \\file
/// A place to count.
#pragma once
#include <cstddef>
#include "base/other.hpp"

namespace forklore {

//! [counter]
/// Counts.
class Counter {
public:
    /// One more.
    void add() {
        //! [add]
        // Nobody else looks.
        ++count_;                 ///< the count
        //! [add]
    }

private:
    int count_ = 0;
};
//! [counter]

}  // namespace forklore
"""

CODE = """#include "base/counter.hpp"

namespace forklore {
namespace {

int twice(int n) { return 2 * n; }

}  // namespace

Counter::Counter(int n) : count_{n}, other_(n) {
    if (n > 0) {
        //! [loop]
        for (int i = 0; i < n; ++i) {
            add();
        }
        //! [loop]
    }
}

const char* text = R"(
// not a comment {
)";

}  // namespace forklore
"""

CONTENTS = """
[[part]]
title = "First"
pages = ["preface.md"]

[[part]]
number = "I"
title = "Processes"
[[part.chapter]]
number = 1
name = "base"
title = "Base"
layer = "base"
coverage = {coverage}
"""

PAGE = "# Base\n\nText.\n\n\\snippet src/base/counter.hpp counter\n\n\\snippet src/base/counter.cpp\n"


class Tree:
    """A small project in a temporary folder, which lives as long as the tests."""
    all = []

    def __init__(self, coverage=0, **files):
        self.folder = tempfile.TemporaryDirectory()
        self.all.append(self.folder)
        self.root = Path(self.folder.name)
        base = {
            "src/CMakeLists.txt": "set(FORKLORE_FLOORS base queries)\nforklore_layer(base)\nforklore_layer(queries ON base)\n",
            "src/base/counter.hpp": HEADER, "src/base/counter.cpp": CODE.replace("//! [loop]\n", "\n"),
            "book/contents.toml": CONTENTS.format(coverage=coverage), "book/index.md": "# Front\n\nHello.\n",
            "book/preface.md": "# Preface\n\nWords.\n",
            "book/01-base.md": PAGE + "\n\\snippet src/base/counter.hpp add\n",
        }
        for path, text in {**base, **files}.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def faults(self):
        return [f"{p}:{l}: {m}" for p, l, m in pages.check(pages.Book(self.root))]


def tearDownModule():
    for folder in Tree.all:
        folder.cleanup()


class Faults(unittest.TestCase):
    def assertFault(self, tree, *parts):
        faults = tree.faults()
        self.assertTrue(any(all(part in fault for part in parts) for fault in faults), f"{parts} not in {faults}")

    def test_a_sound_tree_has_none(self):
        self.assertEqual(Tree().faults(), [])

    def test_a_snippet_that_names_no_tag(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\snippet src/base/counter.hpp nothing\n"}),
                         "book/preface.md:3", "no tag [nothing]")

    def test_a_snippet_that_names_no_file(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\snippet src/base/gone.hpp x\n"}), "book/preface.md:3", "no file")

    def test_a_tag_that_no_page_uses(self):
        self.assertFault(Tree(**{"book/01-base.md": PAGE}), "src/base/counter.hpp:15", "[add] is used by no page")

    def test_a_tag_that_is_not_closed(self):
        self.assertFault(Tree(**{"src/base/counter.hpp": HEADER.replace("//! [counter]\n\n}", "\n}")}), "[counter] is not closed")

    def test_two_tags_of_one_name(self):
        self.assertFault(Tree(**{"src/base/counter.hpp": HEADER + "//! [add]\nint x;\n//! [add]\n"}), "two tags named [add]")

    def test_a_console_block_that_names_no_file(self):
        for fence in ("```console\n$ ls\n```", "```sh\n$ ls\nfile\n```", "```sql\npostgres=# select 1;\n```"):
            self.assertFault(Tree(**{"book/preface.md": f"# Preface\n\n{fence}\n"}), "book/preface.md", "names no file")

    def test_cpp_typed_into_a_page(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n```cpp\nint x;\n```\n"}), "C++ is not typed")

    def test_a_session_that_does_not_exist(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\session 01-base/hello.session\n"}), "no file chapters/01-base/sessions/")

    def test_a_session_that_is_none(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\session 01-base/hello.session\n",
                                 "chapters/01-base/sessions/hello.session": "words\n$ ls\n"}), "neither a command")

    def test_a_promise_that_is_not_kept(self):
        tree = Tree(100)
        self.assertEqual(tree.faults(), [])
        tree.write("src/base/more.cpp", "int more = 1;\n")
        self.assertFault(tree, "book/01-base.md", "promises 100 %")
        tree.write("book/contents.toml", CONTENTS.format(coverage="100\ndraft = true"))
        self.assertEqual(tree.faults(), [])

    def test_a_page_that_the_contents_do_not_name(self):
        self.assertFault(Tree(**{"book/stray.md": "# Stray\n"}), "book/stray.md", "not in book/contents.toml")

    def test_a_chapter_of_several_pages(self):
        tree = Tree(**{"book/01-base/more.md": "# More\n\n\\snippet src/base/counter.hpp add\n", "book/01-base.md": PAGE})
        self.assertFault(tree, "book/01-base/more.md", "not in book/contents.toml")
        tree.write("book/contents.toml", CONTENTS.format(coverage='100\npages = ["more.md"]'))
        self.assertEqual(tree.faults(), [])
        order = pages.Book(tree.root).contents.order
        self.assertEqual([(p.url, p.label) for p in order[-3:]], [("base.html", "1 · Base"), ("base-more.html", "1.1 · More"),
                                                                  ("adds-base.html", "What chapter 1 adds")])

    def test_a_title_that_differs(self):
        self.assertFault(Tree(**{"book/01-base.md": PAGE.replace("# Base", "# Basis")}), "book/01-base.md:1", "Basis")

    def test_sections_of_one_name(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n## A b\n\n## A B\n"}), "book/preface.md:5", "two sections")

    def test_a_header_without_a_purpose(self):
        self.assertFault(Tree(**{"src/base/bare.hpp": "#pragma once\nint f();\n"}), "src/base/bare.hpp:1", "\\file")

    def test_a_figure_that_nobody_measured(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\nIt takes \\measured{base/fork} here.\n"}), "book/preface.md:3", "no figure")

    def test_a_measurement_that_does_not_say_where(self):
        self.assertFault(Tree(**{"book/measured/base.json": '{"figures": {}}'}), "book/measured/base.json", '"machine" is missing')

    def test_a_term_that_the_glossary_has_not(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\nA \\term{frob}.\n"}), "glossary")

    def test_a_term_says_where_it_is_built_and_once(self):
        page = {"book/preface.md": "# Preface\n\nA \\term{frob}.\n"}
        glossary = '# Glossary\n\n- **frob**: a thing\n  of ours. \\ref base "1"\n'
        tree = Tree(**page, **{"book/glossary.md": glossary})
        tree.write("book/contents.toml", CONTENTS.format(coverage=0).replace('"preface.md"', '"preface.md", "glossary.md"'))
        self.assertEqual(tree.faults(), [])
        self.assertEqual(pages.Book(tree.root).glossary, {"frob": "a thing of ours."})
        tree.write("book/glossary.md", glossary.replace("\\ref", "see"))
        self.assertFault(tree, "book/glossary.md:3", "does not say where")
        tree.write("book/glossary.md", glossary + glossary[glossary.index("- "):])
        self.assertFault(tree, "book/glossary.md:5", "twice")

    def test_a_drawing_with_fixed_colours(self):
        svg = '<svg role="img" aria-label="A box and an arrow" viewBox="0 0 9 9"><rect fill="%s"/></svg>'
        page = {"book/preface.md": "# Preface\n\n\\figure box \"A box.\"\n"}
        self.assertEqual(Tree(**page, **{"book/fig/box.svg": svg % "currentColor"}).faults(), [])
        self.assertFault(Tree(**page, **{"book/fig/box.svg": svg % "#ffffff"}), "colour is fixed")
        self.assertFault(Tree(**page, **{"book/fig/box.svg": svg.replace('role="img"', "") % "none"}), "aria-label")

    def test_a_picture_has_two_of_one_size(self):
        page = {"book/preface.md": '# Preface\n\n\\picture shot "A window."\n'}
        png = lambda width: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + (9).to_bytes(4, "big")
        tree = Tree(**page)
        (tree.root / "book/fig").mkdir(exist_ok=True)
        (tree.root / "book/fig/shot-light.png").write_bytes(png(7))
        self.assertFault(tree, "book/preface.md:3", "no book/fig/shot-dark.png")
        (tree.root / "book/fig/shot-dark.png").write_bytes(png(8))
        self.assertFault(tree, "of one size")
        (tree.root / "book/fig/shot-dark.png").write_bytes(png(7))
        book = pages.Book(tree.root)
        self.assertEqual(pages.check(book), [])
        self.assertIn('src="shot-dark.png" width="7" height="9"', blocks.Blocks(book, names.Names()).fill(book.expanded["preface"]))
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\picture shot\n"}), "what is to be seen")

    def test_a_door_leads_to_pages(self):
        book = pages.Book(Tree(**{"book/preface.md": "# Preface\n\n\\door Read | ./dev book | It. | preface base\n"}).root)
        self.assertEqual(pages.check(book), [])
        self.assertIn('Begin with <a href="preface.html">Preface</a>, then <a href="base.html">1 · Base</a>.',
                      blocks.Blocks(book, names.Names()).fill(book.expanded["preface"]))
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\n\\door Read | ./dev book | It. | nowhere\n"}), 'no page "nowhere"')

    def test_what_the_readme_quotes_is_a_session(self):
        session = {"chapters/01-base/sessions/hello.session": "#: server\n\n[a]\n$ echo hello\nhello\n[a]\n",
                   "book/preface.md": "# Preface\n\n\\session 01-base/hello.session a\n"}
        quote = "# Us\n\n<!-- session: 01-base/hello.session a -->\n\n    $ echo hello\n    hello\n\nMore.\n"
        self.assertEqual(Tree(**session, **{"README.md": quote}).faults(), [])
        self.assertFault(Tree(**session, **{"README.md": quote.replace("    hello", "    Hello")}), "README.md:3", "not what chapters/01-base")
        self.assertFault(Tree(**session, **{"README.md": quote.replace("n a --", "n b --")}), "README.md:3", "no tag [b]")
        self.assertFault(Tree(**session, **{"README.md": "<!-- session: 01-base/hello.session a -->\n\nMore.\n"}), "README.md:1", "not what chapters/01-base")

    def test_a_page_behind_the_chapters(self):
        tree = Tree(**{"book/end.md": "# The end\n"})
        self.assertFault(tree, "book/end.md", "not in book/contents.toml")
        tree.write("book/contents.toml", re.sub(r"(\[\[part\.chapter)", r'after = ["end.md"]\n\n\1', CONTENTS.format(coverage=0), count=1))
        self.assertEqual(tree.faults(), [])
        self.assertEqual([p.url for p in pages.Book(tree.root).contents.order[-2:]], ["adds-base.html", "end.html"])

    def test_a_path_that_is_not_in_the_tree(self):
        self.assertFault(Tree(**{"book/preface.md": "# Preface\n\nSee \\src{src/gone.cpp}.\n"}), "no src/gone.cpp")

    def test_a_reference_into_a_postgres_tree(self):
        tree = Tree(**{"book/preface.md": "# Preface\n\n\\pgref{src/a.c, Loop} and \\pgref{src/a.c, Gone} and \\pgref{src/b.c, X}.\n"})
        with tempfile.TemporaryDirectory() as other:
            (Path(other) / "src").mkdir()
            (Path(other) / "src/a.c").write_text("static int Loop(void);\n")
            found = [m for _, _, m in pages.check_pg_tree(pages.Book(tree.root), other)]
        self.assertEqual(found, ["src/a.c does not mention Gone", "PostgreSQL has no src/b.c"])

    def test_a_reference_may_be_wrapped_anywhere(self):
        for wrapped in ('see \\ref base\n"the ground\nfloor" for it.', 'see \\ref base "the\nground floor"\nfor it.'):
            book = pages.Book(Tree(**{"book/preface.md": f"# Preface\n\nDo {wrapped}\n"}).root)
            self.assertIn('\\ref base "the ground floor"', book.expanded["preface"])

    def test_directives_in_code_are_left_alone(self):
        book = pages.Book(Tree(**{"book/preface.md": "# Preface\n\nWrite `\\src{path}`.\n\n```text\n\\snippet a b\n```\n"}).root)
        self.assertEqual(pages.check(book), [])
        self.assertIn("<code>\\src{path}</code>", blocks.Blocks(book, names.Names()).fill(book.expanded["preface"]))


    def test_what_a_header_says_of_its_counterpart(self):
        text = "/// \\file\n/// X.\n///\n/// Counterpart in PostgreSQL: latch.c\n/// (WaitLatch).\n#pragma once\n" \
               "/// Y. Counterpart in PostgreSQL: f(). \\param n x\nvoid g(int n);\n"
        self.assertEqual(pages.Book(Tree(**{"src/base/x.hpp": text}).root).counterparts(),
                         [("src/base/x.hpp", 4, "latch.c (WaitLatch)"), ("src/base/x.hpp", 7, "f()")])


class Sources(unittest.TestCase):
    def setUp(self):
        self.tree = Tree(**{"src/base/counter.cpp": CODE})
        self.header = source.load(self.tree.root, "src/base/counter.hpp")
        self.code = source.load(self.tree.root, "src/base/counter.cpp")

    def test_what_counts_as_a_line(self):
        counted = [self.header.lines[n - 1].strip() for n in sorted(self.header.counted())]
        self.assertEqual(counted, ["#include <cstddef>", '#include "base/other.hpp"', "class Counter {", "public:", "void add() {",
                                   "++count_;                 ///< the count", "}", "private:", "int count_ = 0;", "};"])

    def test_a_licence_a_comment_and_a_string_are_told_apart(self):
        self.tree.write("src/base/x.cpp", "// SPDX-License-Identifier: MIT\n/* long\n   comment */\nconst char* s = \"// no\";\n")
        self.assertEqual(source.load(self.tree.root, "src/base/x.cpp").kinds, ["licence", "comment", "comment", "code"])

    def test_a_listing_shows_the_why_and_not_the_reference(self):
        tag = self.header.tags["add"]
        self.assertEqual([self.header.lines[n - 1].strip() for n in self.header.shown(tag.first, tag.last)],
                         ["// Nobody else looks.", "++count_;                 ///< the count"])

    def test_a_comment_that_goes_on_below_its_line(self):
        self.tree.write("src/base/x.hpp", "int a;  ///< one\n        ///< two\nint f(int n);  ///< x \\param n y\n               ///< z\n/// own\n")
        code = source.load(self.tree.root, "src/base/x.hpp")
        self.assertEqual(code.kinds, ["code", "comment", "code", "doc", "doc"])

    def test_what_a_file_is_for(self):
        self.assertEqual(self.header.purpose, "A place to count.")
        self.assertEqual(self.code.purpose, "")

    def test_the_scope_around_a_listing(self):
        tag = self.code.tags["loop"]
        self.assertEqual([(s.kind, s.name) for s in self.code.enclosing(tag.first, tag.last)],
                         [("namespace", "forklore"), ("function", "Counter::Counter")])
        inner = self.header.tags["add"]
        self.assertEqual(self.header.qualified(self.header.enclosing(inner.first, inner.last)), "forklore::Counter::add")

    def test_a_function_of_the_linker_s_is_a_function(self):
        self.tree.write("src/base/x.cpp", 'extern "C" {\nint g();\n}\nextern "C" [[gnu::visibility("default")]] void f(int n) {\n    g();\n}\n')
        code = source.load(self.tree.root, "src/base/x.cpp")
        self.assertEqual([(s.kind, s.name, s.first, s.last) for s in code.scopes], [("namespace", "", 1, 3), ("function", "f", 4, 6)])
        self.assertEqual(code.kinds[3:], ["code"] * 3)
        self.assertEqual([s.name for s in code.definitions(4, 6)], ["f"])

    def test_the_one_thing_that_a_listing_defines(self):
        tag = self.header.tags["counter"]
        self.assertEqual([s.name for s in self.header.definitions(tag.first, tag.last)], ["Counter"])

    def test_every_line_is_shown_once_all_is_listed(self):
        self.assertEqual(str(pages.coverage(pages.Book(Tree().root))["src/base/counter.cpp"]), "100.0 %")


class Pages(unittest.TestCase):
    def rendered(self, text, **files):
        tree = Tree(**{"book/preface.md": "# Preface\n\n" + text, **files})
        book = pages.Book(tree.root)
        self.assertEqual(pages.check(book), [])
        made = blocks.Blocks(book, names.Names())
        return made.fill(book.expanded["preface"])

    def test_a_listing_has_path_scope_and_lines(self):
        page = self.rendered("\\snippet src/base/counter.hpp add\n")
        self.assertIn('href="source-src-base-counter.hpp.html#l16"', page)
        self.assertIn("in <code>Counter::add()</code>", page)
        self.assertIn("lines 16–17", page)
        self.assertIn('<code><span class="ln"><span class="cm">// Nobody else looks.</span>\n</span>'
                      '<span class="ln">++count_;                 <span class="cm">// the count</span>\n</span></code>', page)

    def test_a_transcript(self):
        page = self.rendered("\\session 01-base/hello.session one\n", **{
            "chapters/01-base/sessions/hello.session":
                "#: timeout 9\n[one]\n$ echo <hi> \\\n> $ there\n<hi>\n\\$ there\nA& select 1;\n[one]\n$ not shown\n"})
        self.assertIn('<code><span class="ln"><span class="pr">$ </span><span class="in">echo &lt;hi&gt; \\</span>\n</span>'
                      '<span class="ln"><span class="pr">&gt; </span><span class="in">$ there</span>\n</span>'
                      '<span class="ln">&lt;hi&gt;\n</span><span class="ln">$ there\n</span>'
                      '<span class="ln"><span class="pr">A&amp; </span><span class="in">select 1;</span>\n</span></code>', page)
        self.assertNotIn("not shown", page)

    def test_a_measured_figure(self):
        page = self.rendered("It takes \\measured{base/fork} here.\n", **{"book/measured/base.json": """{"command": "./dev bench",
            "machine": "two cores", "date": "2024-01-01", "figures": {"fork": {"value": 12345.5, "unit": "µs", "what": "a fork"}}}"""})
        self.assertIn('href="measured.html#base-fork"', page)
        self.assertIn("12,345.5\u202fµs</a>", page)

    def test_an_inline_directive_may_be_wrapped(self):
        page = self.rendered("It is in \\pgref{src/backend/postmaster/postmaster.c, ServerLoop,\n  waits for all} and\nnot here.\n")
        self.assertIn("<code>ServerLoop</code></a>", page)
        self.assertIn("src/backend/postmaster/postmaster.c: waits for all", page)
        self.assertIn("and\nnot here.", page)

    def test_code_is_not_looked_into(self):
        page = self.rendered("A `'Q'` and `<pid>` and ``a ` b`` and `two\nlines`.\n")
        for code in ("'Q'", "&lt;pid&gt;", "a ` b", "two lines"):
            self.assertIn(f"<code>{code}</code>", page)

    def test_the_ids_of_a_drawing_are_its_own(self):
        page = self.rendered('\\figure box "A `box`."\n', **{"book/fig/box.svg":
            '<svg role="img" aria-label="A box and an arrow" viewBox="0 0 9 9"><g id="a"/><path marker-end="url(#a)"/></svg>'})
        self.assertIn('id="box-a"', page)
        self.assertIn("url(#box-a)", page)
        self.assertIn("A <code>box</code>.", page)


class Figures(unittest.TestCase):
    def test_a_sequence(self):
        drawn = figures.sequence("actors: psql, backend\npsql -> backend: Query <1>\nbackend: plans\n--- later\nbackend => psql: rows\n")
        self.assertEqual(pages.figure_faults(drawn), [])
        self.assertIn('aria-label="In order: psql to backend: Query &lt;1&gt;; backend: plans; later; backend to psql: rows."', drawn)
        self.assertEqual(drawn.count("marker-end"), 2)

    def test_words_that_would_stand_on_a_line_move_or_make_room(self):
        beside = figures.sequence("actors: a, b, c\na -> b: quite a long way to say it\na -> c: short\n")
        self.assertNotIn("blank", beside)
        across = figures.sequence("actors: a, b, c\na -> c: much longer than the way between two of the three actors is\n")
        self.assertIn('class="blank"', across)

    def test_bytes(self):
        drawn = figures.bytes_("Q | type\n00 00 00 05 | length\n_ | a blank\n")
        self.assertEqual(pages.figure_faults(drawn), [])
        self.assertEqual(drawn.count("<rect"), 6)
        self.assertIn("type: Q; length: 00 00 00 05", drawn)

    def test_what_is_no_drawing(self):
        for text in ("", "actors: a\na: x", "actors: a, b\na -> c: x", "actors: a, b\nwhat is this"):
            self.assertRaises(figures.Malformed, figures.sequence, text)
        self.assertRaises(figures.Malformed, figures.bytes_, "00 00")

    def test_a_page_says_what_is_wrong_with_its_drawing(self):
        tree = Tree(**{"book/preface.md": '# Preface\n\n\\figure login "A."\n', "book/fig/login.seq": "actors: a, b\nwhat\n"})
        self.assertTrue(any("book/fig/login.seq: line 2" in f for f in tree.faults()), tree.faults())


class Highlighting(unittest.TestCase):
    def setUp(self):
        self.names = names.Names()
        for full, kind in (("forklore::Counter", "class"), ("forklore::Counter::add", "function"), ("forklore::run", "function"),
                           ("forklore::k_most", "variable")):
            self.names.add(names.Name(full, kind, full.replace("::", "-") + ".html", "", "", 0))

    def render(self, text):
        tree = Tree(**{"src/base/x.cpp": text})
        return highlight.Highlighter(self.names).render(source.load(tree.root, "src/base/x.cpp"))

    def test_names_lead_to_their_documentation(self):
        lines = self.render("namespace forklore {\nvoid Counter::twice() {\n    add();\n    run(k_most);\n    int run = other.add();\n}\n}\n")
        self.assertIn("forklore-Counter.html", lines[1])
        self.assertIn("forklore-Counter-add.html", lines[2])
        self.assertIn("forklore-run.html", lines[3])
        self.assertIn("forklore-k_most.html", lines[3])
        self.assertNotIn("forklore-run.html", lines[4])
        self.assertIn("forklore-Counter-add.html", lines[4])

    def test_what_a_listing_keeps_of_reference_comments(self):
        lines = [highlight.for_listing(l) for l in self.render("int a;  ///< how many\nint f(int n);  ///< doubles \\param n a number\nvoid g(int n);  ///< \\param n x\n")]
        self.assertEqual([re.sub("<[^>]*>", "", l) for l in lines], ["int a;  // how many", "int f(int n);  // doubles", "void g(int n);"])

    def test_no_text_is_lost(self):
        text = 'auto s = R"x(\n "raw" // {\n)x"; /* a\n b */ char c = \'"\'; int n = 1\'000; // <end>\n#include "base/counter.hpp"\n'
        plain = "\n".join(re.sub(r"<[^>]*>", "", l) for l in self.render(text))
        self.assertEqual(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&").replace("&#x27;", "'"),
                         text.rstrip("\n"))


class Theme(unittest.TestCase):
    """The palette can be read: WCAG's contrast of 4.5 for text, in both schemes."""

    def palettes(self):
        css = (BOOK / "theme" / "forklore.css").read_text(encoding="utf-8")
        pairs = re.findall(r"(--[\w-]+):\s*light-dark\((#\w+), (#\w+)\)", css)
        return {name: light for name, light, _ in pairs}, {name: dark for name, _, dark in pairs}

    @staticmethod
    def luminance(colour):
        def part(value):
            c = int(value, 16) / 255
            return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        r, g, b = (part(colour[i:i + 2]) for i in (1, 3, 5))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    def test_contrast(self):
        for palette in self.palettes():
            for ink in ("--ink", "--ink-soft", "--link", "--accent", "--code-keyword", "--code-type", "--code-string", "--code-number",
                        "--code-comment"):
                for paper in ("--paper", "--raised", "--sunken", "--accent-wash"):
                    high, low = sorted((self.luminance(palette[ink]), self.luminance(palette[paper])), reverse=True)
                    self.assertGreaterEqual((high + 0.05) / (low + 0.05), 4.5, f"{ink} {palette[ink]} on {paper} {palette[paper]}")
            for paper in ("--mark", "--code-added", "--code-removed"):
                high, low = sorted((self.luminance(palette["--ink"]), self.luminance(palette[paper])), reverse=True)
                self.assertGreaterEqual((high + 0.05) / (low + 0.05), 4.5, f"text on {paper} {palette[paper]}")

    def test_both_schemes_reach_older_browsers(self):
        css = site.expand_palette((BOOK / "theme" / "forklore.css").read_text(encoding="utf-8"))
        self.assertFalse("light-dark(" in css, "light-dark() is left in the style sheet")
        self.assertIn('@media (prefers-color-scheme: dark)', css)
        self.assertIn(':root[data-theme="dark"]', css)

    def test_every_rule_is_closed(self):
        css = (BOOK / "theme" / "forklore.css").read_text(encoding="utf-8")
        self.assertEqual(css.count("{"), css.count("}"))

    def test_nothing_comes_from_elsewhere(self):
        for file in (BOOK / "theme").iterdir():
            text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            self.assertIsNone(re.search(r"https?://|@import|url\((?!#)", text), file.name)


if __name__ == "__main__":
    unittest.main()
