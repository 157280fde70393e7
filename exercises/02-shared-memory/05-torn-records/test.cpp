#include <memory>
#include <sstream>
#include <string>

#include "processes.hpp"
#include "record.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr Activity k_old{11, 12, 13, 14}, k_new{21, 22, 23, 24}, k_newest{31, 32, 33, 34};

std::string words(const std::optional<Activity>& activity) {
    if (!activity) return "nothing";
    std::ostringstream text;
    for (const std::uint64_t word : *activity) text << (text.tellp() > 0 ? " " : "") << word;
    return text.str();
}

bool whole(const std::optional<Activity>& activity) {
    return activity == k_old || activity == k_new || activity == k_newest;
}

// Sees to it that something happens before the accesses of a process, one after the other.
class Meanwhile {
public:
    // `what` gets the number of the access that comes next, from 0. It may use the words itself.
    explicit Meanwhile(std::function<void(int)> what) : what_(std::move(what)) {
        between_accesses = [this] {
            if (inside_) return;
            inside_ = true;
            const std::unique_ptr<bool, void (*)(bool*)> leave(&inside_,
                                                               [](bool* inside) { *inside = false; });
            what_(accesses_++);
        };
    }
    ~Meanwhile() { between_accesses = nullptr; }
    Meanwhile(const Meanwhile&) = delete;
    Meanwhile& operator=(const Meanwhile&) = delete;

private:
    std::function<void(int)> what_;
    int accesses_ = 0;
    bool inside_ = false;
};

}  // namespace

TEST_CASE("what was written is read") {
    Record record;
    record.write(k_old);
    CHECK(words(record.read()) == words(k_old));
    record.write(k_new);
    CHECK(words(record.read()) == words(k_new));
}

TEST_CASE("the writer writes while somebody reads") {
    const Watchdog watchdog;
    for (int moment = 0; moment < 40; ++moment) {
        Record record;
        record.write(k_old);
        const Meanwhile writer([&](int access) {
            if (access == moment) record.write(k_new);
        });
        const std::optional<Activity> seen = record.read();
        INFO("the record says 11 12 13 14; before access number "
             << moment << " of the reader somebody writes 21 22 23 24");
        INFO("the reader sees " << words(seen));
        const bool one_or_the_other = whole(seen);
        REQUIRE(one_or_the_other);
    }
}

TEST_CASE("the writer writes twice while somebody reads") {
    const Watchdog watchdog;
    for (int first = 0; first < 20; ++first) {
        for (int second = first; second < 20; ++second) {
            Record record;
            record.write(k_old);
            const Meanwhile writer([&](int access) {
                if (access == first) record.write(k_new);
                if (access == second) record.write(k_newest);
            });
            const std::optional<Activity> seen = record.read();
            INFO("the record is written before accesses " << first << " and " << second << " of the reader");
            INFO("the reader sees " << words(seen));
            const bool one_of_the_three = whole(seen);
            REQUIRE(one_of_the_three);
        }
    }
}

TEST_CASE("somebody reads while the writer writes") {
    const Watchdog watchdog;
    Record record;
    record.write(k_old);
    INFO(
        "the record says 11 12 13 14, and 21 22 23 24 is being written; somebody reads before each access of "
        "the writer");
    std::string torn;
    int looked = 0;
    {
        const Meanwhile reader([&](int access) {
            const std::optional<Activity> seen = record.read();
            ++looked;
            if (seen && !whole(seen) && torn.empty())
                torn = "before access number " + std::to_string(access) + " of the writer a reader sees " +
                       words(seen);
        });
        record.write(k_new);
    }
    INFO(torn);
    CHECK(torn.empty());
    CHECK(looked >= 4);
}

TEST_CASE("the writer writes without end: the reader gives up") {
    const Watchdog watchdog;
    Record record;
    record.write(k_old);
    const Meanwhile writer([&](int access) { record.write(access % 2 == 0 ? k_new : k_old); });
    const std::optional<Activity> seen = record.read();
    INFO("somebody writes before each access of the reader, who sees " << words(seen));
    CHECK_FALSE(seen.has_value());
}

TEST_CASE("the writer dies in the middle: the reader gives up") {
    const Watchdog watchdog;
    struct Died {};
    int steps = 0;
    {
        Record record;
        const Meanwhile count([&](int) { ++steps; });
        record.write(k_old);
    }
    for (int moment = 0; moment < steps; ++moment) {
        Record record;
        record.write(k_old);
        try {
            const Meanwhile death([&](int access) {
                if (access == moment) throw Died();
            });
            record.write(k_new);
        } catch (const Died&) {
        }
        INFO("the writer was killed before access number " << moment << " of its write; somebody reads");
        const std::optional<Activity> seen = record.read();
        const bool the_old_one_or_nothing = !seen || seen == k_old;
        REQUIRE(the_old_one_or_nothing);
    }
}
