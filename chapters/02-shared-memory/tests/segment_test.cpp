// The segment: two phases, structures by name, and processes that find the same one.
#include "shared_memory/segment.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sys/mman.h>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "tests/shared_memory_rig.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using forklore::testing::ChildProcess;
using forklore::testing::define_small_server;
using forklore::testing::in_child;
using forklore::testing::quit_with_3;
using forklore::testing::until_asleep_in_kernel;

namespace {

struct Counter {
    using Shareable = void;
    explicit Counter(int start = 0) : value(start) {}
    std::atomic<int> value;
};

struct Tally {
    using Shareable = void;
    std::atomic<int> made, asked;
    std::atomic<bool> go_on;
};

/// Is not made until it is told to go on.
struct Slow {
    using Shareable = void;
    explicit Slow(Tally& t) : value(0) {
        ++t.made;
        while (!t.go_on) sched_yield();
        value = 7;
    }
    std::atomic<int> value;
};

struct Fussy {
    using Shareable = void;
    explicit Fussy(bool fails) {
        if (fails) throw Error(sqlstate::internal_error, "not today");
    }
    int value = 9;
};

template <typename F>
Report error_of(F f) {
    try {
        f();
    } catch (const Error& error) {
        return error.report();
    }
    FAIL("no error");
    return {};
}

}  // namespace

TEST_CASE("a structure is made by the first who asks and found by the others") {
    Segment segment;
    segment.request("counter", sizeof(Counter));
    segment.create();
    CHECK(in_child([&] { segment.find_or_create<Counter>("counter", 40).value += 2; }) == 0);
    CHECK(segment.find_or_create<Counter>("counter", 100).value == 42);
}

TEST_CASE("of many processes that ask at once, one initialises") {
    Segment segment;
    segment.request("tally", sizeof(Tally));
    segment.request("late", sizeof(Counter));
    segment.create();
    auto& tally = segment.find_or_create<Tally>("tally");
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int i = 0; i < 8; ++i) {
        children.push_back(std::make_unique<ChildProcess>([&] {
            const auto& late = segment.find_or_create<Slow>("late", tally);
            CHILD_CHECK(late.value == 7);  // whole, whoever made it
            ++tally.asked;
        }));
        // The first one makes it, and the others come while it is being made.
        while (tally.made == 0) sched_yield();
        if (i > 0) until_asleep_in_kernel(children.back()->pid());
    }
    tally.go_on = true;
    for (auto& child : children) CHECK(child->wait() == 0);
    CHECK(tally.made == 1);
    CHECK(tally.asked == 8);
}

TEST_CASE("a server that goes down at once takes along who waits for the directory") {
    Segment segment;
    segment.create();
    auto& tally = segment.find_or_create<Tally>("tally");
    const ChildProcess holder([&] { segment.find_or_create<Slow>("never made", tally); });
    while (tally.made == 0) sched_yield();
    for (const bool asks : {true, false}) {
        ChildProcess waiting([&] {
            quit_with_3();
            if (asks) segment.find_or_create<Counter>("counter");
            segment.structures();
        });
        until_asleep_in_kernel(waiting.pid());
        kill(waiting.pid(), SIGQUIT);
        CHECK(waiting.wait() == 3);
    }
}

TEST_CASE("the address is the same in every process") {
    Segment segment;
    segment.create();
    auto* numbers = segment.find_or_create_array<int>("numbers", 1000);
    CHECK(reinterpret_cast<std::uintptr_t>(numbers) % k_shared_alignment == 0);
    CHECK(numbers[999] == 0);
    CHECK(in_child([&] {
              auto* mine = segment.find_or_create_array<int>("numbers", 1000);
              CHILD_CHECK(mine == numbers);
              mine[999] = 5;
          }) == 0);
    CHECK(numbers[999] == 5);
}

TEST_CASE("pages that nobody writes to are never there") {
    constexpr std::size_t k_many = 64 << 20;
    Segment segment;
    segment.request("room", k_many);
    segment.create();
    auto* room = segment.find_or_create_array<char>("room", k_many);
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    auto* first = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(room) / page + 1) * page);
    std::vector<unsigned char> there(k_many / page - 2);
    REQUIRE(mincore(first, there.size() * page, there.data()) == 0);
    CHECK(std::count_if(there.begin(), there.end(), [](unsigned char c) { return (c & 1) != 0; }) == 0);
}

TEST_CASE("each structure begins on a boundary of its own") {
    Segment segment;
    segment.create();
    const auto* a = segment.find_or_create_array<char>("a", 1);
    const auto* b = segment.find_or_create_array<char>("b", 1);
    CHECK(reinterpret_cast<std::uintptr_t>(a) % k_shared_alignment == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(b) % k_shared_alignment == 0);
    CHECK(a != b);
}

TEST_CASE("the same name with another size is refused, and what is there stays") {
    Segment segment;
    segment.create();
    segment.find_or_create_array<int>("numbers", 10)[0] = 3;
    const Report report = error_of([&] { segment.find_or_create_array<int>("numbers", 11); });
    CHECK(std::string(report.code.text()) == "XX000");
    CHECK(report.message == "shared memory structure \"numbers\" has another size: 40 bytes, not 44");
    CHECK(segment.find_or_create_array<int>("numbers", 10)[0] == 3);
}

TEST_CASE("a request with another size is refused") {
    Segment segment;
    segment.request("numbers", 40);
    segment.request("numbers", 40);
    CHECK(error_of([&] { segment.request("numbers", 44); }).message ==
          "shared memory structure \"numbers\" is requested with two sizes: 40 and 44");
}

TEST_CASE("a request that comes late is refused") {
    Segment segment;
    segment.create();
    const Report report = error_of([&] { segment.request("numbers", 40); });
    CHECK(std::string(report.code.text()) == "55000");
    CHECK(report.message == "cannot request additional shared memory for \"numbers\" now");
}

TEST_CASE("a structure before the segment is refused") {
    Segment segment;
    CHECK(std::string(error_of([&] { segment.find_or_create<Counter>("counter"); }).code.text()) == "55000");
}

TEST_CASE("a structure that does not fit is out of shared memory, and the next one that does is made") {
    Segment segment;
    segment.create();
    const Report report = error_of([&] { segment.find_or_create_array<char>("whale", 1 << 30); });
    CHECK(std::string(report.code.text()) == "53200");
    CHECK(report.message == "out of shared memory");
    CHECK(report.detail == "Failed on shared memory structure \"whale\" of 1073741824 bytes.");
    CHECK_NOTHROW(segment.find_or_create_array<char>("shrimp", 1000));
}

TEST_CASE("all that was requested fits") {
    Segment segment;
    for (int i = 0; i < 500; ++i) segment.request(fmt::format("part {}", i), static_cast<std::size_t>(1 + i * 37));
    segment.create();
    for (int i = 0; i < 500; ++i)
        CHECK_NOTHROW(segment.find_or_create_array<char>(fmt::format("part {}", i), static_cast<std::size_t>(1 + i * 37)));
}

TEST_CASE("a structure whose constructor throws does not exist") {
    Segment segment;
    segment.create();
    CHECK(error_of([&] { segment.find_or_create<Fussy>("fussy", true); }).message == "not today");
    CHECK(segment.find_or_create<Fussy>("fussy", false).value == 9);
}

TEST_CASE("a segment that is made again is empty") {
    Segment segment;
    segment.request("counter", sizeof(Counter));
    segment.create();
    segment.find_or_create<Counter>("counter", 1);
    segment.create();
    CHECK(segment.structures().empty());
    CHECK(segment.find_or_create<Counter>("counter", 2).value == 2);
}

TEST_CASE("structures are listed with their places") {
    Segment segment;
    segment.create();
    const auto* a = segment.find_or_create_array<char>("a", 100);
    const auto* b = segment.find_or_create_array<char>("b", 1000);
    const std::vector<SharedStructure> all = segment.structures();
    REQUIRE(all.size() == 2);
    const SharedStructure &first = all[0].name == "a" ? all[0] : all[1], &second = all[0].name == "a" ? all[1] : all[0];
    CHECK(first.size == 100);
    CHECK(first.allocated == 128);
    CHECK(second.size == 1000);
    CHECK(second.allocated == 1024);
    CHECK(b - a == static_cast<std::ptrdiff_t>(second.offset) - static_cast<std::ptrdiff_t>(first.offset));
    CHECK(first.allocated + second.allocated + segment.free_bytes() + segment.directory_bytes() == segment.size());
}

TEST_CASE("a segment too large for the machine is refused with its size") {
    Segment segment;
    segment.request("whale", std::size_t{1} << 46);
    const Report report = error_of([&] { segment.create(); });
    CHECK(report.severity == Severity::fatal);
    CHECK(std::string(report.code.text()) == "53200");
    CHECK(report.message == "could not map anonymous shared memory: Cannot allocate memory");
    CHECK(report.hint.find("70368744") != std::string::npos);
    CHECK_FALSE(segment.exists());
}

TEST_CASE("requests whose sum overflows are refused") {
    // Too large at once, by rounding up, by what each structure costs, and by rounding the sum up to pages.
    for (const std::size_t bytes : {~std::size_t{0}, ~std::size_t{0} - 100, ~std::size_t{0} - 1000, ~std::size_t{0} - 100 * 1024 - 2000}) {
        Segment segment;
        segment.request("whale", bytes);
        CHECK(std::string(error_of([&] { segment.create(); }).code.text()) == "54000");
    }
}

TEST_CASE("an array whose size overflows is refused") {
    Segment segment;
    constexpr std::size_t k_too_many = (~std::size_t{0}) / sizeof(int) + 2;  // four bytes, if one does not look
    CHECK(std::string(error_of([&] { segment.request_array<int>("numbers", k_too_many); }).code.text()) == "54000");
    segment.create();
    CHECK(std::string(error_of([&] { segment.find_or_create_array<int>("numbers", k_too_many); }).code.text()) == "54000");
}

TEST_CASE("huge pages: on must have them, try does without") {
    if (huge_page_bytes() == 0) return;
    define_small_server();
    sys::plan_fault(sys::Call::mmap, ENOMEM);
    Segment tries;
    tries.create();
    CHECK_FALSE(tries.in_huge_pages());
    settings().set("huge_pages", "on", SettingSource::command_line);
    sys::plan_fault(sys::Call::mmap, ENOMEM);
    Segment insists;
    CHECK(error_of([&] { insists.create(); }).message == "could not map anonymous shared memory: Cannot allocate memory");
    settings().set("huge_pages", "off", SettingSource::command_line);
    sys::clear_faults();
}

TEST_CASE("a new array is all zeros, whatever lay around it") {
    define_small_server();
    Segment segment;
    for (std::size_t bytes = 1; bytes < 100'000; bytes = bytes * 5 / 4 + 1) segment.request_array<char>("Array of " + std::to_string(bytes), bytes);
    segment.create();
    for (std::size_t bytes = 1; bytes < 100'000; bytes = bytes * 5 / 4 + 1) {
        const char* made = segment.find_or_create_array<char>("Array of " + std::to_string(bytes), bytes);
        CHECK(std::count(made, made + bytes, '\0') == static_cast<std::ptrdiff_t>(bytes));
    }
}
