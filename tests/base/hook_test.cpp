// Hooks: who steps in, in which order, and who does not go on.
#include "base/hook.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("a hook that nobody is in does the work") {
    const Hook<int(int, std::string&)> hook;
    std::string text = "a";
    CHECK(hook.empty());
    CHECK(hook.call([](int number, std::string& to) { return to += "b", number + 1; }, 1, text) == 2);
    CHECK(text == "ab");
}

TEST_CASE("who steps in last is called first, and goes on or not") {
    Hook<std::string(std::string)> hook;
    const auto work = [](std::string text) { return "[" + text + "]"; };
    const void* inner =
        hook.add([](const auto& next, std::string text) { return "(" + next(text + "1") + ")"; });
    const void* outer = hook.add(
        [](const auto& next, std::string text) { return "{" + next(text + "2") + next("again") + "}"; });
    CHECK(hook.call(work, "x") == "{([x21])([again1])}");
    const void* last = hook.add([](const auto&, std::string) { return std::string("no"); });
    CHECK(hook.call(work, "x") == "no");
    hook.remove(last);
    hook.remove(inner);
    CHECK(hook.call(work, "x") == "{[x2][again]}");
    hook.remove(outer);
    hook.remove(outer);
    CHECK(hook.empty());
    CHECK(hook.call(work, "x") == "[x]");
}

TEST_CASE("what is thrown passes all who stepped in") {
    Hook<void()> hook;
    std::vector<int> seen;
    hook.add([&](const auto& next) {
        try {
            next();
        } catch (const std::runtime_error&) {
            seen.push_back(1);
            throw;
        }
    });
    hook.add([&](const auto& next) { next(); });
    CHECK_THROWS_AS(hook.call([] { throw std::runtime_error("x"); }), std::runtime_error);
    CHECK(seen == std::vector<int>{1});
}
