#include <fmt/format.h>

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "processes.hpp"
#include "region.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr std::size_t k_bytes = 64 * 1024 * 1024;
constexpr unsigned k_patience = 60;

// Page tables for the whole region, or nearly: the kernel counts in pages.
std::size_t tables_for_it() { return k_bytes / Region::page() * 8 * 9 / 10; }

}  // namespace

TEST_CASE("each fork is a sample, and the median is the middle one") {
    const Watchdog watchdog(k_patience);
    const Region region(Kind::shared, k_bytes);
    const Cost cost = measure(region);
    CHECK(cost.samples.size() == 21);
    REQUIRE_FALSE(cost.samples.empty());
    std::vector<std::int64_t> sorted = cost.samples;
    std::sort(sorted.begin(), sorted.end());
    const bool all_took_time = sorted.front() > 0;
    CHECK(all_took_time);
    const bool it_is_the_middle_one = cost.fork == sorted[sorted.size() / 2];
    CHECK(it_is_the_middle_one);
}

TEST_CASE("afterwards there is no child left") {
    const Watchdog watchdog(k_patience);
    const Region region(Kind::shared, Region::page());
    measure(region);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a child that is born among shared pages has no tables for them, until it uses them") {
    const Watchdog watchdog(k_patience);
    const Cost without = measure(Region(Kind::shared, Region::page()));
    const Cost cost = measure(Region(Kind::shared, k_bytes));
    INFO("the parent has 64 MiB of shared memory in use; the child writes to every page of it");
    const bool few_at_birth = cost.at_birth < without.at_birth + tables_for_it() / 2;
    const bool they_grow_as_it_writes = cost.afterwards >= cost.at_birth + tables_for_it();
    CHECK(few_at_birth);
    CHECK(they_grow_as_it_writes);
}

TEST_CASE("a child that is born among pages of its parent's has tables for them at once") {
    const Watchdog watchdog(k_patience);
    const Cost without = measure(Region(Kind::shared, Region::page()));
    const Cost cost = measure(Region(Kind::of_its_own, k_bytes));
    INFO("the parent has 64 MiB of private memory in use; compared with a parent that has not");
    const bool many_at_birth = cost.at_birth >= without.at_birth + tables_for_it();
    CHECK(many_at_birth);
}

TEST_CASE("what a child writes to is its own, or everybody's") {
    const Watchdog watchdog(k_patience);
    const Region its_own(Kind::of_its_own, k_bytes), shared(Kind::shared, k_bytes);
    INFO("the child writes to every page of 64 MiB");
    const bool all_is_copied = measure(its_own).own >= k_bytes * 9 / 10;
    const bool nothing_is_copied = measure(shared).own < k_bytes / 10;
    CHECK(all_is_copied);
    CHECK(nothing_is_copied);
}

TEST_CASE("two kinds of memory are measured") {
    const Watchdog watchdog(k_patience);
    std::string table = fmt::format("{:12}{:>12}{:>18}{:>18}{:>12}\n", "", "fork, µs", "tables at birth",
                                    "afterwards", "own");
    for (const auto& [name, kind] :
         {std::pair("of its own", Kind::of_its_own), std::pair("shared", Kind::shared)}) {
        const Region region(kind, k_bytes);
        const Cost cost = measure(region);
        table += fmt::format("{:12}{:11.1f}{:14} KiB{:14} KiB{:8} KiB\n", name,
                             static_cast<double>(cost.fork) / 1'000, cost.at_birth / 1024,
                             cost.afterwards / 1024, cost.own / 1024);
    }
    fmt::print("{}", table);
}

TEST_CASE("the answers are written, and do not contradict each other") {
    const Answers answers;
    answers.check_written("02-shared-memory/08-what-sharing-costs");
    for (const char* kind : {"of its own", "shared"}) {
        for (const char* what : {", fork", ", page tables at birth", ", page tables afterwards"})
            answers.number(std::string(kind) + what);
    }
    {
        INFO(
            "answers.md: by your numbers a child has more page tables at birth when the memory is shared. "
            "Are the lines in the "
            "right order?");
        const bool the_copied_tables_are_larger = answers.number("of its own, page tables at birth") >
                                                  answers.number("shared, page tables at birth");
        CHECK(the_copied_tables_are_larger);
    }
    {
        INFO(
            "answers.md: by your numbers a child that has written to every shared page needs no more tables "
            "than before");
        const bool they_grow =
            answers.number("shared, page tables afterwards") > answers.number("shared, page tables at birth");
        CHECK(they_grow);
    }
    {
        INFO("answers.md: by your numbers the fork that copies more takes less time");
        const bool copying_takes_time = answers.number("of its own, fork") > answers.number("shared, fork");
        CHECK(copying_takes_time);
    }
    answers.check_texts(3);
}
