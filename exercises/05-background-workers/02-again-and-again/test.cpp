#include <fmt/format.h>

#include <string>

#include "background_workers/restart_policy.hpp"
#include "tests/catch.hpp"

using forklore::RestartPolicy;
using Duration = RestartPolicy::Duration;
using namespace std::chrono_literals;

namespace {

std::string spell(Duration duration) {
    if (duration == 0s) return "not at all";
    if (duration % 1s == 0s) return fmt::format("{} s", duration / 1s);
    return fmt::format("{} ms", duration / 1ms);
}

// One worker, and what has happened to it.
class Worker {
public:
    // It starts, lives so long and fails. Returns how long it rests then.
    std::string fails(Duration lived, Duration asked = 0s) {
        const std::string rest = spell(policy_.failed(lived, asked));
        said_ += fmt::format("\n  it lives for {} and asks for {}: it rests {}",
                             lived == 0s ? "a moment" : spell(lived), asked == 0s ? "no rest" : spell(asked),
                             rest);
        return rest;
    }
    int failures() const { return policy_.failures(); }
    std::string story() const { return "a worker that fails" + said_; }

private:
    RestartPolicy policy_;
    std::string said_;
};

}  // namespace

TEST_CASE("the first rest is what was asked for") {
    CHECK(Worker().fails(0s, 5s) == "5 s");
    CHECK(Worker().fails(0s, 24h) == "86400 s");
    CHECK(Worker().fails(0s) == "not at all");
    CHECK(Worker().fails(1h) == "not at all");
}

TEST_CASE("who wants no rest gets one all the same, and each is twice as long as the one before") {
    Worker worker;
    worker.fails(0s);
    for (const char* rest : {"100 ms", "200 ms", "400 ms", "800 ms", "1600 ms", "3200 ms"}) {
        const std::string rests = worker.fails(5ms);
        INFO(worker.story());
        REQUIRE(rests == rest);
    }
    CHECK(worker.failures() == 7);
}

TEST_CASE("no rest grows beyond a minute, however often the worker fails") {
    Worker worker;
    for (int i = 0; i < 10; ++i) worker.fails(0s);
    const std::string rests = worker.fails(0s);
    INFO(worker.story());
    REQUIRE(rests == "51200 ms");
    for (int i = 0; i < 1000; ++i) REQUIRE(worker.fails(0s) == "60 s");
    CHECK(worker.failures() == 1011);
}

TEST_CASE("what was asked for is doubled, too") {
    Worker worker;
    for (const char* rest : {"7 s", "14 s", "28 s", "56 s", "60 s", "60 s"}) {
        const std::string rests = worker.fails(0s, 7s);
        INFO(worker.story());
        REQUIRE(rests == rest);
    }
}

TEST_CASE("nobody rests for less than it has asked for") {
    Worker worker;
    worker.fails(0s, 7s);
    for (const auto& [asked, rest] :
         {std::pair(30s, "30 s"), std::pair(3600s, "3600 s"), std::pair(3600s, "3600 s")}) {
        const std::string rests = worker.fails(0s, asked);
        INFO(worker.story());
        REQUIRE(rests == rest);
    }
}

TEST_CASE("a series goes on, whatever the worker asks for meanwhile") {
    Worker worker;
    worker.fails(0s, 7s);
    const std::string rests = worker.fails(0s);
    INFO(worker.story());
    CHECK(rests == "14 s");
    CHECK(worker.failures() == 2);
}

TEST_CASE("who has lived for a while begins anew") {
    Worker worker;
    for (int i = 0; i < 4; ++i) worker.fails(0s);
    worker.fails(999ms);
    CHECK(worker.failures() == 5);
    const std::string rests = worker.fails(1600ms);
    INFO(worker.story());
    CHECK(rests == "not at all");
    CHECK(worker.failures() == 1);
    CHECK(worker.fails(999ms) == "100 ms");
    CHECK(worker.fails(1s) == "not at all");
}

TEST_CASE("after a long rest a short life proves nothing") {
    Worker worker;
    for (int i = 0; i < 9; ++i) worker.fails(0s);
    std::string rests = worker.fails(10s);
    INFO(worker.story());
    REQUIRE(rests == "25600 ms");
    rests = worker.fails(25s);
    REQUIRE(rests == "51200 ms");
    rests = worker.fails(51200ms);
    CHECK(rests == "not at all");
}

TEST_CASE("two workers do not know of each other") {
    Worker a, b;
    for (int i = 0; i < 5; ++i) a.fails(0s);
    const std::string rests = b.fails(0s, 5s);
    INFO(b.story());
    CHECK(rests == "5 s");
    CHECK(a.fails(0s) == "1600 ms");
}

TEST_CASE("a day with a worker that fails") {
    std::string table = fmt::format("{:>12}{:>20}{:>12}\n", "it lives for", "starts in a day", "it runs");
    for (const Duration lives : {Duration(5ms), Duration(900ms), Duration(2s), Duration(1min)}) {
        RestartPolicy policy;
        int starts = 0;
        Duration clock{0}, runs{0};
        for (; clock < 24h && starts < 1'000'000; ++starts) {
            runs += lives;
            clock += lives + policy.failed(lives, 0s);
        }
        table += fmt::format("{:>12}{:20}{:10.1f} %\n", spell(lives), starts,
                             100.0 * (runs / 1ms) / (clock / 1ms));
        INFO("a worker that lives for " << spell(lives)
                                        << " and fails, for a day; a million starts are the end");
        const bool it_does_not_keep_the_server_busy = starts < 100'000;
        CHECK(it_does_not_keep_the_server_busy);
    }
    fmt::print("{}", table);
}
