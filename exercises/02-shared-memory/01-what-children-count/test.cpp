#include <deque>

#include "processes.hpp"
#include "tally.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

TEST_CASE("a new tally is zero everywhere") {
    Tally tally(1'000);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < 1'000; ++i) sum += tally.value(i);
    CHECK(sum == 0);
}

TEST_CASE("a process counts for itself, and each counter alone") {
    Tally tally(3);
    tally.add(0, 1);
    tally.add(2, 40);
    tally.add(2, 2);
    CHECK(tally.value(0) == 1);
    CHECK(tally.value(1) == 0);
    CHECK(tally.value(2) == 42);
}

TEST_CASE("what a child counts its parent sees") {
    const Watchdog watchdog;
    Tally tally(1'000);
    Child child([&] {
        tally.add(0, 5);
        tally.add(999, 7);
    });
    child.join();
    INFO("the child added 5 to the first counter and 7 to the last, and ended");
    CHECK(tally.value(0) == 5);
    CHECK(tally.value(999) == 7);
}

TEST_CASE("what the parent counts after the fork a child sees, and so does its sister") {
    const Watchdog watchdog;
    Tally tally(1);
    const Pipe go;
    const auto looks = [&] {
        get_byte(go.read_end.get());
        if (tally.value(0) != 3)
            throw std::runtime_error("a child that was born before the count does not see it");
    };
    Child first(looks);
    Child second(looks);
    tally.add(0, 3);
    put_byte(go.write_end.get());
    put_byte(go.write_end.get());
    first.join();
    second.join();
}

TEST_CASE("what a child has counted stays when the child is killed") {
    const Watchdog watchdog;
    Tally tally(1);
    const Pipe counted;
    const Child child([&] {
        tally.add(0, 1);
        put_byte(counted.write_end.get());
        ::pause();
    });
    get_byte(counted.read_end.get());
    ::kill(child.pid(), SIGKILL);
    wait_for_end(child.pid());
    CHECK(tally.value(0) == 1);
}

TEST_CASE("four that count at once lose nothing") {
    const Watchdog watchdog(60);
    constexpr std::uint64_t k_each = 5'000'000;
    Tally tally(1);
    const Pipe go;
    std::deque<Child> children;
    for (int i = 0; i < 4; ++i) {
        children.emplace_back([&] {
            get_byte(go.read_end.get());
            for (std::uint64_t n = 0; n < k_each; ++n) tally.add(0, 1);
        });
    }
    for (int i = 0; i < 4; ++i) put_byte(go.write_end.get());
    for (Child& child : children) child.join();
    INFO(
        "four children added 1 to the same counter, 5 million times each; the counter should say 20 million");
    const bool nothing_is_lost = tally.value(0) == 4 * k_each;
    CHECK(nothing_is_lost);
}
