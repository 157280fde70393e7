#include <csignal>

#include "chapters/04-signaling/tests/crew.hpp"
#include "processes.hpp"
#include "signaling/latch.hpp"
#include "tests/catch.hpp"
#include "tests/single_step.hpp"

using namespace forklore;
using forklore::testing::Crew;

namespace {

volatile std::sig_atomic_t rung;  // how often somebody rang for this process

// A latch of this process's. Nobody sleeps: the test only says that it does, and counts the signals that should end its sleep.
class Bench {
    // Where a function that must not throw is not written yet this process would end. A child finds out, and join() throws.
    struct AllIsWritten {
        AllIsWritten() {
            forklore::exercise::Child([] {
                Latch latch;
                latch.reset(), latch.set(), latch.fall_asleep(), latch.awake(), latch.set_own();
            }).join();
        }
    } all_is_written_;

public:
    Bench() {
        struct sigaction action {};
        action.sa_handler = [](int) { rung = rung + 1; };
        ::sigaction(SIGURG, &action, nullptr);
        rung = 0;
    }

    Crew crew;
    Latch latch{my_slot_number()};
};

}  // namespace

TEST_CASE("what was set stays set until it is reset") {
    Bench bench;
    CHECK_FALSE(bench.latch.is_set());
    bench.latch.set();
    bench.latch.set();
    CHECK(bench.latch.is_set());
    bench.latch.reset();
    CHECK_FALSE(bench.latch.is_set());
}

TEST_CASE("nobody rings for an owner that is awake") {
    Bench bench;
    for (int i = 0; i < 3; ++i) bench.latch.set();
    bench.latch.reset();
    bench.latch.set();
    CHECK(rung == 0);
}

TEST_CASE("for an owner that sleeps it is rung once") {
    Bench bench;
    CHECK(bench.latch.fall_asleep());
    CHECK(rung == 0);
    bench.latch.set();
    CHECK(rung == 1);
    INFO("it sleeps, and its latch is set twice");
    bench.latch.set();
    CHECK(rung == 1);
}

TEST_CASE("who has been set does not fall asleep, and is awake") {
    Bench bench;
    bench.latch.set();
    CHECK_FALSE(bench.latch.fall_asleep());
    CHECK_FALSE(bench.latch.is_set());
    bench.latch.set();
    INFO("its latch was set, so it did not fall asleep; then its latch was set once more");
    CHECK(rung == 0);
}

TEST_CASE("who wakes keeps what was set, and takes the announcement back") {
    Bench bench;
    bench.latch.fall_asleep();
    bench.latch.awake();
    CHECK_FALSE(bench.latch.is_set());
    bench.latch.set();
    CHECK(rung == 0);
    bench.latch.reset();
    bench.latch.fall_asleep();
    bench.latch.set();
    bench.latch.awake();
    INFO("it was set while its owner slept, and the owner woke for another reason");
    CHECK(bench.latch.is_set());
}

TEST_CASE("a signal handler of the owner's is told whether the owner sleeps, and does not ring") {
    Bench bench;
    CHECK_FALSE(bench.latch.set_own());
    CHECK(bench.latch.is_set());
    bench.latch.reset();
    bench.latch.fall_asleep();
    CHECK(bench.latch.set_own());
    CHECK(bench.latch.is_set());
    CHECK(rung == 0);
}

TEST_CASE("who sleeps by its bell is woken by it, once that is worth while") {
    Bench bench;
    constexpr int k_times = 20;
    for (int i = 0; i < k_times; ++i) {
        bench.latch.fall_asleep(true);
        bench.latch.set();
        bench.latch.reset();
    }
    INFO("of twenty rings the last ones should be no signals");
    const bool it_heard_signals_alone = rung == k_times;
    CHECK_FALSE(it_heard_signals_alone);
}

#ifdef __x86_64__

namespace {

Latch* stepped = nullptr;
volatile std::sig_atomic_t sleeps;

// Steps through `way`, and lets something happen after each of its instructions in turn. Returns whether `lost` is ever true.
bool ever_lost(Bench& bench, void (*happens)(), void (*way)(), bool (*lost)()) {
    std::atomic<std::uint64_t>&found = bench.crew.board().counters[0],
    &tried = bench.crew.board().counters[1];
    forklore::exercise::Child child([&] {
        slot(my_slot_number()).pid = ::getpid();
        stepped = &bench.latch;
        forklore::testing::SingleStep step(happens);
        for (long instruction = 1;; ++instruction) {
            stepped->reset();
            rung = 0;
            sleeps = 0;
            step.begin(instruction);
            way();
            step.end();
            if (!step.happened()) break;
            if (lost()) found = 1;
            tried = static_cast<std::uint64_t>(instruction);
        }
    });
    child.join();
    slot(my_slot_number()).pid = ::getpid();
    const bool there_was_something_to_step_through = tried > 10;
    CHECK(there_was_something_to_step_through);
    return found != 0;
}

void fall_asleep() { sleeps = stepped->fall_asleep() ? 1 : 0; }
void set() { stepped->set(); }
bool sleeps_and_nobody_rings() { return sleeps != 0 && rung == 0; }

}  // namespace

TEST_CASE("set after any instruction of fall_asleep, it is not overslept") {
    Bench bench;
    const bool it_sleeps_and_nobody_rings = ever_lost(bench, set, fall_asleep, sleeps_and_nobody_rings);
    CHECK_FALSE(it_sleeps_and_nobody_rings);
}

TEST_CASE("fallen asleep after any instruction of set, it is not overslept") {
    Bench bench;
    const bool it_sleeps_and_nobody_rings = ever_lost(bench, fall_asleep, set, sleeps_and_nobody_rings);
    CHECK_FALSE(it_sleeps_and_nobody_rings);
}

TEST_CASE("set after any instruction of awake, it stays set") {
    Bench bench;
    const bool what_was_set_is_forgotten = ever_lost(
        bench, set, [] { stepped->awake(); }, [] { return !stepped->is_set(); });
    CHECK_FALSE(what_was_set_is_forgotten);
}

#endif
