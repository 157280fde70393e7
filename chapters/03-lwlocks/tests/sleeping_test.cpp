// Spinlocks, condition variables and barriers, with real processes.
#include <csignal>
#include <mutex>
#include <random>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "chapters/03-lwlocks/tests/company.hpp"
#include "lwlocks/barrier.hpp"
#include "lwlocks/condition_variable.hpp"
#include "lwlocks/spin_lock.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

const WaitEvent k_test_wait = define_wait_event(WaitEventClass::ipc, "TestWait");

// What the tests of this file keep in shared memory.
struct Things {
    using Shareable = void;
    SpinLock spin;
    ConditionVariable condition;
    Barrier dynamic, fixed{3};
    std::atomic<int> ready;
    std::uint64_t guarded;
};

class Scene : public Company {
public:
    Scene() : things_(shared_memory()) { new (&things_) Things(); }
    Things& things() { return things_; }

    // Waits until a process sleeps for a condition.
    static void until_waiting(SlotNumber number) {
        while (slot(number).wait_event != k_test_wait) short_sleep();
    }

private:
    static Things& shared_memory() {
        static_assert(sizeof(Things) <= sizeof(Board::space));
        return *reinterpret_cast<Things*>(segment().find_or_create_array<Board>("Board", 1)->space);
    }
    Things& things_;
};

}  // namespace

TEST_CASE("a spinlock lets one in at a time, and is counted as something held") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    for (int i = 0; i < 4; ++i) {
        scene.start([&] {
            for (int n = 0; n < 20'000; ++n) {
                const std::lock_guard guard(things.spin);
                CHILD_CHECK(my_slot()->held == 1);
                const std::uint64_t before = things.guarded;
                if (n % 512 == 0) ::sched_yield();
                things.guarded = before + 1;
            }
            CHILD_CHECK(my_slot()->held == 0);
        });
    }
    REQUIRE(scene.all_well());
    CHECK(things.guarded == 80'000);
    CHECK(things.spin.try_lock());
    CHECK_FALSE(things.spin.try_lock());
    things.spin.unlock();
}

TEST_CASE("who waits too long for a spinlock panics, and says where and because of whom") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    CapturedLog log;
    const SlotNumber holder = scene.start([&] {
        things.spin.lock();
        ::raise(SIGKILL);
    });
    CHECK_FALSE(scene.all_well());
    CHECK(slot(holder).held == 1);
    scene.start([&] {
        spin_patience = {
            .least_looks = 1, .most_looks = 1, .looks = 1, .shortest_us = 10, .longest_us = 100, .sleeps = 5};
        things.spin.lock();
    });
    CHECK_FALSE(scene.all_well());
    const std::string last_words = log.take();
    INFO(last_words);
    CHECK(last_words.find("PANIC:  stuck spinlock detected at operator(), sleeping_test.cpp:") !=
          std::string::npos);
    CHECK(last_words.find("held by the process of slot " + std::to_string(holder)) != std::string::npos);
}

TEST_CASE("a server that goes down at once takes along who waits for a spinlock") {
    const Watchdog watchdog(20);
    Scene scene;
    Things& things = scene.things();
    things.spin.lock();
    const SlotNumber waiting = scene.start([&] {
        set_quit_handler([] { ::_exit(0); });
        struct sigaction act {};
        act.sa_handler = [](int) { raise_interrupt(); };
        ::sigaction(SIGQUIT, &act, nullptr);
        things.spin.lock();
        ::_exit(1);
    });
    while (wait_event_name(slot(waiting).wait_event) != "SpinDelay") short_sleep();
    ::kill(scene.pid(0), SIGQUIT);
    CHECK(scene.all_well());
    things.spin.unlock();
}

TEST_CASE("a signal wakes the one that has waited longest, a broadcast all") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    Board& board = scene.board();
    for (int i = 0; i < 4; ++i) {
        scene.until_waiting(scene.start([&, i] {
            ConditionSleep sleep(things.condition);
            while (things.ready <= (i < 2 ? i : 2)) sleep.wait(k_test_wait);
            board.counters[i] = 1;
        }));
    }
    things.condition.broadcast();  // nothing has become true: they look, and sleep again
    things.ready = 1;
    for (int tries = 0; board.counters[0] == 0; ++tries) {
        REQUIRE(tries < 1000);
        things.condition
            .signal();  // after the broadcast their order is open, but one after the other gets its turn
        short_sleep();
    }
    CHECK(board.counters[1] == 0);
    things.ready = 3;
    things.condition.broadcast();
    CHECK(scene.all_well());
    for (int i = 0; i < 4; ++i) CHECK(board.counters[i] == 1);
}

TEST_CASE("first come, first woken") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    Board& board = scene.board();
    for (int i = 0; i < 3; ++i) {
        scene.until_waiting(scene.start([&, i] {
            ConditionSleep sleep(things.condition);
            sleep.wait(k_test_wait);
            board.counters[i] = board.step.fetch_add(1) + 1;
        }));
    }
    for (int i = 0; i < 3; ++i) {
        things.condition.signal();
        Company::until(board.step, i + 1);
    }
    CHECK(scene.all_well());
    for (int i = 0; i < 3; ++i) CHECK(board.counters[i] == i + 1);
}

TEST_CASE("a change between the look and the sleep is not missed") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    scene.start([&] {
        ConditionSleep sleep(things.condition);
        CHILD_CHECK(things.ready == 0);  // the look
        scene.board().step = 1;
        Company::until(scene.board().step, 2);
        sleep.wait(k_test_wait);  // the sleep, which ends at once
    });
    Company::until(scene.board().step, 1);
    things.ready = 1;
    things.condition.signal();
    scene.board().step = 2;
    CHECK(scene.all_well());
}

TEST_CASE("a wait for a while ends with it") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    scene.start([&] {
        const std::int64_t begun = monotonic_us();
        {
            ConditionSleep sleep(things.condition);
            CHILD_CHECK(!sleep.wait_for(20'000, k_test_wait));
        }
        CHILD_CHECK(monotonic_us() - begun >= 19'000);
        CHILD_CHECK(!my_slot()->semaphore.try_wait());
        ConditionSleep again(things.condition);
        things.condition.signal();
        CHILD_CHECK(again.wait_for(10'000'000, k_test_wait));
    });
    CHECK(scene.all_well());
}

namespace {
// In a child: an interrupt throws.
void make_interruptible() {
    set_interrupt_handler(
        [] { throw Error(sqlstate::query_canceled, "canceling statement due to user request"); });
    struct sigaction act {};
    act.sa_handler = [](int) { raise_interrupt(); };
    act.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &act, nullptr);
}
}  // namespace

TEST_CASE("a wait can be cancelled, at any moment, and leaves nothing behind") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    const SlotNumber sleeper = scene.start([&] {
        make_interruptible();
        for (int i = 0; i < 200; ++i) {
            bool cancelled = false;
            try {
                ConditionSleep sleep(things.condition);
                scene.board().step = 2 * i + 1;
                for (;;) sleep.wait(k_test_wait);
            } catch (const Error&) {
                cancelled = true;
            }
            CHILD_CHECK(cancelled);
            CHILD_CHECK(!my_slot()->semaphore.try_wait());
            Company::until(scene.board().step, 2 * i + 2);
        }
    });
    std::minstd_rand random(7);
    for (int i = 0; i < 200; ++i) {
        Company::until(scene.board().step, 2 * i + 1);
        for (unsigned n = random() % 400; n > 0; --n)
            pause_processor();  // before it sleeps, while it falls asleep, or later
        ::kill(scene.pid(0), SIGINT);
        // Cancelled means that nobody is in the queue any more.
        while (detail::waiter(static_cast<std::uint32_t>(sleeper) + 1).condition.queued) short_sleep();
        scene.board().step = 2 * i + 2;
    }
    CHECK(scene.all_well());
}

TEST_CASE("who is cancelled when it has just been woken passes the signal on") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    scene.until_waiting(scene.start([&] {
        make_interruptible();
        try {
            ConditionSleep sleep(things.condition);
            for (;;) sleep.wait(k_test_wait);
        } catch (const Error&) {
        }
        CHILD_CHECK(!my_slot()->semaphore.try_wait());
    }));
    scene.until_waiting(scene.start([&] {
        ConditionSleep sleep(things.condition);
        sleep.wait(k_test_wait);
        scene.board().counters[0] = 1;
    }));
    // Stopped, so that signal and cancellation are there when it runs again; a pending signal's handler runs first.
    ::kill(scene.pid(0), SIGSTOP);
    ::kill(scene.pid(0), SIGINT);
    things.condition.signal();
    ::kill(scene.pid(0), SIGCONT);
    CHECK(scene.all_well());
    CHECK(scene.board().counters[0] == 1);
}

TEST_CASE("an undertaker takes the dead out of the queue, and passes on what they were told") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    const auto sleep_for_ever = [&] {
        ConditionSleep sleep(things.condition);
        for (;;) sleep.wait(k_test_wait);
    };
    std::vector<SlotNumber> slots;
    for (int i = 0; i < 2; ++i) {
        slots.push_back(scene.start(sleep_for_ever));
        scene.until_waiting(slots.back());
    }
    scene.until_waiting(scene.start([&] {
        ConditionSleep sleep(things.condition);
        sleep.wait(k_test_wait);
        scene.board().counters[0] = 1;
    }));
    CHECK(slot(slots[0]).held == 0);  // it may die without harm to anybody
    ::kill(scene.pid(1), SIGKILL);
    ::kill(scene.pid(0), SIGSTOP);
    things.condition.signal();  // for the first one, who will never hear it
    ::kill(scene.pid(0), SIGKILL);
    bury_sleeper(slots[1]);
    bury_sleeper(slots[0]);
    CHECK_FALSE(scene.all_well());
    CHECK(scene.board().counters[0] == 1);
}

TEST_CASE("a condition variable that an undertaker would not find is refused") {
    Scene scene;
    ConditionVariable nobody_finds_it;
    CHECK_THROWS_WITH(ConditionSleep(nobody_finds_it),
                      "a condition variable must lie in the main shared memory segment");
    const ConditionSleep this_one_is_found(scene.things().condition);
}

TEST_CASE("the last words name the line that waits, not the guard's") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    CapturedLog log;
    reinterpret_cast<SpinLock&>(things.condition).lock();  // its first member
    scene.start([&] {
        spin_patience = {
            .least_looks = 1, .most_looks = 1, .looks = 1, .shortest_us = 10, .longest_us = 100, .sleeps = 5};
        things.condition.signal();
    });
    CHECK_FALSE(scene.all_well());
    CHECK(log.take().find("stuck spinlock detected at take_first, condition_variable.cpp:") != std::string::npos);
    reinterpret_cast<SpinLock&>(things.condition).unlock();
}

TEST_CASE("nobody waits for two conditions at once") {
    Scene scene;
    ConditionSleep first(scene.things().condition);
    CHECK_THROWS_WITH(ConditionSleep(scene.things().condition),
                      "this process waits for another condition variable already");
}

TEST_CASE("a queue of things to do, with everybody cancelled now and then, loses nothing", "[slow]") {
    const Watchdog watchdog(100);
    Scene scene;
    Things& things = scene.things();
    Board& board = scene.board();
    constexpr int k_things = 20'000, k_workers = 4;
    for (int i = 0; i < k_workers; ++i) {
        scene.start([&, i] {
            make_interruptible();
            board.step.fetch_add(1);
            while (board.counters[0] < k_things) {
                try {
                    ConditionSleep sleep(things.condition);
                    for (;;) {
                        int there = things.ready;
                        if (there > 0) {
                            if (things.ready.compare_exchange_weak(there, there - 1) &&
                                board.counters[0].fetch_add(1) + 1 == k_things)
                                things.condition.broadcast();
                        } else if (board.counters[0] >= k_things) {
                            break;
                        } else {
                            sleep.wait(k_test_wait);
                        }
                    }
                } catch (const Error&) {
                    board.counters[1 + i].fetch_add(1);
                }
            }
        });
    }
    Company::until(board.step, k_workers);
    std::minstd_rand random(11);
    for (int i = 0; i < k_things; ++i) {
        things.ready.fetch_add(1);
        things.condition.signal();
        if (random() % 64 == 0) ::kill(scene.pid(random() % k_workers), SIGINT);
    }
    CHECK(scene.all_well());
    CHECK(board.counters[0] == k_things);
}

TEST_CASE("a barrier holds everybody until all have come, and chooses one") {
    const Watchdog watchdog;
    Scene scene;
    Things& things = scene.things();
    Board& board = scene.board();
    constexpr int k_phases = 300;
    for (int i = 0; i < 3; ++i) {
        scene.start([&, i] {
            for (int phase = 0; phase < k_phases; ++phase) {
                board.counters[i].fetch_add(1);
                if (things.fixed.arrive_and_wait(k_test_wait)) board.counters[8].fetch_add(1);
                for (int j = 0; j < 3; ++j) CHILD_CHECK(board.counters[j] > phase);
            }
        });
    }
    CHECK(scene.all_well());
    CHECK(board.counters[8] == k_phases);
    CHECK(things.fixed.phase() == k_phases);
    CHECK_THROWS_WITH(things.fixed.attach(), "the participants of this barrier are fixed");
}

TEST_CASE("who attaches to a barrier late joins the phase that it is in; who leaves lets the others go on") {
    const Watchdog watchdog;
    Scene scene;
    Barrier& barrier = scene.things().dynamic;
    Board& board = scene.board();
    CHECK(barrier.attach() == 0);
    const SlotNumber other = scene.start([&] {
        CHILD_CHECK(barrier.attach() == 0);
        board.step = 1;
        board.counters[0] = barrier.arrive_and_wait(k_test_wait);
        CHILD_CHECK(barrier.phase() == 1);
        Company::until(board.step, 2);
        CHILD_CHECK(!barrier.arrive_and_detach());
    });
    Company::until(board.step, 1);
    scene.until_waiting(other);
    CHECK(barrier.participants() == 2);
    CHECK_FALSE(barrier.arrive_and_detach());
    CHECK(barrier.attach() == 1);
    board.step = 2;
    CHECK(scene.all_well());
    CHECK(board.counters[0] ==
          1);  // the one who would have been chosen has left, so it is the one who waited
    CHECK(barrier.participants() == 1);
    CHECK(barrier.detach());
    CHECK(barrier.phase() == 1);
}
