#include "base/settings_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/syscalls.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;
using forklore::testing::TemporaryFolder;

namespace {

// What a text says: its lines as name=value, its mistakes as their messages.
struct Said {
    std::vector<std::string> lines, mistakes;
};

Said read(const std::string& path) {
    Said said;
    SettingsFile file = read_settings_file(path);
    for (const SettingLine& line : file.lines) said.lines.push_back(line.name + "=" + line.value);
    for (const Error& error : file.errors) said.mistakes.push_back(error.what());
    return said;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a settings file has names, values, comments and empty lines") {
    TemporaryFolder folder;
    Said said = read(folder.write("a.conf",
                                  "# a comment\n"
                                  "\n"
                                  "one = 1\n"
                                  "two 2 # more\n"
                                  "\tthree\t=\t'3'#\r\n"
                                  "four='it''s \\'quoted\\' # here'\n"
                                  "five = -5\n"
                                  "six = +6kB\n"
                                  "seven = 0x1fMB\n"
                                  "eight = .5\n"
                                  "nine = -1.5e-3\n"
                                  "ten = C:/a-b.c_d\n"
                                  "eleven = on\n"
                                  "a.twelve = a.b.c\n"
                                  "Dreizehn_13 = \xc3\xa4\n"
                                  "last = ''"));
    CHECK(said.mistakes == Texts{});
    CHECK(said.lines == Texts{"one=1", "two=2", "three=3", "four=it's 'quoted' # here", "five=-5", "six=+6kB",
                              "seven=0x1fMB", "eight=.5", "nine=-1.5e-3", "ten=C:/a-b.c_d", "eleven=on",
                              "a.twelve=a.b.c", "Dreizehn_13=\xc3\xa4", "last="});
    SettingsFile file = read_settings_file(folder / "a.conf");
    CHECK(file.lines[0].line == 3);
    CHECK(file.lines.back().line == 16);
    CHECK(file.lines.back().file == folder / "a.conf");
}

TEST_CASE("a backslash escapes as in C") {
    TemporaryFolder folder;
    Said said = read(folder.write("a.conf", R"(x = 'a\b\f\n\r\t\\\'\101\60\q\18')"));
    CHECK(said.mistakes == Texts{});
    CHECK(said.lines == Texts{"x=a\b\f\n\r\t\\'A0q\x01"
                              "8"});
}

TEST_CASE("all mistakes of a file are told, with line and place") {
    // The places are those that PostgreSQL 15 names.
    TemporaryFolder folder;
    std::string path = folder.write("a.conf",
                                    "work_mem 1MB 2\n"
                                    "x = = 3\n"
                                    "foo bar 'baz\n"
                                    "good = 1\n"
                                    "= 5\n"
                                    "x=\n"
                                    "work_mem=\"1MB\"\n"
                                    "work_mem = 1.5MB\n"
                                    "work_mem = 1e3\n"
                                    "x.y.z=1\n"
                                    "k.l=/a\n"
                                    "k.l = a.b\n"
                                    "x = 'a\\\n"
                                    "x");
    Said said = read(path);
    auto mistake = [&](int line, const std::string& where) {
        return "syntax error in file \"" + path + "\" line " + std::to_string(line) + ", near " + where;
    };
    CHECK(said.lines == Texts{"good=1"});
    CHECK(said.mistakes ==
          Texts{mistake(1, "token \"2\""), mistake(2, "token \"=\""), mistake(3, "token \"'\""),
                mistake(5, "token \"=\""), mistake(6, "end of line"), mistake(7, "token \"\"\""),
                mistake(8, "token \"MB\""), mistake(9, "token \"3\""), mistake(10, "token \"x.y.z\""),
                mistake(11, "token \"/\""), mistake(12, "token \"a.b\""), mistake(13, "token \"'\""),
                mistake(14, "end of line")});
    CHECK(read_settings_file(path).errors[0].code() == sqlstate::syntax_error);
}

TEST_CASE("a file full of mistakes is given up") {
    TemporaryFolder folder;
    std::string text;
    for (int i = 0; i < 200; ++i) text += "bad line here\n";
    std::string path = folder.write("a.conf", text);
    Said said = read(path);
    REQUIRE(said.mistakes.size() == 101);
    CHECK(said.mistakes.back() == "too many syntax errors found, abandoning file \"" + path + "\"");
}

TEST_CASE("files include files, in order") {
    TemporaryFolder folder;
    ::mkdir((folder / "d").c_str(), 0700);
    folder.write("d/b.conf", "from=b\ninclude '../other.conf'\n");
    folder.write("d/a.conf", "from=a");
    folder.write("d/.hidden.conf", "from=hidden");
    folder.write("d/c.txt", "from=c");
    folder.write("other.conf", "other=1\n");
    std::string path = folder.write("a.conf",
                                    "first=1\n"
                                    "include = 'other.conf'\n"
                                    "include_dir 'd'\n"
                                    "Include_If_Exists 'other.conf'\n"
                                    "include_if_exists '/nonexistent/file'\n"
                                    "last=1\n");
    Said said = read(path);
    CHECK(said.mistakes == Texts{});
    CHECK(said.lines == Texts{"first=1", "other=1", "from=a", "from=b", "other=1", "other=1", "last=1"});
    SettingsFile file = read_settings_file(path);
    CHECK(file.missing == Texts{"/nonexistent/file"});
    CHECK(file.lines[1].file == folder / "other.conf");
    CHECK(file.lines[2].file == (folder / "d") + "/a.conf");
}

TEST_CASE("an include that cannot be followed is a mistake") {
    TemporaryFolder folder;
    ::mkdir((folder / "d").c_str(), 0700);
    std::string name;
    auto mistakes = [&](const std::string& text) {
        Texts all = read(name = folder.write("a.conf", text)).mistakes;
        return all.empty() ? "" : all.size() == 1 ? all[0] : "several";
    };
    CHECK(mistakes("include 'nope.conf'") ==
          "could not open configuration file \"" + (folder / "nope.conf") + "\": No such file or directory");
    CHECK(mistakes("include 'd'") ==
          "could not open configuration file \"" + (folder / "d") + "\": Is a directory");
    CHECK(mistakes("include_dir 'nope'") ==
          "could not open configuration directory \"" + (folder / "nope") + "\": No such file or directory");
    CHECK(mistakes("include_dir 'a.conf'") ==
          "could not open configuration directory \"" + (folder / "a.conf") + "\": Not a directory");
    CHECK(mistakes("include ''") == "empty configuration file name: \"\"");
    CHECK(mistakes("include_dir ' '") == "empty configuration directory name: \" \"");
    CHECK(mistakes("include 'a.conf'") == "configuration file recursion in \"" + (folder / "a.conf") + "\"");
    folder.write("b.conf", "include 'c.conf'");
    folder.write("c.conf", "include 'b.conf'");
    CHECK_THAT(mistakes("include 'b.conf'"), Catch::Matchers::EndsWith("maximum nesting depth exceeded"));
    CHECK(read(folder / "missing.conf").mistakes.size() == 1);
    CHECK(read_settings_file(folder / "missing.conf").errors[0].code() == sqlstate::undefined_file);
}

TEST_CASE("a file that cannot be read to its end is not half a file") {
    TemporaryFolder folder;
    std::string path = folder.write("a.conf", "a=1\n");
    sys::clear_faults();
    sys::plan_fault(sys::Call::read, EIO, 1, 1);
    Said said = read(path);
    sys::clear_faults();
    CHECK(said.lines.empty());
    CHECK(said.mistakes == Texts{"could not open configuration file \"" + path + "\": Input/output error"});
    sys::plan_fault(sys::Call::read, EINTR, 3);
    CHECK(read(path).lines == Texts{"a=1"});
    sys::clear_faults();
}
