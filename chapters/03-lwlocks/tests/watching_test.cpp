// Names of locks, what they count, and orders that may end in a deadlock.
#include "base/clock.hpp"
#include "base/error.hpp"
#include "chapters/03-lwlocks/tests/company.hpp"
#include "lwlocks/tranches.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

constexpr LWLockMode k_exclusive = LWLockMode::exclusive, k_shared = LWLockMode::shared;

// The error of a call, or null.
std::optional<Error> error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    return {};
}

}  // namespace

TEST_CASE("locks that were asked for are there for every process, under their name") {
    Company company;
    const std::span<LWLockPadded> locks = requested_lw_locks("Test");
    REQUIRE(locks.size() == k_test_locks);
    for (std::size_t i = 0; i < locks.size(); ++i) {
        CHECK(tranche_name(locks[i].lock.tranche()) == "Test");
        CHECK(locks[i].lock.number() == i);
    }
    const LWLockRow row = lw_lock_row(locks[0].lock.tranche());
    CHECK(row.first == &locks[0].lock);
    CHECK(row.count == k_test_locks);
    CHECK(row.stride == sizeof(LWLockPadded));
}

TEST_CASE("what cannot be had is refused with a reason") {
    Company company;
    const std::string too_long(k_longest_tranche_name + 1, 'x');
    auto error = error_of([] { request_lw_locks("Late", 1); });
    REQUIRE(error);
    CHECK(error->code() == sqlstate::object_not_in_prerequisite_state);
    error = error_of([] { requested_lw_locks("Never asked for"); });
    REQUIRE(error);
    CHECK(error->code() == sqlstate::undefined_object);
    CHECK(std::string(error->what()) == "requested tranche \"Never asked for\" is not registered");
    error = error_of([&] { define_tranche(too_long); });
    REQUIRE(error);
    CHECK(error->code() == sqlstate::name_too_long);
    error = error_of([] {
        for (std::uint32_t i = 0; i <= k_most_tranches; ++i) define_tranche("T" + std::to_string(i));
    });
    REQUIRE(error);
    CHECK(error->code() == sqlstate::program_limit_exceeded);
    CHECK(tranche_count() == k_most_tranches);
}

TEST_CASE("a tranche that one process names is known to all, by one number") {
    Company company;
    Board& board = company.board();
    company.start([&] { board.counters[0] = define_tranche("Newly named"); });
    CHECK(company.all_well());
    const auto id = static_cast<TrancheId>(board.counters[0].load());
    CHECK(tranche_name(id) == "Newly named");
    CHECK(define_tranche("Newly named") == id);
    CHECK(define_tranche("Another") != id);
    CHECK(tranche_name(k_no_tranche) == "extension");
    CHECK(tranche_name(9999) == "extension");
}

TEST_CASE("a lock counts what happens to it, when it is asked to") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    lock.release();
    CHECK(lock.counts().exclusive == 0);
    detail::counting_lw_locks = true;
    for (int i = 0; i < 3; ++i) {
        lock.acquire(k_shared);
        lock.release();
    }
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] { const LWLockGuard guard(lock, k_shared); });
    Company::until_asleep(waiting);
    for (const std::int64_t begun = monotonic_us(); monotonic_us() - begun < 5'000;) short_sleep();
    lock.release();
    CHECK(company.all_well());
    detail::counting_lw_locks = false;
    CHECK(lock.counts().shared == 4);
    CHECK(lock.counts().exclusive == 1);
    CHECK(lock.counts().waits == 1);
    CHECK(lock.counts().wait_us >= 5'000);
}

#ifndef NDEBUG
namespace {
// Each on a line of its own, which the error shall name.
void first_then_second(LWLock& first, LWLock& second) {
    const LWLockGuard one(first, k_exclusive);
    const LWLockGuard two(second, k_exclusive);
}
}  // namespace

TEST_CASE("an order that goes round in a circle is found though nobody waits, and all its lines are named") {
    Company company;
    LWLock &a = company.lock(0), &b = company.lock(1), &c = company.lock(2);
    // Two processes, one after the other: nobody is in anybody's way.
    company.start([&] { first_then_second(a, b); });
    CHECK(company.all_well());
    company.start([&] { first_then_second(b, c); });
    CHECK(company.all_well());
    const auto error = error_of([&] { first_then_second(c, a); });
    REQUIRE(error);
    CHECK(std::string(error->what()) ==
          "locks Test 2 and Test 0 are taken in both orders, which may end in a deadlock");
    INFO(error->report().detail);
    for (const char* part : {"Test 2 was taken at first_then_second, watching_test.cpp:",
                             "and Test 0 is wanted at first_then_second", "Elsewhere Test 0 was taken at",
                             "and then Test 1 at", "Elsewhere Test 1 was taken at", "and then Test 2 at"})
        CHECK(error->report().detail.find(part) != std::string::npos);
    CHECK_FALSE(any_lw_lock_held());
    CHECK(detail::interrupts_held == 0);
    first_then_second(a, c);  // what fits the order may still be done
}

TEST_CASE("who only waits for a lock waits for its holder all the same") {
    Company company;
    LWLock &a = company.lock(0), &b = company.lock(1);
    first_then_second(a, b);
    const LWLockGuard guard(b, k_exclusive);
    std::uint64_t now = 0;
    const auto by_waiting = error_of([&] { a.acquire_or_wait(k_exclusive); }),
               for_variable = error_of([&] { a.wait_for_var(company.board().variable, 0, now); });
    REQUIRE(by_waiting);
    REQUIRE(for_variable);
    for (const auto& error : {*by_waiting, *for_variable})
        CHECK(std::string(error.what()) ==
              "locks Test 1 and Test 0 are taken in both orders, which may end in a deadlock");
    CHECK(detail::interrupts_held == 1);
}

TEST_CASE("of locks that come and go no order is learnt") {
    Company company;
    LWLock& stays = company.lock();
    LWLock here, there;  // as in a dynamic segment, where the next one may lie tomorrow
    const auto both_ways = [](LWLock& first, LWLock& second) {
        first_then_second(first, second);
        first_then_second(second, first);
    };
    CHECK_FALSE(error_of([&] { both_ways(here, there); }));
    CHECK_FALSE(error_of([&] { both_ways(here, stays); }));
}

TEST_CASE("who takes one lock twice is told where") {
    Company company;
    LWLock& lock = company.lock();
    const auto error = error_of([&] { first_then_second(lock, lock); });
    REQUIRE(error);
    INFO(error->report().detail);
    CHECK(error->report().detail.find("It was taken at first_then_second, watching_test.cpp:") == 0);
}
#endif
