// Process signals and the global barrier: nobody is told what was meant for another, and nothing that was told is lost.
#include "signaling/process_signal.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <random>

#include "base/error.hpp"
#include "base/wait_set.hpp"
#include "chapters/04-signaling/tests/crew.hpp"
#include "signaling/global_barrier.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

// Each process counts here what it has served; the parent's board is at the same place in all.
std::atomic<std::uint64_t>*counters = nullptr, *absorbed_by = nullptr;

// Waits at check points until something is there.
void idle_until(const std::atomic<std::uint64_t>& there) {
    WaitSet set;
    while (there.load() == 0) {
        check_for_interrupts();
        if (there.load() != 0) return;
        set.wait({}, k_crew_wait);
    }
}

class Told : public Crew {
public:
    Told() {
        counters = board().counters;
        absorbed_by = reinterpret_cast<std::atomic<std::uint64_t>*>(board().space);  // one for each slot
        on_process_signal(ProcessSignal::log_memory_contexts, [] { counters[1].fetch_add(1); });
        static const bool registered = (on_global_barrier([] { absorbed_by[my_slot_number()].fetch_add(1); }), true);
        (void)registered;
    }
    ~Told() {
        on_process_signal(ProcessSignal::log_memory_contexts, nullptr);
        set_interrupt_handler(nullptr);
    }
    // Lets those go that idle until counters[0].
    void dismiss(std::initializer_list<SlotNumber> whom) {
        counters[0] = 1;
        for (const SlotNumber one : whom) latch_of(one).set();
    }
};

}  // namespace

TEST_CASE("an idle process serves what it is told, and goes on waiting") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber other = crew.start([&] { idle_until(counters[0]); });
    Crew::until_asleep(other);
    CHECK(send_process_signal(crew.child(0).pid(), ProcessSignal::log_memory_contexts));
    Crew::until(counters[1], 1);
    CHECK(send_process_signal_to_slot(other, ProcessSignal::log_memory_contexts));
    Crew::until(counters[1], 2);
    crew.dismiss({other});
    CHECK(crew.all_well());
}

TEST_CASE("a busy process serves at its check points, and not while it holds interrupts off") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber other = crew.start([&] {
        {
            const HoldInterrupts hold;
            counters[2] = 1;
            while (counters[3].load() == 0) check_for_interrupts();
            CHILD_CHECK(counters[1] == 0);
        }
        check_for_interrupts();
        CHILD_CHECK(counters[1] == 1);
    });
    Crew::until(counters[2], 1);
    CHECK(send_process_signal_to_slot(other, ProcessSignal::log_memory_contexts));
    CHECK(send_process_signal_to_slot(other, ProcessSignal::log_memory_contexts));  // twice before it is served is once
    counters[3] = 1;
    CHECK(crew.all_well());
}

TEST_CASE("a check point that throws has served first") {
    const Watchdog watchdog;
    Told crew;
    set_interrupt_handler([] { throw Error(sqlstate::query_canceled, "canceled"); });
    REQUIRE(send_process_signal(::getpid(), ProcessSignal::log_memory_contexts));
    CHECK_THROWS_AS(check_for_interrupts(), Error);
    CHECK(counters[1] == 1);
}

TEST_CASE("what a handler throws ends in the log") {
    const Watchdog watchdog;
    Told crew;
    CapturedLog log;
    on_process_signal(ProcessSignal::log_memory_contexts, [] { throw Error(sqlstate::out_of_memory, "out of memory"); });
    REQUIRE(send_process_signal(::getpid(), ProcessSignal::log_memory_contexts));
    CHECK_NOTHROW(check_for_interrupts());
    CHECK(log.take().find("could not serve a process signal: out of memory") != std::string::npos);
}

TEST_CASE("nobody is told what was meant for another") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber number = crew.start([&] { idle_until(counters[0]); });
    Crew::until_asleep(number);
    const pid_t first = crew.child(0).pid();
    ::kill(first, SIGSTOP);
    REQUIRE(send_process_signal(first, ProcessSignal::log_memory_contexts));  // it does not hear that any more
    ::kill(first, SIGKILL);
    CHECK(crew.child(0).wait() == -SIGKILL);
    Crew::leave(number);
    CHECK_FALSE(send_process_signal(first, ProcessSignal::log_memory_contexts));
    CHECK_FALSE(send_process_signal_to_slot(number, ProcessSignal::log_memory_contexts));
    slot(number).wait_event = k_not_waiting;
    crew.start_in(number, [&] { idle_until(counters[0]); });
    Crew::until_asleep(number);
    CHECK_FALSE(send_process_signal(first, ProcessSignal::log_memory_contexts));
    CHECK_FALSE(send_process_signal(0, ProcessSignal::log_memory_contexts));
    CHECK_FALSE(send_process_signal(-1, ProcessSignal::log_memory_contexts));
    crew.dismiss({number});
    CHECK(crew.child(1).wait() == 0);
    CHECK(counters[1] == 0);
}

TEST_CASE("who is killed between telling somebody and the signal has an undertaker that sends it") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber other = crew.start([&] { idle_until(counters[0]); });
    Crew::until_asleep(other);
    CHECK(in_child([&] {
              CHILD_CHECK(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);  // the next system call kills
              send_process_signal_to_slot(other, ProcessSignal::log_memory_contexts);
              ::syscall(SYS_exit, 0);
          }) == -SIGKILL);
    signal_all_again();
    Crew::until(counters[1], 1);
    crew.dismiss({other});
    CHECK(crew.all_well());
}

TEST_CASE("a barrier is absorbed by all before its wait ends: by who sleeps, who works, and who raises it") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber idle = crew.start([&] { idle_until(counters[0]); });
    const SlotNumber busy = crew.start([&] {
        while (counters[0].load() == 0) check_for_interrupts();
    });
    Crew::until_asleep(idle);
    while (!detail::can_be_told(busy)) short_sleep();
    for (std::uint64_t round = 1; round <= 200; ++round) {
        wait_for_global_barrier(raise_global_barrier());
        for (const SlotNumber each : {idle, busy, my_slot_number()}) REQUIRE(absorbed_by[each] >= round);
    }
    crew.dismiss({idle});
    CHECK(crew.all_well());
}

TEST_CASE("a barrier waits for who is late, and not for who is gone") {
    const Watchdog watchdog;
    Told crew;
    detail::leave_global_barrier(my_slot_number());  // this process only looks on
    const SlotNumber late = crew.start([&] {
        const HoldInterrupts hold;
        counters[2].fetch_add(1);
        idle_until(counters[0]);
    });
    const SlotNumber doomed = crew.start([&] {
        const HoldInterrupts hold;
        counters[2].fetch_add(1);
        idle_until(counters[3]);
    });
    Crew::until(counters[2], 2);
    const SlotNumber waiter = crew.start([&] {
        const BarrierGeneration raised = raise_global_barrier();
        counters[4] = 1;
        wait_for_global_barrier(raised);
        counters[5] = 1;
    });
    Crew::until(counters[4], 1);
    ::kill(crew.child(1).pid(), SIGKILL);
    CHECK(crew.child(1).wait() == -SIGKILL);
    Crew::leave(doomed);  // as its undertaker does
    // Somebody who comes now has nothing to forget.
    const SlotNumber newcomer = crew.start([&] { idle_until(counters[0]); });
    Crew::until_asleep(newcomer);
    while (wait_event_name(slot(waiter).wait_event) != "ProcSignalBarrier") short_sleep();
    CHECK(counters[5] == 0);
    crew.dismiss({late, newcomer});
    CHECK(crew.child(0).wait() == 0);
    CHECK(crew.child(2).wait() == 0);
    CHECK(crew.child(3).wait() == 0);
    CHECK(counters[5] == 1);
}

TEST_CASE("a storm of signals: what was told last is served, and nobody dies") {
    const Watchdog watchdog(120);
    Told crew;
    constexpr int k_listeners = 6, k_signals = 100'000;
    // What is there to be seen, counted up before each signal, and what was seen when it was served.
    struct Seen {
        std::atomic<std::uint64_t> wanted, served;
    };
    static Seen* seen = nullptr;
    seen = reinterpret_cast<Seen*>(crew.board().space + 512);
    static_assert(512 + 16 * sizeof(Seen) <= sizeof(Board::space));
    on_process_signal(ProcessSignal::log_memory_contexts, [] {
        Seen& mine = seen[my_slot_number() % 16];
        mine.served.store(mine.wanted.load());
    });
    SlotNumber listeners[k_listeners];
    for (SlotNumber& listener : listeners) {
        listener = crew.start([&] { idle_until(counters[0]); });
        Crew::until_asleep(listener);
    }
    std::mt19937 random(7);
    for (int i = 0; i < k_signals; ++i) {
        const SlotNumber to = listeners[random() % k_listeners];
        switch (random() % 4) {
            case 0: latch_of(to).set(); break;
            case 1: ::kill(slot(to).pid, random() % 2 == 0 ? SIGURG : SIGUSR1); break;
            case 2: send_process_signal_to_slot(to, ProcessSignal::barrier); break;
            default:
                seen[to % 16].wanted.fetch_add(1);
                REQUIRE(send_process_signal_to_slot(to, ProcessSignal::log_memory_contexts));
        }
        if (i % 20'000 == 0) wait_for_global_barrier(raise_global_barrier());
    }
    for (const SlotNumber listener : listeners)
        while (seen[listener % 16].served.load() != seen[listener % 16].wanted.load()) short_sleep();
    counters[0] = 1;
    for (const SlotNumber listener : listeners) latch_of(listener).set();
    CHECK(crew.all_well());
}
