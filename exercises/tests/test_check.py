"""The exercises' own check: a good exercise passes, and each kind of fault is found."""

from workshop import catalog, check

from .tree import Tree


class Parts(Tree):
    """Faults that are seen without running anything."""

    def complaints(self):
        return "\n".join(check.parts(self.root, catalog.load(self.root)[0]))

    def replace(self, path, old, new):
        path = self.alpha / path
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def test_a_good_exercise_has_no_faults(self):
        self.assertEqual(self.complaints(), "")

    def test_readme(self):
        for old, new, words in (
            ("# alpha", "alpha", "does not begin with a title"),
            ("· ① ·", "· 1 ·", "lacks its line"),
            ("Fill the gap", "Do this", "lacks its line"),
            ("## Predict", "## Guess", "should have the sections"),
            ("Anything?", "", "the section Predict is empty"),
            ("`alpha.cpp`", "alpha.cpp", "Files does not name `alpha.cpp`"),
            ("Why?", "See [this](../nowhere.md).", "the link to ../nowhere.md leads nowhere"),
        ):
            with self.subTest(words):
                self.replace("README.md", old, new)
                self.assertIn(words, self.complaints())
                self.replace("README.md", new, old) if new else self.setUp()

    def test_hints(self):
        self.replace("hints.md", "## How\n\nthe code\n", "")
        self.assertIn("should have 3 levels", self.complaints())
        self.replace("hints.md", "the idea\n", "\n## Empty\n")
        self.assertIn("level 2 is empty", self.complaints())

    def test_files(self):
        self.write(self.alpha / "notes.txt", "stray")
        self.assertIn("notes.txt is not a part", self.complaints())
        (self.alpha / "notes.txt").unlink()
        self.write(self.alpha / "wrong" / "one" / "more.cpp", "// more\n")
        self.assertIn("wrong/one/ should have the files of stub/", self.complaints())
        self.write(self.alpha / "messages" / "three.txt", "who?")
        self.assertIn("messages/three.txt belongs to no version", self.complaints())
        (self.alpha / "test.cpp").unlink()
        self.assertIn("test.cpp is missing", self.complaints())

    def test_marks(self):
        self.replace("stub/alpha.cpp", "// TODO: write it.\n", "")
        self.assertIn("one TODO for each not_written_yet: it has 0 and 1", self.complaints())
        self.replace("stub/alpha.cpp", "01-first/01-alpha", "01-first/02-beta")
        self.assertIn('should name "01-first/01-alpha"', self.complaints())
        self.write(self.alpha / "solution" / "alpha.cpp", "// TODO: finish\n")
        self.assertIn("solution/alpha.cpp still has a TODO", self.complaints())

    def test_a_hunt_has_a_whole_stub(self):
        self.replace("README.md", "Fill the gap", "Find the bug")
        self.assertIn("the stub of a bug hunt is whole", self.complaints())
        self.write(self.alpha / "stub" / "alpha.cpp", "// says: it leaks\n// TODO: find out why.\n")
        self.assertEqual(self.complaints(), "")

    def test_names_of_the_layers_files_are_for_live_exercises(self):
        self.write(self.root / "src/first/beta.cpp", "// ours\n")
        (self.root / "src/first/alpha.cpp").unlink()
        self.assertIn("no file of its stub is called like one of src/first", self.complaints())
        said = "\n".join(check.parts(self.root, catalog.load(self.root)[1]))
        self.assertIn("beta.cpp is called like a file of src/first", said)

    def test_format(self):
        self.tool("clang-format-14", "#!/bin/sh\necho 'a.cpp:1:1: error: badly' >&2\nexit 1\n")
        # Called in a process of its own: the tool is found through PATH.
        self.assertIn("a.cpp:1:1: error: badly", self.run_command("check", "parts", status=1))

    def test_the_exercises_together(self):
        self.assertIn("no exercise of the kind “Find the bug”", self.run_command("check", "parts", status=1))
        (self.root / "chapters" / "01-first").rename(self.root / "chapters" / "elsewhere")
        self.beta.rename(self.beta.with_name("04-alpha"))
        said = "\n".join(check.tree(self.root, catalog.load(self.root)))
        self.assertIn("01-first/04-alpha has the same title as 01-first/01-alpha", said)
        self.assertIn("01-first/04-alpha should be number 02", said)
        self.assertIn("exercises/01-first belongs to no chapter", said)


class Runs(Tree):
    """Faults that show when the versions run."""

    def setUp(self):
        super().setUp()
        self.run_command("check", "--record", "all")

    def test_a_good_exercise_passes_and_its_messages_are_those_recorded(self):
        said = self.run_command("check", "all")
        self.assertIn("✓ 01-first/01-alpha: stub, solution, 2 wrong solutions", said)
        self.assertEqual((self.alpha / "messages" / "stub.txt").read_text(),
                         "  ✗ it works\n\n01-first/01-alpha is not written yet\n")  # fmt: skip
        self.assertIn("      fail\n      no\n", (self.alpha / "messages" / "one.txt").read_text())
        self.assertIn("killed by SIGKILL", (self.alpha / "messages" / "two.txt").read_text())

    def says_in(self, version, text):
        (self.alpha / version / "alpha.cpp").write_text(f"// says: {text}\n")

    def fault(self):
        return self.run_command("check", "alpha", status=1)

    def test_a_stub_that_fails_for_another_reason(self):
        (self.alpha / "stub" / "alpha.cpp").write_text(
            '// says: oops\n// TODO: write it.\nnot_written_yet("01-first/01-alpha");\n'
        )
        self.assertIn("the stub should fail by saying that it is not written yet", self.fault())

    def test_a_stub_that_passes(self):
        (self.alpha / "stub" / "alpha.cpp").write_text(
            '// says: pass\n// TODO: write it.\nnot_written_yet("01-first/01-alpha");\n'
        )
        said = self.fault()
        self.assertIn("the untouched stub passes the test “it works”", said)
        self.assertIn("stub passes, and should fail", said)

    def test_a_solution_that_fails(self):
        self.says_in("solution", "not quite")
        self.assertIn("the solution fails\n      ✗ it works\n          not quite", self.fault())

    def test_a_solution_that_does_not_build(self):
        self.says_in("solution", "unbuildable")
        self.assertIn("does not build\n    x.cpp:1:1: error", self.fault())

    def test_a_solution_that_fails_in_the_server(self):
        self.write(self.root / "broken", "psql")
        self.assertIn("✗ psql talks to a server with it", self.fault())

    def test_a_wrong_solution_that_passes(self):
        self.says_in("wrong/one", "pass")
        self.assertIn("one passes, and should fail", self.fault())

    def test_a_message_that_has_changed(self):
        self.says_in("wrong/one", "another message")
        said = self.fault()
        self.assertIn("-      fail\n", said.replace("\n    -", "\n-"))
        self.assertIn("+      another message", said)

    def test_a_message_that_is_missing(self):
        (self.alpha / "messages" / "one.txt").unlink()
        self.assertIn("messages/one.txt is missing", self.fault())

    def test_checking_is_not_doing(self):
        self.run_command("check", "all")
        self.assertFalse((self.root / "mine").exists())
