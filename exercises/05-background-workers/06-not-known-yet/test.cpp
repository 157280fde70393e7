#include <string>
#include <vector>

#include "errors.hpp"
#include "names.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

const Definition k_cups{"kettle.cups", 16, 1, 1000, false};
const Definition k_whistle{"kettle.whistle", 0, 0, 11, true};

// SQLSTATE of what a call throws, or "no error".
template <typename Call>
std::string code_of(const Call& call) {
    const std::string said = error_of(call);
    return said == "no error" ? said : said.substr(0, 5);
}

std::string code_of_set(Names& names, const std::string& name, const std::string& text,
                        Who who = Who::superuser) {
    return code_of([&] { names.set(name, text, who); });
}

// What a module's loading has led to: the warnings, each by the setting that it names.
std::string warned_of(const std::vector<std::string>& warnings) {
    std::string all;
    for (const std::string& warning : warnings) {
        const std::size_t at = warning.find("kettle.");
        all += all.empty() ? "" : ", ";
        all += at == warning.npos ? "“" + warning + "”"
                                  : warning.substr(at, warning.find_first_of("\" ", at) - at);
    }
    return all.empty() ? "no warning" : all;
}

std::string defined(Names& names, const Definition& definition) {
    std::string warned = "(nothing)";
    const std::string thrown = error_of([&] { warned = warned_of(names.define(definition)); });
    return thrown == "no error" ? warned : "thrown: " + thrown;
}

}  // namespace

TEST_CASE("a setting that is defined") {
    Names names;
    CHECK(defined(names, k_cups) == "no warning");
    CHECK(names.show("kettle.cups") == "16");
    names.set("kettle.cups", "32", Who::file);
    CHECK(names.show("kettle.cups") == "32");
    names.set("kettle.cups", "0048", Who::user);
    CHECK(names.show("kettle.cups") == "48");
    names.set("kettle.cups", "64", Who::file);
    {
        INFO("a session has said 48, and then the file 64");
        CHECK(names.show("kettle.cups") == "48");
    }
    for (const std::string text : {"0", "1001", "", "many", "7 cups", "99999999999999999999", "1.5"}) {
        INFO("set kettle.cups = '" << text << "'");
        CHECK(code_of_set(names, "kettle.cups", text) == "22023");
    }
    CHECK(names.show("kettle.cups") == "48");
    names.reset("kettle.cups");
    CHECK(names.show("kettle.cups") == "64");
}

TEST_CASE("a setting that is not for everybody") {
    Names names;
    CHECK(defined(names, k_whistle) == "no warning");
    CHECK(code_of_set(names, "kettle.whistle", "3", Who::user) == "42501");
    CHECK(names.show("kettle.whistle") == "0");
    CHECK(code_of_set(names, "kettle.whistle", "3", Who::superuser) == "no error");
    CHECK(names.show("kettle.whistle") == "3");
}

TEST_CASE("a setting that nobody knows") {
    Names names;
    CHECK(code_of([&] { names.show("kettle.cups"); }) == "42704");
    CHECK(code_of_set(names, "most", "3") == "42704");
    CHECK(code_of([&] { names.show("most"); }) == "42704");
    CHECK(code_of_set(names, "kettle.cups", "three dozen") == "no error");
    CHECK(names.show("kettle.cups") == "three dozen");
    names.reset("kettle.cups");
    CHECK(names.show("kettle.cups").empty());
}

TEST_CASE("what was said before it is known counts when it is") {
    Names names;
    names.set("kettle.cups", "32", Who::file);
    names.set("kettle.whistle", "5", Who::file);
    names.set("kettle.cups", "0048", Who::user);
    CHECK(defined(names, k_cups) == "no warning");
    CHECK(defined(names, k_whistle) == "no warning");
    CHECK(names.show("kettle.cups") == "48");
    CHECK(names.show("kettle.whistle") == "5");
    names.reset("kettle.cups");
    CHECK(names.show("kettle.cups") == "32");
}

TEST_CASE("what was said before it is known, and cannot be, is forgotten with a warning") {
    Names names;
    names.set("kettle.cups", "a few", Who::file);
    {
        INFO(
            "the file says kettle.cups = 'a few', and now the module is loaded; what there is a warning "
            "of");
        CHECK(defined(names, k_cups) == "kettle.cups");
    }
    CHECK(names.show("kettle.cups") == "16");
    names.reset("kettle.cups");
    CHECK(names.show("kettle.cups") == "16");
}

TEST_CASE("a session that has said what cannot be falls back on the file") {
    Names names;
    names.set("kettle.cups", "32", Who::file);
    names.set("kettle.cups", "0", Who::user);
    CHECK(defined(names, k_cups) == "kettle.cups");
    CHECK(names.show("kettle.cups") == "32");
}

TEST_CASE("a file that has said what cannot be does not come back either") {
    Names names;
    names.set("kettle.cups", "0", Who::file);
    names.set("kettle.cups", "48", Who::user);
    {
        INFO(
            "the file says kettle.cups = 0, the session 48; what there is a warning of when the module is "
            "loaded");
        CHECK(defined(names, k_cups) == "kettle.cups");
    }
    CHECK(names.show("kettle.cups") == "48");
    names.reset("kettle.cups");
    INFO("and after RESET");
    CHECK(names.show("kettle.cups") == "16");
}

TEST_CASE("nobody gets by waiting what he may not have") {
    Names names;
    names.set("kettle.whistle", "11", Who::user);
    {
        INFO("somebody who is no superuser has set kettle.whistle before the module is loaded");
        CHECK(defined(names, k_whistle) == "kettle.whistle");
        CHECK(names.show("kettle.whistle") == "0");
    }
    Names others;
    others.set("kettle.whistle", "11", Who::user);
    others.set("kettle.whistle", "10", Who::superuser);
    CHECK(defined(others, k_whistle) == "no warning");
    CHECK(others.show("kettle.whistle") == "10");
}

TEST_CASE("a prefix is reserved") {
    Names names;
    names.set("kettle.cups", "32", Who::file);
    names.set("kettle.cpus", "33", Who::file);
    names.set("kettle.whislte", "11", Who::user);
    names.set("kettles.cups", "34", Who::file);
    names.set("ket.cups", "35", Who::file);
    CHECK(defined(names, k_cups) == "no warning");
    {
        INFO("reserve kettle; what there is a warning of");
        CHECK(warned_of(names.reserve("kettle")) == "kettle.cpus, kettle.whislte");
    }
    CHECK(names.show("kettle.cups") == "32");
    CHECK(code_of([&] { names.show("kettle.cpus"); }) == "42704");
    CHECK(code_of_set(names, "kettle.cpus", "33") == "42602");
    CHECK(code_of_set(names, "kettle.cups", "33") == "no error");
    CHECK(code_of([&] { names.reserve("kettle"); }) == "42710");
    INFO("what another module may come for");
    CHECK(names.show("kettles.cups") == "34");
    CHECK(names.show("ket.cups") == "35");
    CHECK(code_of_set(names, "kettles.lids", "1") == "no error");
    CHECK(code_of_set(names, "ket.tles", "1") == "no error");
}
