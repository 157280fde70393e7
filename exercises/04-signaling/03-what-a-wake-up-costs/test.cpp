#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "answers.hpp"
#include "tests/catch.hpp"
#include "ways.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 30;

// All four, each with its name.
std::vector<std::pair<std::string, std::unique_ptr<Way>>> all_ways() {
    std::vector<std::pair<std::string, std::unique_ptr<Way>>> ways;
    ways.emplace_back("pipe", std::make_unique<PipeWay>());
    ways.emplace_back("eventfd", std::make_unique<EventfdWay>());
    ways.emplace_back("signal", std::make_unique<SignalWay>());
    ways.emplace_back("latch", std::make_unique<LatchWay>());
    return ways;
}

}  // namespace

TEST_CASE("each round trip is a sample, and the median is the middle one") {
    const Watchdog watchdog(k_patience);
    EventfdWay way;
    const Cost cost = measure(way);
    CHECK(cost.samples.size() == 2'000);
    REQUIRE_FALSE(cost.samples.empty());
    std::vector<std::int64_t> sorted = cost.samples;
    std::sort(sorted.begin(), sorted.end());
    const bool all_took_time = sorted.front() > 0 && cost.awake > 0;
    CHECK(all_took_time);
    const bool it_is_the_middle_one =
        cost.round_trip == sorted[sorted.size() / 2] || cost.round_trip == sorted[(sorted.size() - 1) / 2];
    CHECK(it_is_the_middle_one);
}

TEST_CASE("afterwards there is no child left") {
    const Watchdog watchdog(k_patience);
    PipeWay way;
    measure(way);
    const bool there_is_a_child = ::waitpid(-1, nullptr, WNOHANG) != -1;
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    CHECK_FALSE(there_is_a_child);
}

TEST_CASE("two processes that share a processor sleep, in each round trip") {
    const Watchdog watchdog(k_patience);
    for (auto& [name, way] : all_ways()) {
        const Cost cost = measure(*way);
        // When the kernel lets the one that is woken run at once, the other one need not sleep; but one of them does.
        INFO(name << ": 2000 round trips, in which the two went to sleep a thousand times or more");
        const bool somebody_slept = cost.sleeps >= k_round_trips / 2;
        CHECK(somebody_slept);
    }
}

TEST_CASE("four ways are measured") {
    const Watchdog watchdog(k_patience);
    std::string table = fmt::format("{:10}{:>15}{:>8}{:>12}\n", "", "round trip, µs", "sleeps", "awake, ns");
    for (auto& [name, way] : all_ways()) {
        const Cost cost = measure(*way);
        table +=
            fmt::format("{:10}{:14.1f}{:8.1f}{:12}\n", name, static_cast<double>(cost.round_trip) / 1'000,
                        static_cast<double>(cost.sleeps) / k_round_trips, cost.awake);
    }
    fmt::print("{}", table);
}

TEST_CASE("the answers are written, and do not contradict each other") {
    const Answers answers;
    answers.check_written("04-signaling/03-what-a-wake-up-costs");
    for (const char* way : {"pipe", "eventfd", "signal", "latch"}) {
        answers.number(std::string(way) + ", round trip");
        answers.number(std::string(way) + ", awake");
    }
    for (const char* way : {"pipe", "eventfd", "signal", "latch"}) {
        INFO("answers.md: by your numbers the "
             << way
             << " costs less when somebody sleeps than when nobody does. Are the lines in the right order?");
        const double asleep = answers.number(std::string(way) + ", round trip") * 1'000;
        const bool sleeping_costs_something = asleep > answers.number(std::string(way) + ", awake");
        CHECK(sleeping_costs_something);
    }
    for (const char* way : {"pipe", "eventfd", "signal"}) {
        INFO("answers.md: by your numbers to set a latch whose owner is awake costs as much as the "
             << way << ", which is a system call");
        const bool an_instruction_is_cheaper =
            answers.number("latch, awake") < answers.number(std::string(way) + ", awake");
        CHECK(an_instruction_is_cheaper);
    }
    answers.check_texts(3);
}
