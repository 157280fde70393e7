// The lock, with real processes: who may hold it together, who is woken, and that nobody is forgotten. Each test protects a line of the
// source that mutations.py takes out.
#include "lwlocks/lw_lock.hpp"

#include <csignal>
#include <mutex>
#include <random>
#include <shared_mutex>

#include "base/error.hpp"
#include "chapters/03-lwlocks/tests/company.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

constexpr LWLockMode k_exclusive = LWLockMode::exclusive, k_shared = LWLockMode::shared;

std::string message_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

// Delays of random length at every phase, so that each order of events comes about.
void dawdle(LockPhase) {
    static thread_local std::minstd_rand random(static_cast<unsigned>(::getpid()));
    const unsigned luck = random() % 64;
    if (luck == 0) {
        const timespec pause{0, static_cast<long>(random() % 200'000)};
        ::nanosleep(&pause, nullptr);
    } else if (luck < 16) {
        ::sched_yield();
    }
}

}  // namespace

TEST_CASE("a lock is free at first and after it was held") {
    Company company;
    LWLock& lock = company.lock();
    CHECK(lock.acquire(k_exclusive));
    CHECK(lock.held_by_me());
    CHECK(lock.held_by_me(k_exclusive));
    CHECK_FALSE(lock.held_by_me(k_shared));
    lock.release();
    CHECK_FALSE(lock.held_by_me());
    CHECK(lock.state_bits() == 0);
    CHECK(lock.acquire(k_shared));
    CHECK(lock.held_by_me(k_shared));
    lock.release();
    CHECK(lock.state_bits() == 0);
    CHECK(sizeof(LWLockPadded) == 128);
    CHECK(reinterpret_cast<std::uintptr_t>(&company.lock(1)) - reinterpret_cast<std::uintptr_t>(&lock) ==
          128);
}

TEST_CASE("who holds it alone holds it alone") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    constexpr int k_processes = 4, k_times = 20'000;
    for (int i = 0; i < k_processes; ++i) {
        company.start([&] {
            for (int n = 0; n < k_times; ++n) {
                const LWLockGuard guard(lock, k_exclusive);
                // Long enough for another one to come between: a load, and much later a store.
                const std::uint64_t before = board.guarded;
                if (n % 64 == 0) ::sched_yield();
                board.guarded = before + 1;
            }
        });
    }
    REQUIRE(company.all_well());
    CHECK(board.guarded == std::uint64_t{k_processes} * k_times);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("shared holders are in together, and keep out who wants it alone") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    for (int i = 0; i < 3; ++i) {
        company.start([&] {
            const LWLockGuard guard(lock, k_shared);
            board.counters[0].fetch_add(1);
            Company::until(board.counters[0], 3);  // all three are in at once, or this never ends
            Company::until(board.step, 1);
        });
    }
    Company::until(board.counters[0], 3);
    CHECK_FALSE(lock.conditional_acquire(k_exclusive));
    CHECK(lock.conditional_acquire(k_shared));
    lock.release();
    board.step = 1;
    CHECK(company.all_well());
    CHECK(lock.conditional_acquire(k_exclusive));
    CHECK(lock.held_by_me(k_exclusive));
    company.start([&] {
        CHILD_CHECK(!lock.conditional_acquire(k_shared));
        CHILD_CHECK(!lock.conditional_acquire(k_exclusive));
    });
    CHECK(company.all_well());
    lock.release();
}

TEST_CASE("what was written under the lock is seen by the next holder, whichever way it holds it") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    company.start([&] {
        for (int n = 0; n < 20'000; ++n) {
            const LWLockGuard guard(lock, k_exclusive);
            board.guarded += 1;
            board.counters[0].store(board.counters[0].load(std::memory_order_relaxed) + 1,
                                    std::memory_order_relaxed);
        }
        board.step = 1;
    });
    bool same = true;
    while (board.step == 0) {
        const LWLockGuard guard(lock, k_shared);
        same = same &&
               board.guarded == static_cast<std::uint64_t>(board.counters[0].load(std::memory_order_relaxed));
    }
    CHECK(same);
    CHECK(company.all_well());
}

TEST_CASE("who waits sleeps, and says for what") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] {
        CHILD_CHECK(!lock.acquire(k_exclusive));  // it had to wait
        lock.release();
    });
    Company::until_asleep(waiting);
    CHECK(wait_event_type(slot(waiting).wait_event) == "LWLock");
    CHECK(wait_event_name(slot(waiting).wait_event) == "Test");
    CHECK((lock.state_bits() & LockWord::k_has_waiters) != 0);
    // Asleep is not busy: the kernel counts no processor time for it.
    lock.release();
    CHECK(company.all_well());
    CHECK(slot(waiting).wait_event == k_not_waiting);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("wake order: of S S X S the three S come together, and X after them") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    lock.acquire(k_exclusive);
    const auto reader = [&] {
        const LWLockGuard guard(lock, k_shared);
        CHILD_CHECK(board.counters[1] == 0);  // X has not been in
        board.counters[0].fetch_add(1);
        Company::until(board.counters[0], 3);
    };
    const auto writer = [&] {
        const LWLockGuard guard(lock, k_exclusive);
        CHILD_CHECK(board.counters[0] == 3);
        board.counters[1] = 1;
    };
    for (const bool shared : {true, true, false, true}) {
        Company::until_asleep(shared ? company.start(reader) : company.start(writer));
    }
    lock.release();
    CHECK(company.all_well());
    CHECK(board.counters[1] == 1);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("wake order: of X S X the first X comes alone") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    lock.acquire(k_exclusive);
    const SlotNumber first = company.start([&] {
        lock.acquire(k_exclusive);
        board.counters[0] = 1;
        Company::until(board.step, 1);
        lock.release();
    });
    Company::until_asleep(first);
    const SlotNumber second = company.start([&] {
        const LWLockGuard guard(lock, k_shared);
        CHILD_CHECK(board.counters[0] == 1);
    });
    Company::until_asleep(second);
    const SlotNumber third = company.start([&] { const LWLockGuard guard(lock, k_exclusive); });
    Company::until_asleep(third);
    for (const std::size_t i : {1, 2}) ::kill(company.pid(i), SIGSTOP);  // woken, they could not queue again
    lock.release();
    Company::until(board.counters[0], 1);
    // The others sleep on: they are still in the queue, and nobody woke them.
    CHECK(detail::waiter(static_cast<std::uint32_t>(second) + 1).stage == detail::WaitStage::queued);
    CHECK(detail::waiter(static_cast<std::uint32_t>(third) + 1).stage == detail::WaitStage::queued);
    for (const std::size_t i : {1, 2}) ::kill(company.pid(i), SIGCONT);
    board.step = 1;
    CHECK(company.all_well());
}

TEST_CASE("no hand-over: a newcomer may be quicker than who was woken, who then waits again") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] { const LWLockGuard guard(lock, k_exclusive); });
    Company::until_asleep(waiting);
    for (int i = 0; i < 1000; ++i) {
        lock.release();
        lock.acquire(
            k_exclusive);  // if release() gave the lock away, this would wait for a process that may not run yet
    }
    lock.release();
    CHECK(company.all_well());
}

TEST_CASE("while a woken process has not tried, nobody else is woken") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    lock.acquire(k_exclusive);
    std::vector<SlotNumber> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(company.start([&] { const LWLockGuard guard(lock, k_exclusive); }));
        Company::until_asleep(waiting.back());
    }
    // Stopped, they can be woken but cannot try.
    for (std::size_t i = 0; i < 3; ++i) ::kill(company.pid(i), SIGSTOP);
    for (int i = 0; i < 10; ++i) {
        lock.release();
        lock.acquire(k_exclusive);
    }
    int queued = 0;
    for (const SlotNumber number : waiting)
        queued += detail::waiter(static_cast<std::uint32_t>(number) + 1).stage == detail::WaitStage::queued;
    CHECK(queued == 2);
    CHECK((lock.state_bits() & LockWord::k_wake_under_way) != 0);
    (void)board;
    lock.release();
    for (std::size_t i = 0; i < 3; ++i) ::kill(company.pid(i), SIGCONT);
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("who was woken and came too late is woken again") {
    const Watchdog watchdog;
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] { const LWLockGuard guard(lock, k_exclusive); });
    Company::until_asleep(waiting);
    ::kill(company.pid(0), SIGSTOP);
    lock.release();
    CHECK(lock.acquire(k_exclusive));
    ::kill(company.pid(0), SIGCONT);
    while (detail::waiter(static_cast<std::uint32_t>(waiting) + 1).stage != detail::WaitStage::queued)
        short_sleep();
    lock.release();
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("no wake-up is lost between trying and queueing") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    lock.acquire(k_exclusive);
    company.start([&] {
        // The holder lets go exactly when we have found the lock taken and are not in the queue yet.
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_queueing || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        const LWLockGuard guard(lock, k_exclusive);
    });
    Company::until(board->step, 1);
    lock.release();  // wakes nobody: nobody waits
    board->step = 2;
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE(
    "who got the lock at the second try takes itself off the queue, and the wake-up that is under way with "
    "it") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    lock.acquire(k_exclusive);
    const SlotNumber slow = company.start([&] {
        // The holder lets go when we are in the queue and have not tried again: it chooses us, and posts our semaphore.
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_second_try || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        lock.acquire(k_exclusive);
        // Had it been left, the next one who sleeps here would be awake too early.
        CHILD_CHECK(!my_slot()->semaphore.try_wait());
        CHILD_CHECK((lock.state_bits() & (LockWord::k_has_waiters | LockWord::k_wake_under_way)) == 0);
        lock.release();
    });
    Company::until(board->step, 1);
    lock.release();
    board->step = 2;
    CHECK(company.all_well());
    CHECK(detail::waiter(static_cast<std::uint32_t>(slow) + 1).stage == detail::WaitStage::none);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("a wake-up that was meant for something else is given back") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] {
        lock.acquire(k_exclusive);
        int posts = 0;
        while (my_slot()->semaphore.try_wait()) ++posts;
        CHILD_CHECK(posts == 3);
        lock.release();
    });
    Company::until_asleep(waiting);
    until_asleep_in_kernel(company.pid(0));
    for (int i = 0; i < 3; ++i) slot(waiting).semaphore.post();
    until_asleep_in_kernel(company.pid(0));  // it has taken all three
    CHECK(detail::waiter(static_cast<std::uint32_t>(waiting) + 1).stage ==
          detail::WaitStage::queued);  // it went back to sleep
    lock.release();
    CHECK(company.all_well());
}

TEST_CASE("millions of times over eight processes, with delays at every phase, nobody is forgotten",
          "[slow]") {
    const Watchdog watchdog(110);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    constexpr int k_processes = 8, k_times = 400'000;
    for (int i = 0; i < k_processes; ++i) {
        company.start([&, i] {
            detail::phase_hook = dawdle;
            std::minstd_rand random(static_cast<unsigned>(i) + 1);
            for (int n = 0; n < k_times; ++n) {
                if (random() % 4 == 0) {
                    const LWLockGuard guard(lock, k_exclusive);
                    board.guarded += 1;
                    if (random() % 256 == 0) ::sched_yield();
                    board.counters[0].fetch_add(1, std::memory_order_relaxed);
                } else {
                    const LWLockGuard guard(lock, k_shared);
                    CHILD_CHECK(board.guarded == static_cast<std::uint64_t>(
                                                     board.counters[0].load(std::memory_order_relaxed)));
                }
            }
        });
    }
    CHECK(company.all_well());
    CHECK(board.guarded == static_cast<std::uint64_t>(board.counters[0].load()));
    CHECK((lock.state_bits() & ~LockWord::k_open) == 0);
    for (SlotNumber number = 0; number < slot_count(); ++number)
        CHECK_FALSE(slot(number).semaphore.try_wait());
}

TEST_CASE("acquire_or_wait: who finds the lock taken waits, and comes back without it") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    CHECK(lock.acquire_or_wait(k_exclusive));
    std::vector<SlotNumber> waiting;
    for (int i = 0; i < 2; ++i) {
        waiting.push_back(company.start([&] {
            CHILD_CHECK(!lock.acquire_or_wait(k_exclusive));
            CHILD_CHECK(!lock.held_by_me());
            CHILD_CHECK(my_slot()->held == 0);
            CHILD_CHECK(detail::interrupts_held == 0);
            board.counters[0].fetch_add(1);
        }));
        Company::until_asleep(waiting.back());
    }
    lock.release();
    CHECK(company.all_well());
    CHECK(board.counters[0] == 2);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("acquire_or_wait: a waiter is woken together with who wants the lock") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    lock.acquire(k_exclusive);
    const SlotNumber wants = company.start([&] {
        const LWLockGuard guard(lock, k_exclusive);
        Company::until(board.counters[0], 1);  // the other one is awake while we hold it
    });
    Company::until_asleep(wants);
    const SlotNumber waits = company.start([&] {
        CHILD_CHECK(!lock.acquire_or_wait(k_exclusive));
        board.counters[0] = 1;
    });
    Company::until_asleep(waits);
    lock.release();
    CHECK(company.all_well());
}

TEST_CASE("acquire_or_wait: a lock that comes free before we sleep is taken") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    lock.acquire(k_exclusive);
    company.start([&] {
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_queueing || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        CHILD_CHECK(lock.acquire_or_wait(k_exclusive));
        CHILD_CHECK(lock.held_by_me(k_exclusive));
        lock.release();
    });
    Company::until(board->step, 1);
    lock.release();
    board->step = 2;
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("wait_for_var: who waits for the variable sees it advance while the lock is held") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    std::uint64_t now = 99;
    CHECK(lock.wait_for_var(board.variable, 0, now));  // nobody holds it
    CHECK(now == 99);
    lock.acquire(k_exclusive);
    const SlotNumber follower = company.start([&] {
        std::uint64_t seen = 0;
        CHILD_CHECK(!lock.wait_for_var(board.variable, 0, seen));
        CHILD_CHECK(seen == 7);
        board.counters[0] = 1;
        CHILD_CHECK(!lock.wait_for_var(board.variable, 7, seen));
        CHILD_CHECK(seen == 8);
        board.counters[0] = 2;
        CHILD_CHECK(lock.wait_for_var(board.variable, 8, seen));
        CHILD_CHECK(seen == 8);
        CHILD_CHECK(board.variable == 0);
    });
    const SlotNumber wants = company.start([&] { const LWLockGuard guard(lock, k_exclusive); });
    Company::until_asleep(follower);
    Company::until_asleep(wants);
    ::kill(company.pid(1), SIGSTOP);  // woken, it could not queue again
    lock.update_var(board.variable, 7);
    Company::until(board.counters[0], 1);
    lock.update_var(board.variable, 8);
    Company::until(board.counters[0], 2);
    Company::until_asleep(follower);
    CHECK(detail::waiter(static_cast<std::uint32_t>(wants) + 1).stage ==
          detail::WaitStage::queued);  // an update wakes no one else
    ::kill(company.pid(1), SIGCONT);
    lock.release_clear_var(board.variable, 0);
    CHECK(company.all_well());
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("wait_for_var: an update between the look and the queue is not missed") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    static Board* board;
    board = &company.board();
    lock.acquire(k_exclusive);
    company.start([&] {
        detail::phase_hook = [](LockPhase phase) {
            if (phase != LockPhase::before_queueing || board->step != 0) return;
            board->step = 1;
            Company::until(board->step, 2);
        };
        std::uint64_t seen = 0;
        CHILD_CHECK(!lock.wait_for_var(board->variable, 0, seen));
        CHILD_CHECK(seen == 5);
    });
    Company::until(board->step, 1);
    lock.update_var(board->variable, 5);
    board->step = 2;
    CHECK(company.all_well());
    lock.release();
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("locks are given back in any order, and only by who holds them") {
    Company company;
    for (std::size_t i = 0; i < 3; ++i) company.lock(i).acquire(i == 1 ? k_shared : k_exclusive);
    CHECK(any_lw_lock_held());
    company.lock(0).release();
    company.lock(2).release();
    CHECK(company.lock(1).held_by_me(k_shared));
    CHECK(message_of([&] { company.lock(2).release(); }) == "lock Test is not held");
    company.lock(1).release();
    CHECK_FALSE(any_lw_lock_held());
    for (std::size_t i = 0; i < 3; ++i) CHECK(company.lock(i).state_bits() == 0);
}

TEST_CASE("two hundred locks may be held, and not one more") {
    Company company;
    LWLock& lock = company.lock();
    for (std::uint32_t i = 0; i < k_most_lw_locks; ++i) lock.acquire(k_shared);
    CHECK(message_of([&] { lock.acquire(k_shared); }) == "too many LWLocks taken");
    CHECK(message_of([&] { lock.conditional_acquire(k_shared); }) == "too many LWLocks taken");
    CHECK(detail::interrupts_held == static_cast<int>(k_most_lw_locks));
    release_all_lw_locks();
    CHECK(detail::interrupts_held == 0);
    CHECK(lock.state_bits() == 0);
}

TEST_CASE("an error on the way gives back what was taken") {
    Company company;
    const std::string message = message_of([&] {
        const LWLockGuard first(company.lock(0), k_exclusive);
        const std::shared_lock second(company.lock(1));
        const std::unique_lock third(company.lock(2));
        throw Error(sqlstate::internal_error, "on the way");
    });
    CHECK(message == "on the way");
    for (std::size_t i = 0; i < 3; ++i) CHECK(company.lock(i).conditional_acquire(k_exclusive));
    release_all_lw_locks();
    for (std::size_t i = 0; i < 3; ++i) CHECK(company.lock(i).state_bits() == 0);
    CHECK_FALSE(any_lw_lock_held());
}

TEST_CASE("while a lock is held nothing interrupts, and others can see that something is held") {
    Company company;
    company.start([&] {
        static int interrupts;
        set_interrupt_handler([] { ++interrupts; });
        CHILD_CHECK(my_slot()->held == 0);
        company.lock().acquire(k_exclusive);
        CHILD_CHECK(my_slot()->held == 1);
        raise_interrupt();
        check_for_interrupts();
        CHILD_CHECK(interrupts == 0);
        company.lock(1).acquire(k_shared);
        CHILD_CHECK(my_slot()->held == 2);
        company.lock().release();
        check_for_interrupts();
        CHILD_CHECK(interrupts == 0);
        company.lock(1).release();
        CHILD_CHECK(my_slot()->held == 0);
        check_for_interrupts();
        CHILD_CHECK(interrupts == 1);
    });
    CHECK(company.all_well());
}

TEST_CASE("a signal neither ends nor spoils a wait") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    Board& board = company.board();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] {
        struct sigaction act {};
        act.sa_handler = [](int) {
            raise_interrupt();
        };  // without SA_RESTART: the wait is broken off and has to go on
        ::sigaction(SIGUSR1, &act, nullptr);
        board.step = 1;
        CHILD_CHECK(!lock.acquire(k_shared));
        lock.release();
    });
    Company::until(board.step, 1);
    Company::until_asleep(waiting);
    for (int i = 0; i < 10; ++i) {
        until_asleep_in_kernel(company.pid(0));
        ::kill(company.pid(0), SIGUSR1);
    }
    CHECK(detail::waiter(static_cast<std::uint32_t>(waiting) + 1).stage == detail::WaitStage::queued);
    lock.release();
    CHECK(company.all_well());
}

TEST_CASE("a server that goes down at once takes along who waits for a lock") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_exclusive);
    const SlotNumber waiting = company.start([&] {
        set_quit_handler([] { ::_exit(0); });
        struct sigaction act {};
        act.sa_handler = [](int) { raise_interrupt(); };
        act.sa_flags = SA_RESTART;
        ::sigaction(SIGQUIT, &act, nullptr);
        lock.acquire(k_exclusive);
        ::_exit(1);
    });
    Company::until_asleep(waiting);
    ::kill(company.pid(0), SIGQUIT);
    CHECK(company.all_well());
    lock.release();
}

TEST_CASE("who waits for what it holds is told so instead of waiting for ever") {
    const Watchdog watchdog(20);
    Company company;
    LWLock& lock = company.lock();
    lock.acquire(k_shared);
    CHECK(message_of([&] { lock.acquire(k_exclusive); }) ==
          "this process would wait for ever for lock Test 0, which it holds itself");
    CHECK(detail::interrupts_held == 1);
    lock.release();
    lock.acquire(k_exclusive);
    CHECK(message_of([&] { lock.acquire(k_shared); }) != "");
    CHECK(message_of([&] { lock.acquire_or_wait(k_shared); }) != "");
    CHECK(message_of([&] {
              std::uint64_t now = 0;
              lock.wait_for_var(company.board().variable, 0, now);
          }) != "");
    CHECK(detail::interrupts_held == 1);
    lock.release();
    CHECK(lock.state_bits() == 0);
}
