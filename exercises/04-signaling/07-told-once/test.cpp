#include <algorithm>
#include <random>

#include "tests/catch.hpp"
#include "wishes.hpp"

using namespace forklore::exercise;

namespace {

// What will be told, as text.
std::string list(const std::vector<Message>& messages) {
    std::string text;
    for (const Message& message : messages)
        text += (text.empty() ? "" : ", ") + message.channel + ":" + message.payload;
    return text;
}

void tell_all(Wishes& wishes, const char* payloads) {
    for (; *payloads != '\0'; ++payloads) wishes.tell({"c", {*payloads}});
}

}  // namespace

TEST_CASE("what is told twice is told once, in the place of the first") {
    Wishes wishes;
    CHECK(wishes.messages().empty());
    tell_all(wishes, "abacb");
    CHECK(list(wishes.messages()) == "c:a, c:b, c:c");
    wishes.tell({"c", ""});
    wishes.tell({"d", "a"});
    wishes.tell({"ca", ""});
    wishes.tell({"c", ""});
    CHECK(list(wishes.messages()) == "c:a, c:b, c:c, c:, d:a, ca:");
}

TEST_CASE("a rollback forgets what was told since the savepoint, and the savepoint stays") {
    Wishes wishes;
    tell_all(wishes, "a");
    wishes.savepoint();
    tell_all(wishes, "bc");
    wishes.rollback();
    CHECK(list(wishes.messages()) == "c:a");
    wishes.rollback();
    CHECK(list(wishes.messages()) == "c:a");
    INFO("“a”, savepoint, “bc”, rollback, “b”");
    tell_all(wishes, "b");
    CHECK(list(wishes.messages()) == "c:a, c:b");
}

TEST_CASE("what was told before the savepoint, and again after it, stays") {
    Wishes wishes;
    tell_all(wishes, "ab");
    wishes.savepoint();
    tell_all(wishes, "ca");
    wishes.rollback();
    CHECK(list(wishes.messages()) == "c:a, c:b");
    INFO("“ab”, savepoint, “ca”, rollback, “ba”");
    tell_all(wishes, "ba");
    CHECK(list(wishes.messages()) == "c:a, c:b");
}

TEST_CASE("what is told after a savepoint that is released goes with the one below") {
    Wishes wishes;
    wishes.savepoint();
    tell_all(wishes, "a");
    wishes.savepoint();
    tell_all(wishes, "b");
    wishes.release();
    CHECK(list(wishes.messages()) == "c:a, c:b");
    tell_all(wishes, "b");
    CHECK(list(wishes.messages()) == "c:a, c:b");
    wishes.rollback();
    CHECK(list(wishes.messages()).empty());
    tell_all(wishes, "ba");
    CHECK(list(wishes.messages()) == "c:b, c:a");
}

TEST_CASE("in whatever order, it is as if each savepoint had kept a copy of the list") {
    std::minstd_rand random(4);
    for (int round = 0; round < 300; ++round) {
        Wishes wishes;
        std::vector<Message> expected;
        std::vector<std::vector<Message>> copies;
        std::string story;
        for (int step = 0; step < 12; ++step) {
            const auto what = random() % 8;
            if (what == 0) {
                wishes.savepoint();
                copies.push_back(expected);
                story += "savepoint ";
            } else if (what == 1 && !copies.empty()) {
                wishes.release();
                copies.pop_back();
                story += "release ";
            } else if (what == 2 && !copies.empty()) {
                wishes.rollback();
                expected = copies.back();
                story += "rollback ";
            } else {
                const Message message{"c", {static_cast<char>('a' + random() % 4)}};
                wishes.tell(message);
                if (std::find(expected.begin(), expected.end(), message) == expected.end())
                    expected.push_back(message);
                story += message.payload + " ";
            }
        }
        INFO(story);
        REQUIRE(list(wishes.messages()) == list(expected));
    }
}

TEST_CASE("to tell one more does not mean to look through all") {
    constexpr std::size_t k_messages = 5'000, k_each = 40;
    Wishes wishes;
    comparisons = 0;
    for (std::size_t i = 0; i < k_messages; ++i) wishes.tell({"c", std::to_string(i)});
    INFO(k_messages << " different messages, and more than " << k_each << " comparisons for each of them");
    const bool it_looked_through_all = comparisons > k_messages * k_each;
    CHECK_FALSE(it_looked_through_all);
    CHECK(wishes.messages().size() == k_messages);
}
