#!/usr/bin/env python3
"""browser_test.py SITE: looks at the built site in a browser, as a reader does who opened it from a file. Skipped (exit status 77) where
there is no Chromium."""
import re
import sys
import unittest
from pathlib import Path

from browser import Browser, find

# What a page must be, whatever stands on it. Each gives a list of what is wrong.
PAGE = """(() => {
  const wrong = [];
  const visible = (e) => e.getClientRects().length > 0;
  if (document.documentElement.lang !== "en") wrong.push("no language");
  if (document.querySelectorAll("h1").length !== 1) wrong.push(document.querySelectorAll("h1").length + " h1");
  for (const landmark of ["main", "header", "nav"]) if (!document.querySelector(landmark)) wrong.push("no " + landmark);
  let level = 1;
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) wrong.push(`h${now} after h${level}: ${h.textContent.trim()}`);
    level = now;
  }
  for (const e of document.querySelectorAll("a[href], button, input")) {
    const name = e.getAttribute("aria-label") || e.textContent.trim() || e.title;
    if (!name) wrong.push("nameless " + e.outerHTML.slice(0, 80));
  }
  for (const svg of document.querySelectorAll("main svg"))
    if (svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label")) wrong.push("a drawing without a text");
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("main *")].filter((e) => visible(e) && e.getBoundingClientRect().right > innerWidth + 1 &&
      !e.closest("pre, .scroll, .canvas, .memproto"));
    wrong.push(`wider than the window (${document.documentElement.scrollWidth} > ${innerWidth}): ` +
      wide.slice(0, 3).map((e) => e.tagName + "." + e.className).join(", "));
  }
  const prose = [...document.querySelectorAll("article p, article li, article h2, article h3")].map((e) => e.textContent).join("\\n");
  for (const left of prose.match(/@section|\\\\ref |\\\\term\\{/g) || []) wrong.push("not understood: " + left);
  const ink = getComputedStyle(document.body).color, paper = getComputedStyle(document.body).backgroundColor;
  const light = (c) => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 765;
  return {wrong, paper: light(paper), ink: light(ink), marks: /[\\ue000\\ue001]/.test(document.body.textContent)};
})()"""


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = Browser()
        cls.browser = cls.context.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.context.__exit__()

    def open(self, page, **options):
        self.browser.open((self.html / page.partition("?")[0]).as_uri() + ("?" + page.partition("?")[2] if "?" in page else ""), **options)

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])

    def test_every_page_of_the_book_at_every_width_and_in_both_schemes(self):
        pages = [p.name for p in sorted(self.html.glob("*.html")) if not re.match(r"source-|class|struct|namespace|.*_8", p.name)]
        for kind in ("source-src-*.cpp.html", "class*.html", "struct*.html", "namespace*.html", "*_8hpp.html"):
            pages += [p.name for p in sorted(self.html.glob(kind))[:3]]
        self.assertIn("connections.html", pages)
        for page in pages:
            self.open(page)
            for width in (1440, 800, 390):
                dark = width != 800
                with self.subTest(page=page, width=width, dark=dark):
                    self.browser.resize(width=width, dark=dark)
                    self.assertTrue(self.browser.wait(f"innerWidth === {width}"))
                    seen = self.browser.run(PAGE)
                    self.assertEqual(seen["wrong"], [])
                    self.assertFalse(seen["marks"], "a mark was not filled")
                    self.assertEqual(seen["paper"] < 0.3 and seen["ink"] > 0.6, dark)

    def test_the_search_answers_from_the_keyboard(self):
        self.open("preface.html")
        b = self.browser
        b.key("/")
        self.assertTrue(b.run("document.activeElement.name === 'q'"))
        b.type("listing typed")
        self.assertTrue(b.wait("document.querySelectorAll('#hits .hit').length > 0"))
        self.assertIn("Listings", b.run("document.querySelector('#hits .hit').textContent"))
        b.key("ArrowDown")
        self.assertEqual(b.run("document.querySelector('#hits [aria-selected=true]').id"), "hit-0")
        self.assertEqual(b.run("document.activeElement.getAttribute('aria-activedescendant')"), "hit-0")
        b.key("Enter")
        self.assertTrue(b.wait("location.pathname.endsWith('/how-to-read.html') && document.querySelectorAll('article mark').length > 1"))
        self.assertEqual(b.run("location.hash"), "#how-to-read-listings")
        self.assertTrue(b.run("Math.abs(document.getElementById('how-to-read-listings').getBoundingClientRect().top) < 200"))
        b.key("Escape")
        self.assertEqual(b.run("document.querySelectorAll('article mark').length"), 0)

    def test_the_search_finds_names_and_says_when_there_is_nothing(self):
        self.open("search.html?q=UniqueFd")
        self.assertTrue(self.browser.wait("document.querySelectorAll('#results .hit').length > 1"))
        self.assertEqual(self.browser.run("document.querySelector('#results .hit code').textContent"), "UniqueFd")
        self.open("search.html?q=qwertzuiop")
        self.assertTrue(self.browser.wait("document.querySelector('#results').textContent.includes('Nothing in the book')"))

    def test_a_search_that_is_markup_stays_text(self):
        self.open("search.html?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
        self.assertTrue(self.browser.wait("document.querySelector('#results').textContent.includes('<img')"))
        self.assertEqual(self.browser.run("document.querySelectorAll('#results img').length"), 0)

    def test_the_colours_are_the_readers_choice_and_stay(self):
        self.open("preface.html", dark=False)
        b = self.browser
        paper = "getComputedStyle(document.body).backgroundColor"
        light = b.run(paper)
        b.run("document.querySelector('.theme').click(); document.querySelector('.theme').click()")
        self.assertEqual(b.run("document.querySelector('.theme').title"), "Colours: dark")
        dark = b.run(paper)
        self.assertNotEqual(light, dark)
        self.open("notation.html", dark=False)
        self.assertEqual(b.run(paper), dark)
        b.run("document.querySelector('.theme').click()")
        self.assertEqual(b.run(paper), light)

    def test_code_can_be_copied(self):
        self.open("how-to-read.html")
        self.browser.run("document.querySelector('.listing .copy').click()")
        self.assertTrue(self.browser.wait("document.querySelector('.listing .copy').textContent === 'Copied'"))

    def test_the_contents_open_on_a_phone(self):
        b = self.browser
        self.open("preface.html", width=390, height=800)
        self.assertEqual(b.run("getComputedStyle(document.getElementById('contents')).visibility"), "hidden")
        b.run("document.querySelector('.menu').click()")
        self.assertEqual(b.run("getComputedStyle(document.getElementById('contents')).visibility"), "visible")
        self.assertEqual(b.run("document.activeElement.textContent"), "Preface")
        b.key("Escape")
        self.assertEqual(b.run("getComputedStyle(document.getElementById('contents')).visibility"), "hidden")
        self.assertEqual(b.run("document.activeElement.className"), "menu")

    def test_the_book_can_be_read_without_scripts(self):
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        try:
            self.open("how-to-read.html", width=390)
        finally:
            self.browser.call("Emulation.setScriptExecutionDisabled", value=False)
        self.assertEqual(self.browser.run("getComputedStyle(document.getElementById('contents')).visibility"), "visible")
        self.assertEqual(self.browser.run("getComputedStyle(document.querySelector('.bar .search')).display"), "none")


if __name__ == "__main__":
    if not find():
        print("skipped: no chromium here")
        sys.exit(77)
    Site.html = Path(sys.argv.pop(1)).resolve() / "html"
    unittest.main()
