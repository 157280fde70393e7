"""Reading what a test program says, however it ends."""

import unittest

from workshop import processes
from workshop.build import errors
from workshop.verdict import from_catch

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<Catch name="x"><Group name="x">'
TAIL = "</Group></Catch>"


def case(name, body="", end="</TestCase>"):
    return f'<TestCase name="{name}" filename="/x/test.cpp" line="1">{body}{end}'


def expression(original, expanded, macro="CHECK", inner="", success="false"):
    return (
        f'<Expression success="{success}" type="{macro}" filename="/x/test.cpp" line="3">'
        f"<Original>\n  {original}\n</Original><Expanded>\n  {expanded}\n</Expanded>{inner}</Expression>"
    )


class Catch(unittest.TestCase):
    def test_all_pass(self):
        verdict = from_catch(HEAD + case("a") + case("b") + TAIL, 0, 60)
        self.assertTrue(verdict.passed)
        self.assertEqual(verdict.text(), "  ✓ a\n  ✓ b\n")

    def test_only_the_first_failure_is_told_at_length(self):
        xml = HEAD + case("a", expression("x == 4", "3 == 4")) + case("b", expression("y", "false")) + TAIL
        verdict = from_catch(xml, 2, 60)
        self.assertFalse(verdict.passed)
        self.assertEqual(verdict.text(where=False), "  ✗ a\n      CHECK(x == 4)\n        was: 3 == 4\n  ✗ b\n")

    def test_many_failures_are_counted(self):
        xml = HEAD + "".join(case(f"t{i}", expression("x", "false")) for i in range(9)) + case("good") + TAIL
        text = from_catch(xml, 9, 60).text()
        self.assertIn("✗ t3\n  ✓ good\n  … and 5 more that fail\n", text)
        self.assertNotIn("t4", text)

    def test_what_leads_up_to_two_failures_is_told_once(self):
        info = "<Info>\n  sent two bytes\n</Info>"
        xml = HEAD + case("a", info + expression("x", "false") + info + expression("y", "false")) + TAIL
        text = from_catch(xml, 1, 60).text(where=False)
        self.assertEqual(text.count("sent two bytes"), 1)
        self.assertIn("CHECK(y)", text)

    def test_the_words_of_a_check_that_held_are_not_told(self):
        xml = HEAD + case("a", "<Info>\n  first\n</Info>" + expression("x", "true", success="true")
                          + "<Info>\n  second\n</Info>" + expression("y", "false")) + TAIL  # fmt: skip
        text = from_catch(xml, 1, 60).text()
        self.assertNotIn("first", text)
        self.assertIn("second", text)

    def test_failures_inside_sections_count(self):
        xml = HEAD + case("a", '<Section name="s"><Failure filename="/x/test.cpp" line="5">no</Failure></Section>') + TAIL
        self.assertIn("      no\n", from_catch(xml, 1, 60).text())

    def test_not_written_is_told_apart_from_wrong(self):
        thrown = '<Exception filename="/x/test.cpp" line="3">\n  n/e is not written yet\n</Exception>'
        xml = HEAD + case("a", "<Info>\n  something\n</Info>" + thrown)
        xml += case("b", expression("f(), Error", "f(), Error", "REQUIRE_THROWS_AS", thrown))
        verdict = from_catch(xml + TAIL, 2, 60)
        self.assertTrue(verdict.not_written("n/e"))
        self.assertFalse(verdict.not_written("n/other"))
        self.assertEqual(verdict.text(where=False), "  ✗ a\n  ✗ b\n\nn/e is not written yet\n")
        verdict = from_catch(xml + case("c", expression("x", "false")) + TAIL, 2, 60)
        self.assertFalse(verdict.not_written("n/e"))

    def test_a_call_that_should_have_thrown(self):
        xml = HEAD + case("a", expression("f()", "f()", "CHECK_THROWS")) + TAIL
        self.assertIn("CHECK_THROWS(f())\n        threw nothing", from_catch(xml, 1, 60).text())

    def test_what_should_be_false_is_told_as_it_is_written(self):
        xml = HEAD + case("a", expression("!(x)", "!true", "CHECK_FALSE")) + TAIL
        self.assertEqual(from_catch(xml, 1, 60).text(where=False), "  ✗ a\n      CHECK_FALSE(x)\n        was: true\n")
        xml = HEAD + case("a", expression("!(x == y)", "!(3 == 3)", "REQUIRE_FALSE")) + TAIL
        self.assertIn("REQUIRE_FALSE(x == y)\n        was: 3 == 3\n", from_catch(xml, 1, 60).text(where=False))

    def test_a_death_is_explained(self):
        xml = HEAD + case("a", '<FatalErrorCondition filename="/x/t.cpp" line="3">\n  SIGSEGV - Segmentation violation signal'
                          "\n</FatalErrorCondition>") + TAIL  # fmt: skip
        self.assertIn("it touched memory that is not its own", from_catch(xml, -11, 60).text())

    def test_a_report_that_was_cut_off_is_never_a_success(self):
        for status, words in ((0, "exit status 0"), (3, "exit status 3"), (-9, "SIGKILL"), (None, "after 60 s")):
            with self.subTest(status=status):
                verdict = from_catch(HEAD + case("a") + case("b", end=""), status, 60)
                self.assertFalse(verdict.passed)
                self.assertTrue(verdict.cases[0].passed)
                self.assertEqual(verdict.cases[1].name, "b")
                self.assertIn(words, verdict.text())

    def test_no_report_is_a_failure_too(self):
        self.assertIn("exit status 127", from_catch("", 127, 60).text())
        self.assertFalse(from_catch(HEAD + TAIL, 0, 60).passed)

    def test_a_bad_end_after_the_last_test_is_not_overlooked(self):
        verdict = from_catch(HEAD + case("a") + TAIL, -11, 60)
        self.assertFalse(verdict.passed)
        self.assertIn("SIGSEGV", verdict.text())


class Build(unittest.TestCase):
    def test_only_the_compilers_words_are_kept(self):
        said = "[1/2] Building\nFAILED: a.o \n/usr/bin/ccache /usr/bin/c++ -I/x -c a.cpp\na.cpp:1: error: no\nninja: stopped\n"
        self.assertEqual(errors(said), "a.cpp:1: error: no")

    def test_a_long_message_is_cut(self):
        self.assertIn("… and 60 lines more", errors("a.cpp: error\n" * 100))

    def test_there_is_always_something_to_say(self):
        self.assertEqual(errors("ninja: error: loading build.ninja\n\n"), "ninja: error: loading build.ninja\n")
        self.assertTrue(errors(""))


class Processes(unittest.TestCase):
    def test_a_program_is_stopped_at_its_limit_with_all_its_children(self):
        status, said = processes.run(["sh", "-c", "echo begun; sleep 100 & sleep 100"], 0.5)
        self.assertIsNone(status)
        self.assertEqual(said, "begun\n")

    def test_a_child_that_holds_the_output_open_delays_nobody(self):
        status, said = processes.run(["sh", "-c", "sleep 100 & echo done"], 60)
        self.assertEqual((status, said), (0, "done\n"))
