"""The student's files: copied as a whole or not at all, never overwritten."""

import multiprocessing
import shutil
from unittest import mock

from workshop import catalog
from workshop.mine import Mine
from workshop.problem import Problem
from workshop.progress import Progress

from .tree import Tree


class Copies(Tree):
    def setUp(self):
        super().setUp()
        self.write(self.alpha / "stub" / "second.cpp", "// another file\n")
        self.theirs = Mine(self.root)
        self.exercise_of_theirs = catalog.load(self.root)[0]

    def start(self):
        return "\n".join(self.theirs.start(self.exercise_of_theirs))

    def test_an_interrupted_copy_leaves_nothing_that_looks_whole(self):
        copied = []
        copyfile = shutil.copyfile

        def fails_at_the_third(source, goal):
            if len(copied) == 2:
                raise OSError(28, "No space left on device")
            copied.append(goal)
            return copyfile(source, goal)

        with mock.patch("shutil.copyfile", fails_at_the_third), self.assertRaisesRegex(Problem, "No space left"):
            self.start()
        self.assertFalse(self.theirs.started(self.exercise_of_theirs))
        self.assertIn("Copied", self.start())
        self.assertEqual(sorted(p.name for p in self.mine.parent.iterdir()), ["01-alpha"])
        self.assertEqual(sorted(p.name for p in self.mine.iterdir()), [".stub", "alpha.cpp", "second.cpp"])

    def test_a_copy_left_by_a_killed_runner_is_swept_away(self):
        self.write(self.mine.parent / ".01-alpha.copy-4711" / "alpha.cpp", "half")
        self.start()
        self.assertEqual([p.name for p in self.mine.parent.iterdir()], ["01-alpha"])

    def test_what_the_student_wrote_survives_a_second_start(self):
        self.start()
        self.says("mine")
        self.assertEqual(self.start(), "")
        self.assertIn("mine", (self.mine / "alpha.cpp").read_text())

    def test_a_file_that_is_missing_comes_back_alone(self):
        self.start()
        self.says("mine")
        (self.mine / "second.cpp").unlink()
        self.assertIn("second.cpp was missing", self.start())
        self.assertIn("mine", (self.mine / "alpha.cpp").read_text())
        self.assertEqual(self.start(), "")

    def test_a_file_in_the_place_of_the_folder_is_reported(self):
        self.mine.parent.mkdir(parents=True)
        self.mine.write_text("in the way")
        with self.assertRaisesRegex(Problem, "cannot write to"):
            self.start()
        self.assertEqual(self.mine.read_text(), "in the way")

    def test_a_changed_stub_replaces_only_what_was_not_touched(self):
        self.start()
        self.says("mine")
        self.write(self.alpha / "stub" / "alpha.cpp", "// a better stub\n")
        self.write(self.alpha / "stub" / "second.cpp", "// a better second\n")
        said = self.start()
        self.assertIn("The stub of alpha.cpp has changed", said)
        self.assertIn("second.cpp has changed; you had not touched yours", said)
        self.assertIn("mine", (self.mine / "alpha.cpp").read_text())
        self.assertIn("better", (self.mine / "second.cpp").read_text())

    def test_the_difference_of_a_changed_stub_is_offered_until_it_was_seen(self):
        self.start()
        self.says("mine")
        self.write(self.alpha / "stub" / "alpha.cpp", "// a better stub\n")
        said = self.run_command("diff", "alpha")
        self.assertIn("+// a better stub", said)
        self.assertIn("-// says: stub", said)
        self.assertNotIn("mine", said.split("\n", 2)[2])
        self.assertIn("has changed", self.start())
        self.run_command("diff", "alpha", "--seen")
        self.assertEqual(self.start(), "")
        self.assertIn("as you copied it", self.run_command("diff", "alpha"))
        self.assertIn("mine", (self.mine / "alpha.cpp").read_text())


class Notes(Tree):
    def notes(self):
        return Progress(self.root / "mine")

    def test_lines_that_we_do_not_know_are_kept(self):
        self.write(self.root / "mine" / "progress", "a line of the student's own\ndone 01-first/02-beta\nhints x many\n")
        self.notes().set_current("01-first/01-alpha")
        text = (self.root / "mine" / "progress").read_text()
        for line in ("a line of the student's own", "done 01-first/02-beta", "hints x many", "current 01-first/01-alpha"):
            self.assertIn(line + "\n", text)

    def test_bytes_that_are_no_text_are_kept(self):
        (self.root / "mine").mkdir()
        (self.root / "mine" / "progress").write_bytes(b"caf\xe9\n")
        self.notes().set_done("01-first/01-alpha")
        self.assertIn(b"caf\xe9\n", (self.root / "mine" / "progress").read_bytes())

    def test_many_runners_lose_nothing(self):
        names = [f"01-first/{number:02}-x" for number in range(20)]
        with multiprocessing.get_context("fork").Pool(4) as pool:
            pool.map(_finish, [(self.root / "mine", name) for name in names])
        self.assertEqual(sorted(self.notes().done), names)

    def test_a_progress_that_names_nothing_we_have_does_no_harm(self):
        self.write(self.root / "mine" / "progress", "current 07-gone/01-away\ndone 07-gone/02-far\n")
        self.assertIn("01-first/01-alpha", self.run_command(status=1))
        self.assertIn("0/2", self.run_command("list"))


def _finish(job):
    folder, name = job
    Progress(folder).set_done(name)
