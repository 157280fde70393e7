#!/usr/bin/env python3
"""The check of the architecture finds each kind of fault, and nothing in a tree without one."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check

SOUND = {
    "src/CMakeLists.txt": "set(FORKLORE_FLOORS\n    base queries connections shared_memory server)\n"
                          "set(FORKLORE_MODULES_FLOOR connections)\n",
    "src/README.md": "`base/` `queries/` `connections/` `modules/` `server/` and `clock` in `base/error.hpp`\n",
    "src/base/README.md": "# base\n",
    "src/base/error.hpp": "#pragma once\n#include <string>\nint clock();\n",
    "src/queries/README.md": "# queries\n",
    "src/queries/parse.cpp": '#include "queries/parse.hpp"\n#include <pg_query.h>\n#include "base/error.hpp"\n',
    "src/queries/parse.hpp": "#pragma once\n",
    "src/connections/README.md": "# connections\n",
    "src/connections/postmaster.hpp": '#include "queries/parse.hpp"\n#include "base/error.hpp"\n#include <sys/types.h>\n',
    "src/modules/README.md": "# modules\n",
    "src/modules/counter.cpp": '#include "connections/postmaster.hpp"\n#include "modules/counter.hpp"\n',
    "src/modules/counter.hpp": "",
    "src/server/README.md": "# server\n",
    "src/server/main.cpp": '#include "connections/postmaster.hpp"\n',
    "chapters/01-connections/server.cpp": '#include "connections/postmaster.hpp"\n',
    "chapters/01-connections/tests/a_test.cpp": '#include "tests/catch.hpp"\n#include "helper.hpp"\n',
    "chapters/01-connections/tests/helper.hpp": '#include "base/error.hpp"\n',
}


class Check(unittest.TestCase):
    def faults(self, **planted):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**SOUND, **planted.get("files", {})}.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                if text is not None:
                    path.write_text(text)
            return check.faults(root)

    def finds(self, name, text, *parts):
        found = self.faults(files={name: text})
        self.assertEqual(len(found), 1, found)
        for part in (name, *parts):
            self.assertIn(part, found[0])

    def test_a_sound_tree_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_include_of_a_higher_floor(self):
        self.finds("src/base/clock.cpp", '\n#include "queries/parse.hpp"\n', ":2:", "higher floor")
        self.finds("src/base/clock.cpp", "#  include <connections/postmaster.hpp>\n", ":1:", "higher floor")
        self.finds("src/queries/plan.hpp", '#include "server/main.hpp"\n', "higher floor")
        self.finds("chapters/01-connections/server.cpp", '#include "shared_memory/segment.hpp"\n', "higher floor")
        self.finds("src/modules/clock.cpp", '#include "shared_memory/segment.hpp"\n', "higher floor")

    def test_a_later_chapter_may_use_the_layers_of_earlier_ones(self):
        self.assertEqual(self.faults(files={
            "chapters/02-shared_memory/server.cpp": '#include "connections/postmaster.hpp"\n',
            "chapters/09-queries/server.cpp": '#include "shared_memory/segment.hpp"\n'}), [])

    def test_servers_that_do_not_follow_from_each_other(self):
        one, two = "layers(a_subsystem())", "layers(a_subsystem(), b_subsystem())"
        sound = {"chapters/01-connections/server.cpp": one, "chapters/02-shared_memory/server.cpp": two, "src/server/main.cpp": two}
        self.assertEqual(self.faults(files=sound), [])
        for name, text, words in (("src/server/main.cpp", "layers(a_subsystem(), b_subsystem(), c_subsystem())", "other layers"),
                                  ("chapters/02-shared_memory/server.cpp", "layers(b_subsystem())", "does not begin with")):
            found = self.faults(files={**sound, name: text})
            self.assertIn(f"{name}: ", found[0])
            self.assertIn(words, found[0])

    def test_unknown_layer(self):
        self.finds("src/base/clock.cpp", '#include "utilities/string.hpp"\n', "utilities is no layer")
        self.finds("src/base/clock.cpp", '#include "missing.hpp"\n', "no such file")
        self.finds("src/main.cpp", "int main() {}\n", "on no floor")

    def test_a_folder_on_no_floor(self):
        found = self.faults(files={"src/utilities/string.hpp": "", "src/utilities/README.md": ""})
        self.assertEqual(len(found), 1, found)
        self.assertIn("utilities is on no floor", found[0])

    def test_a_map_that_is_not_true(self):
        folders = SOUND["src/README.md"]
        self.finds("src/README.md", folders.replace("`queries/`", ""), "nothing of queries/")
        self.finds("src/README.md", folders + "see `base/gone.hpp`\n", "no base/gone.hpp")
        self.finds("src/README.md", folders + "then `Clock::stop` in\n`base/error.hpp`\n", "no stop in base/error.hpp")

    def test_a_layers_map_that_is_not_true(self):
        self.finds("src/base/README.md", "`error.hpp` and `gone.cpp`\n", "there is no gone.cpp")
        found = self.faults(files={"src/base/README.md": "`error.hpp`\n", "src/base/clock.hpp": "", "src/base/clock_impl.hpp": ""})
        self.assertEqual(found, ["src/base/README.md: says nothing of clock.hpp"])

    def test_relative_path(self):
        self.finds("src/queries/plan.hpp", '#include "../base/error.hpp"\n', "not a relative one")
        self.finds("src/queries/types/int.hpp", '#include "../parse.hpp"\n', "not a relative one")

    def test_src_stands_alone(self):
        self.finds("src/base/clock.cpp", '#include "tests/catch.hpp"\n', "without tests/")
        self.finds("src/base/clock.cpp", '#include "chapters/01-connections/tests/helper.hpp"\n', "without chapters/")
        self.finds("src/connections/backend.cpp", '#include "modules/counter.hpp"\n', "no layer stands on modules")

    def test_own_headers_in_quotation_marks(self):
        self.finds("src/queries/plan.hpp", "#include <base/error.hpp>\n", "quotation marks")

    def test_threads(self):
        self.finds("src/base/clock.cpp", "#include <thread>\n", "no threads")

    def test_the_parser_has_one_user(self):
        self.finds("src/queries/plan.cpp", "#include <pg_query.h>\n", "business of one file", "src/queries/parse.cpp")

    def test_long_file(self):
        self.finds("src/base/clock.cpp", "\n" * 801, "801 lines")

    def test_the_plan_must_name_the_floors(self):
        with self.assertRaises(SystemExit):
            self.faults(files={"src/CMakeLists.txt": "add_library(forklore_base)\n"})


if __name__ == "__main__":
    unittest.main()
