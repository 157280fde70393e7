// Latches: who is woken, who need not be, and what is lost when the steps of a wait come in another order.
#include "signaling/latch.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <climits>

#include "base/clock.hpp"
#include "base/wait_set.hpp"
#include "chapters/04-signaling/tests/crew.hpp"
#include "tests/catch.hpp"
#include "tests/single_step.hpp"

using namespace forklore;
using namespace forklore::testing;

TEST_CASE("a latch that is set ends the next wait, once") {
    Crew crew;
    WaitSet set;
    latch_of(my_slot_number()).set();
    latch_of(my_slot_number()).set();
    CHECK(latch_of(my_slot_number()).is_set());
    CHECK(set.wait().empty());
    CHECK_FALSE(latch_of(my_slot_number()).is_set());
    const std::int64_t start = monotonic_us();
    while (monotonic_us() - start < 20'000) set.wait(20);
    CHECK_FALSE(latch_of(my_slot_number()).is_set());
}

TEST_CASE("an interrupt and a latch are one thing to who waits") {
    Crew crew;
    WaitSet set;
    raise_interrupt();
    CHECK(latch_of(my_slot_number()).is_set());
    CHECK(set.wait().empty());
    raise_interrupt();
    CHECK(set.wait(0).empty());  // only looks: the interrupt is left to the next
    CHECK(latch_of(my_slot_number()).is_set());
    CHECK(set.wait().empty());
}

TEST_CASE("what is raised before a process has its latch ends its first wait") {
    Crew crew;
    reset_interrupts();
    raise_interrupt();
    attach_latch();
    WaitSet set;
    CHECK(set.wait().empty());
}

TEST_CASE("a wait that has something to read keeps the latch for the next") {
    Crew crew;
    int fds[2];
    REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
    const UniqueFd reading(fds[0]), writing(fds[1]);
    WaitSet set;
    set.add(reading.get(), k_readable);
    REQUIRE(::write(writing.get(), "x", 1) == 1);
    CHECK(set.wait().size() == 1);
    latch_of(my_slot_number()).set();
    CHECK(set.wait().empty());
    CHECK(set.wait().size() == 1);
}

TEST_CASE("to take an announced sleep back is not to forget what was set") {
    Crew crew;
    Latch& mine = latch_of(my_slot_number());
    mine.reset();
    CHECK(mine.fall_asleep());
    CHECK(mine.set_own());
    mine.awake();
    CHECK(mine.is_set());
    CHECK_FALSE(mine.set_own());  // nobody sleeps any more
    CHECK_FALSE(mine.fall_asleep());
    CHECK_FALSE(mine.is_set());
}

TEST_CASE("a process is woken out of its sleep by another") {
    const Watchdog watchdog;
    Crew crew;
    std::atomic<std::uint64_t>& work = crew.board().counters[0];
    const SlotNumber sleeper_slot = crew.start([&] {
        WaitSet set;
        while (work.load() == 0) set.wait({}, k_crew_wait);
    });
    Crew::until_asleep(sleeper_slot);
    work = 1;
    latch_of(sleeper_slot).set();
    CHECK(crew.all_well());
}

TEST_CASE("who is awake is set without a system call, who sleeps is not") {
    const Watchdog watchdog;
    Crew crew;
    const auto set_without_system_calls = [](SlotNumber whose, int times) {
        return [whose, times] {
            // From here on any system call but read, write and exit kills this process.
            CHILD_CHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
            for (int i = 0; i < times; ++i) latch_of(whose).set();
            ::syscall(SYS_exit, 0);
        };
    };
    const SlotNumber mine = my_slot_number();
    CHECK(in_child(set_without_system_calls(mine, 1'000'000)) == 0);
    // Whether it has been set before or not.
    CHECK(in_child([&] {
              CHILD_CHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
              for (int i = 0; i < 1'000'000; ++i) {
                  latch_of(mine).set();
                  latch_of(mine).reset();
              }
              ::syscall(SYS_exit, 0);
          }) == 0);

    std::atomic<std::uint64_t>& work = crew.board().counters[0];
    const SlotNumber asleep = crew.start([&] {
        WaitSet set;
        while (work.load() == 0) set.wait({}, k_crew_wait);
    });
    Crew::until_asleep(asleep);
    CHECK(in_child(set_without_system_calls(asleep, 1)) == -SIGKILL);
    // That one was killed when it had set it and not rung. Nobody else would do so any more; its undertaker does.
    work = 1;
    latch_of(asleep).set();
    CHECK(slot(asleep).wait_event == k_crew_wait);
    ring_all_again();
    CHECK(crew.all_well());
}

TEST_CASE("a slot is used again: what its last owner slept through wakes nobody in vain for long, and no wake-up is lost") {
    const Watchdog watchdog;
    Crew crew;
    std::atomic<std::uint64_t>& work = crew.board().counters[0];
    const SlotNumber number = crew.start([&] {
        WaitSet set;
        for (;;) set.wait({}, k_crew_wait);
    });
    Crew::until_asleep(number);
    ::kill(slot(number).pid, SIGKILL);
    CHECK(crew.child(0).wait() == -SIGKILL);
    slot(number).wait_event = k_not_waiting;
    // Nobody has noticed yet. Whoever rings for the dead one rings for nobody.
    slot(number).pid = 0;
    latch_of(number).set();
    crew.start_in(number, [&] {
        WaitSet set;
        while (work.load() == 0) set.wait({}, k_crew_wait);
    });
    Crew::until_asleep(number);
    work = 1;
    latch_of(number).set();
    CHECK(crew.child(1).wait() == 0);
}

TEST_CASE("millions of sets by many, and none is lost") {
    const Watchdog watchdog(120);
    Crew crew;
    constexpr std::uint64_t k_setters = 4, k_each = 500'000;
    std::atomic<std::uint64_t>*const done = crew.board().counters, &turns = crew.board().counters[8];
    const SlotNumber owner = crew.start([&] {
        WaitSet set;
        for (;;) {
            std::uint64_t all = 0;
            for (std::uint64_t i = 0; i < k_setters; ++i) all += done[i].load(std::memory_order_relaxed);
            if (all == k_setters * k_each) return;
            set.wait({}, k_crew_wait);  // without a time: what is lost is lost
            turns.fetch_add(1);
        }
    });
    for (std::uint64_t i = 0; i < k_setters; ++i) {
        crew.start([&, i] {
            for (std::uint64_t n = 0; n < k_each; ++n) {
                done[i].fetch_add(1, std::memory_order_relaxed);
                latch_of(owner).set();
                // Now and then the owner shall have had time to fall asleep.
                if (n % 5'000 == i) short_sleep();
            }
        });
    }
    CHECK(crew.all_well());
    CHECK(turns > 10);
}

TEST_CASE("two processes wake each other in turn") {
    const Watchdog watchdog;
    Crew crew;
    constexpr std::uint64_t k_turns = 20'000;
    std::atomic<std::uint64_t>& ball = crew.board().counters[0];
    SlotNumber players[2];
    for (std::uint64_t me = 0; me < 2; ++me) players[me] = process_table().assign(ProcessKind::client_backend);
    for (std::uint64_t me = 0; me < 2; ++me) {
        crew.start_in(players[me], [&, me] {
            WaitSet set;
            for (std::uint64_t turn = me; turn < k_turns; turn += 2) {
                while (ball.load(std::memory_order_relaxed) != turn) set.wait({}, k_crew_wait);
                ball.store(turn + 1, std::memory_order_relaxed);
                latch_of(players[1 - me]).set();
            }
        });
    }
    CHECK(crew.all_well());
    CHECK(ball == k_turns);
}

namespace {

// A process that counts in counters[1] how often it was woken, until counters[0] is set. With counters[2] it
// goes on hearing signals.
void sleep_again_and_again(Board& board) {
    WaitSet set;
    while (board.counters[0].load() == 0) {
        set.wait({}, k_crew_wait);
        // Once it has its bell it need not hear the signal any more.
        if (board.counters[1].fetch_add(1) + 1 == 100 && board.counters[2].load() == 0) {
            sigset_t wake_up;
            ::sigemptyset(&wake_up);
            ::sigaddset(&wake_up, SIGURG);
            ::sigprocmask(SIG_BLOCK, &wake_up, nullptr);
        }
    }
}

void wake_times(Crew& crew, SlotNumber sleeping, int times) {
    for (int i = 0; i < times; ++i) {
        const std::uint64_t woken = crew.board().counters[1];
        Crew::until_asleep(sleeping);
        if (i == times - 1) crew.board().counters[0] = 1;
        latch_of(sleeping).set();
        Crew::until(crew.board().counters[1], woken + 1);
    }
}

}  // namespace

TEST_CASE("who is often woken by who often wakes is woken without a signal") {
    const Watchdog watchdog;
    Crew crew;
    const SlotNumber sleeping = crew.start([&] { sleep_again_and_again(crew.board()); });
    crew.start([&] { wake_times(crew, sleeping, 200); });
    CHECK(crew.all_well());
}

TEST_CASE("a process without descriptors for bells goes on with signals") {
    const Watchdog watchdog;
    Crew crew;
    crew.board().counters[2] = 1;
    const rlimit few{20, 20};
    const SlotNumber sleeping = crew.start([&] {
        CHILD_CHECK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        sleep_again_and_again(crew.board());
    });
    crew.start([&] {
        CHILD_CHECK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        wake_times(crew, sleeping, 200);
    });
    CHECK(crew.all_well());
}

TEST_CASE("who has a bell is woken by one who has none, and by its own signal handlers") {
    const Watchdog watchdog;
    Crew crew;
    crew.board().counters[2] = 1;
    const SlotNumber sleeping = crew.start([&] { sleep_again_and_again(crew.board()); });
    crew.start([&] { wake_times(crew, sleeping, 100); });
    Crew::until(crew.board().counters[1], 50);
    for (int i = 0; i < 50; ++i) send_process_signal(crew.child(0).pid(), ProcessSignal::barrier);
    CHECK(crew.all_well());
}

#ifdef __x86_64__

namespace {

// Somebody does something for this process and sets its latch: after each instruction in turn.
volatile std::sig_atomic_t work_is_there = 0;

void bring_work() {
    work_is_there = 1;
    latch_of(my_slot_number()).set();
}

//! [orders]
// The way to wait that is right.
void reset_check_wait(WaitSet& set) {
    while (work_is_there == 0) set.wait();
}

// Looks, and then forgets that something has come since.
void check_reset_wait(WaitSet& set) {
    for (;;) {
        const bool found = work_is_there != 0;
        sleeper().awake(true);
        if (found) return;
        set.wait();
    }
}
//! [orders]

// Takes its orders from a latch, but says too late that it sleeps, or not at all.
struct Careless final : Sleeper {
    bool announces = false;
    WakeUpDescriptor bell{};
    Latch& mine = latch_of(my_slot_number());

    bool fall_asleep() noexcept override {
        if (mine.is_set()) return mine.reset(), false;
        if (announces) mine.fall_asleep();  // and does not ask what it was told
        return true;
    }
    void awake(bool forget) noexcept override { forget ? mine.reset() : mine.awake(); }
    void raise() noexcept override {
        if (mine.set_own()) bell.ring();
    }
    int descriptor() override { return bell.get(); }
};

// Whether a wake-up is lost on this way, wherever it may come. To be called in a child.
bool loses_one(void (*way)(WaitSet&)) {
    WaitSet set;
    SingleStep step(bring_work);
    const auto in_time = [&](long instructions) {
        work_is_there = 0;
        sleeper().awake(true);
        set.wait(0);  // an old ring
        step.begin(instructions);
        way(set);
        return step.end();
    };
    in_time(LONG_MAX);
    in_time(LONG_MAX);  // without the linker's first work
    const long all = step.steps();
    CHILD_CHECK(all > 50);
    // Where there are very many (sanitizers), some must be left out.
    constexpr long k_affordable_steps = 150'000;
    const long stride = 1 + all * all / 2 / k_affordable_steps;
    for (long instructions = 1; instructions < all; instructions += stride) {
        if (in_time(instructions)) continue;
        if (step.reached()) return true;
        // Now and then the way is a few instructions shorter than the first time.
        CHILD_CHECK(instructions > all * 9 / 10);
        break;
    }
    return false;
}

}  // namespace

TEST_CASE("reset, check, wait: a set after any instruction ends it") {
    Crew crew;
    crew.start([] { CHILD_CHECK(!loses_one(reset_check_wait)); });
    CHECK(crew.all_well());
}

TEST_CASE("check, reset, wait: there is an instruction after which a set is lost") {
    Crew crew;
    crew.start([] { CHILD_CHECK(loses_one(check_reset_wait)); });
    CHECK(crew.all_well());
}

TEST_CASE("a sleep that is announced without a look at the answer, or not at all, loses one") {
    Crew crew;
    for (const bool announces : {true, false}) {
        crew.start([announces] {
            Careless careless;
            careless.announces = announces;
            set_sleeper(&careless);
            CHILD_CHECK(loses_one(reset_check_wait));
        });
    }
    CHECK(crew.all_well());
}

#endif
