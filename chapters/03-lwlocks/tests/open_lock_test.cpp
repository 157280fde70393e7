// Open locks: shared by signing in, closed by who wants them alone.
#include <sys/mman.h>

#include <csignal>
#include <random>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "chapters/03-lwlocks/tests/company.hpp"
#include "lwlocks/sign_in.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

constexpr LWLockMode k_exclusive = LWLockMode::exclusive, k_shared = LWLockMode::shared;

bool is_open(const LWLock& lock) { return (lock.state_bits() & LockWord::k_open) != 0; }

// Shares a lock so often that it becomes an open one. False where the kernel cannot do what that takes.
bool open(LWLock& lock) {
    for (std::uint32_t i = 0; i < k_shared_until_open + 1; ++i) {
        lock.acquire(k_shared);
        lock.release();
    }
    return is_open(lock);
}

}  // namespace

TEST_CASE("a lock that is always shared is opened, and sharing it then changes nothing in it") {
    Company company;
    LWLock& lock = company.lock();
    if (!detail::join_barrier()) return;
    REQUIRE(open(lock));
    const std::uint32_t bits = lock.state_bits();
    CHECK(lock.acquire(k_shared));
    CHECK(lock.held_by_me(k_shared));
    CHECK(lock.state_bits() == bits);
    lock.release();
    CHECK(lock.conditional_acquire(k_shared));
    CHECK(lock.state_bits() == bits);
    lock.release();
}

TEST_CASE("one exclusive holder in between, and the count begins anew") {
    Company company;
    LWLock& lock = company.lock();
    for (int round = 0; round < 4; ++round) {
        for (std::uint32_t i = 0; i < k_shared_until_open / 2; ++i) {
            const LWLockGuard guard(lock, k_shared);
        }
        CHECK_FALSE(is_open(lock));
        const LWLockGuard guard(lock, k_exclusive);
    }
}

TEST_CASE("an open lock is closed by who wants it alone, after the last one who signed in has left") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    if (!open(lock)) return;
    for (int i = 0; i < 3; ++i) {
        company.start([&, i] {
            lock.acquire(k_shared);
            board.counters[0].fetch_add(1);
            Company::until(board.step, i + 1);
            board.counters[0].fetch_sub(1);
            lock.release();
        });
    }
    Company::until(board.counters[0], 3);
    const SlotNumber closer = company.start([&] {
        lock.acquire(k_exclusive);
        CHILD_CHECK(board.counters[0] == 0);
        lock.release();
    });
    Company::until_asleep(closer);
    CHECK_FALSE(is_open(lock));
    // It waits for the others one by one, and nobody new comes in.
    CHECK_FALSE(lock.conditional_acquire(k_shared));
    for (int i = 1; i <= 3; ++i) {
        board.step = i;
        while (board.counters[0] != 3 - i) short_sleep();
    }
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("an open lock in which somebody is cannot be taken alone at once, and stays open") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    if (!open(lock)) return;
    company.start([&] {
        const LWLockGuard guard(lock, k_shared);
        board.counters[0] = 1;
        Company::until(board.step, 1);
    });
    Company::until(board.counters[0], 1);
    CHECK_FALSE(lock.conditional_acquire(k_exclusive));
    CHECK(is_open(lock));
    CHECK_FALSE(
        lock.conditional_acquire(k_exclusive));  // the first attempt has not made it forget who is inside
    board.step = 1;
    CHECK(company.all_well());
    CHECK(lock.conditional_acquire(k_exclusive));
    CHECK_FALSE(is_open(lock));
    lock.release();
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("who leaves between the closer's look and its sleep is not missed") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    if (!open(lock)) return;
    company.start([&] {
        lock.acquire(k_shared);
        board->counters[0] = 1;
        Company::until(board->step, 1);
        lock.release();
        board->step = 2;
    });
    Company::until(board->counters[0], 1);
    company.start([&] {
        // Here: the closer has seen that somebody is inside, and has put itself down as waiting.
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_sleeping || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        lock.acquire(k_exclusive);
        lock.release();
        CHILD_CHECK(!my_slot()->semaphore.try_wait());
    });
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("who leaves before the closer has put itself down is not missed") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    if (!open(lock)) return;
    company.start([&] {
        lock.acquire(k_shared);
        board->counters[0] = 1;
        Company::until(board->step, 1);
        lock.release();
        board->step = 2;
    });
    Company::until(board->counters[0], 1);
    company.start([&] {
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_queueing || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        lock.acquire(k_exclusive);
        lock.release();
        CHILD_CHECK(!my_slot()->semaphore.try_wait());
    });
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("two open locks that fall on one place of the page do not disturb each other") {
    Company company;
    LWLock &first = company.lock(), &second = company.lock(k_sign_in_places);
    if (!detail::join_barrier()) return;
    REQUIRE(open(first));
    REQUIRE(open(second));
    first.acquire(k_shared);
    second.acquire(k_shared);
    CHECK((second.state_bits() & LockWord::k_held) == 1);  // held in the ordinary way
    first.release();
    second.release();
    CHECK((second.state_bits() & LockWord::k_held) == 0);
}

TEST_CASE("a lock that others have at another address is never opened, and keeps them apart") {
    const Watchdog watchdog;
    Company company;
    Board& board = company.board();
    // As a dynamic segment lies in two processes.
    const UniqueFd file(::memfd_create("lock", MFD_CLOEXEC));
    REQUIRE(::ftruncate(file.get(), sizeof(LWLockPadded)) == 0);
    const auto map = [&] {
        void* at = ::mmap(nullptr, sizeof(LWLockPadded), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
        REQUIRE(at != MAP_FAILED);
        return static_cast<LWLock*>(at);  // zeros: a free lock
    };
    LWLock *here = map(), *there = map();
    company.start([&] {
        CHILD_CHECK(!open(*there));
        const LWLockGuard guard(*there, k_shared);
        board.counters[0] = 1;
        Company::until(board.step, 1);
    });
    Company::until(board.counters[0], 1);
    CHECK_FALSE(here->conditional_acquire(k_exclusive));
    board.step = 1;
    CHECK(company.all_well());
    CHECK(here->conditional_acquire(k_exclusive));
    here->release();
    for (LWLock* lock : {here, there}) ::munmap(lock, sizeof(LWLockPadded));
}

TEST_CASE("opening and closing a thousand times, with everybody at it, lets nobody in who should be out") {
    const Watchdog watchdog(100);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    for (int i = 0; i < 4; ++i) {
        company.start([&, i] {
            std::minstd_rand random(static_cast<unsigned>(i) + 1);
            for (int n = 0; n < 300'000; ++n) {
                const LWLockGuard guard(lock, k_shared);
                CHILD_CHECK(board.counters[0] == board.counters[1]);
                if (random() % 4096 == 0) ::sched_yield();
            }
            board.step.fetch_add(1);
        });
    }
    company.start([&] {
        while (board.step != 4) {
            {
                const LWLockGuard guard(lock, k_exclusive);
                board.counters[0].fetch_add(1);
                ::sched_yield();
                board.counters[1].fetch_add(1);
            }
            // Until it is open again, or all have gone.
            while (!is_open(lock) && board.step != 4) ::sched_yield();
        }
    });
    CHECK(company.all_well());
    CHECK((lock.state_bits() & ~LockWord::k_open) == 0);
}
