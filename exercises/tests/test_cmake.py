"""FORKLORE_MINE: the real src/CMakeLists.txt, in a tree with one live exercise."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(Tree LANGUAGES CXX)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_library(forklore_flags INTERFACE)
add_library(fmt::fmt INTERFACE IMPORTED)
add_subdirectory(src)
"""


class Mine(unittest.TestCase):
    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="forklore-")))
        for path, text in (
            ("CMakeLists.txt", PROJECT),
            ("src/base/lamp.cpp", "// ours\n"),
            ("src/base/table.cpp", "// ours\n"),
            ("mine/01-base/01-lamp/lamp.cpp", "// the student's\n"),
            ("mine/01-base/02-dream/dream.cpp", "// stands for nothing\n"),
            ("src/base/chair.hpp", "// ours\n"),
            ("mine/01-base/03-chair/chair.hpp", "// the student's\n"),
        ):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        shutil.copyfile(ROOT / "src/CMakeLists.txt", self.root / "src/CMakeLists.txt")

    def configure(self, mine):
        """Configures. Returns what cmake said, and the files that the library is made of."""
        done = subprocess.run(
            ["cmake", "-G", "Ninja", "-S", self.root, "-B", self.root / "build", f"-DFORKLORE_MINE={mine}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            return done.stdout, None
        commands = json.loads((self.root / "build/compile_commands.json").read_text())
        return done.stdout, sorted(str(Path(c["file"]).relative_to(self.root)) for c in commands)

    OURS = ["src/base/lamp.cpp", "src/base/table.cpp"]
    THEIRS = ["mine/01-base/01-lamp/lamp.cpp", "src/base/table.cpp"]

    def test_without_it_the_library_is_ours(self):
        self.assertEqual(self.configure("")[1], self.OURS)

    def test_the_students_file_takes_the_place_of_ours(self):
        said, files = self.configure("01-base/01-lamp")
        self.assertEqual(files, self.THEIRS)
        self.assertIn("base: mine/01-base/01-lamp/lamp.cpp in place of ours", said)

    def test_all_takes_what_stands_for_something(self):
        self.assertEqual(self.configure("all")[1], self.THEIRS)

    def test_what_stands_for_nothing_is_an_error(self):
        for exercise in ("01-base/02-dream", "01-base/07-nowhere"):
            self.assertIn("no file that stands for one of src/base", " ".join(self.configure(exercise)[0].split()))

    def test_the_students_header_is_found_before_ours(self):
        header = self.root / "build/mine/base/chair.hpp"
        self.assertIn("base: mine/01-base/03-chair/chair.hpp in place of ours", self.configure("01-base/03-chair")[0])
        self.assertEqual(header.read_text(), f'#include "{self.root}/mine/01-base/03-chair/chair.hpp"\n')
        self.assertEqual(self.configure("01-base/01-lamp")[1], self.THEIRS)
        self.assertFalse(header.exists())
