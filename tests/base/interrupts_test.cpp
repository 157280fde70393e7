#include "base/interrupts.hpp"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <climits>
#include <csignal>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/wait_set.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"
#include "tests/single_step.hpp"

using namespace forklore;
using forklore::testing::ChildProcess;
using forklore::testing::in_child;
#ifdef __x86_64__
using forklore::testing::SingleStep;
#endif

namespace {

int handled = 0;

// Every test begins and ends as a process that nobody has interrupted.
struct QuietProcess {
    QuietProcess() { reset(); }
    ~QuietProcess() { reset(); }
    static void reset() {
        reset_interrupts();
        set_interrupt_handler(nullptr);
        sys::clear_faults();
        handled = 0;
    }
};

void on_signal(int) { raise_interrupt(); }

}  // namespace

TEST_CASE("a check point calls the handler once for each interrupt") {
    QuietProcess quiet;
    set_interrupt_handler([] { ++handled; });
    check_for_interrupts();
    CHECK(handled == 0);
    raise_interrupt();
    raise_interrupt();
    check_for_interrupts();
    check_for_interrupts();
    CHECK(handled == 1);
    raise_interrupt();
    check_for_interrupts();
    CHECK(handled == 2);
}

TEST_CASE("a check point throws what the handler throws, and is quiet afterwards") {
    QuietProcess quiet;
    set_interrupt_handler(
        [] { throw Error(sqlstate::query_canceled, "canceling statement due to user request"); });
    raise_interrupt();
    CHECK_THROWS_WITH(check_for_interrupts(), "canceling statement due to user request");
    CHECK_NOTHROW(check_for_interrupts());
}

TEST_CASE("a held interrupt waits for its time") {
    QuietProcess quiet;
    set_interrupt_handler([] { ++handled; });
    {
        HoldInterrupts outer;
        {
            HoldInterrupts inner;
            raise_interrupt();
            check_for_interrupts();
        }
        check_for_interrupts();
        CHECK(handled == 0);
    }
    check_for_interrupts();
    CHECK(handled == 1);
}

TEST_CASE("an interrupt ends the next wait, once") {
    QuietProcess quiet;
    WaitSet set;
    raise_interrupt();
    std::int64_t start = monotonic_us();
    CHECK(set.wait().empty());
    CHECK(monotonic_us() - start < 5'000'000);
    CHECK(set.wait(1).empty());
    CHECK(monotonic_us() - start >= 1'000);
}

TEST_CASE("a wait that is held does not spin") {
    // The flag stays set while interrupts are held; a wait must sleep nevertheless.
    QuietProcess quiet;
    HoldInterrupts hold;
    WaitSet set;
    raise_interrupt();
    CHECK(set.wait().empty());
    std::int64_t start = monotonic_us();
    CHECK(set.wait(20).empty());
    CHECK(monotonic_us() - start >= 19'000);
}

TEST_CASE("a child is not woken by its parent, nor the parent by the child") {
    QuietProcess quiet;
    WaitSet parents;
    raise_interrupt();
    CHECK(in_child([] {
              reset_interrupts();
              set_interrupt_handler([] { ++handled; });
              check_for_interrupts();
              CHILD_CHECK(handled == 0);
              WaitSet own;
              std::int64_t start = monotonic_us();
              CHILD_CHECK(own.wait(20).empty());
              CHILD_CHECK(monotonic_us() - start >= 19'000);
              ::signal(SIGUSR1, on_signal);
              ::kill(::getpid(), SIGUSR1);
              CHILD_CHECK(own.wait().empty());
          }) == 0);
    CHECK(parents.wait().empty());  // its own interrupt
    std::int64_t start = monotonic_us();
    CHECK(parents.wait(20).empty());
    CHECK(monotonic_us() - start >= 19'000);
}

#ifdef __x86_64__

namespace {

// Waits for an interrupt that comes after so many instructions. The way leads through a wait that returns with something to read,
// the look at the flag, and a wait that sleeps. False when it slept before that.
bool interrupted_after(SingleStep& step, WaitSet& set, int reading, int writing, long instructions) {
    CHILD_CHECK(::write(writing, "x", 1) == 1);
    step.begin(instructions);
    while (!step.happened()) {
        char byte;
        for (const Ready& ready : set.wait())
            CHILD_CHECK(ready.fd == reading && ::read(reading, &byte, 1) == 1);
    }
    const bool reached = step.reached(), in_time = step.end();
    CHILD_CHECK(!reached || in_time);
    char byte;
    while (set.wait(0).size() > 0) CHILD_CHECK(::read(reading, &byte, 1) == 1);
    return reached;
}

}  // namespace

TEST_CASE("a signal after any instruction of a wait ends it") {
    QuietProcess quiet;
    CHECK(in_child([] {
              SingleStep step([] { raise_interrupt(); });
              int fds[2];
              CHILD_CHECK(::pipe2(fds, O_CLOEXEC) == 0);
              WaitSet set;
              set.add(fds[0], k_readable);
              CHILD_CHECK(!interrupted_after(step, set, fds[0], fds[1], LONG_MAX));
              CHILD_CHECK(!interrupted_after(step, set, fds[0], fds[1], LONG_MAX));  // without the linker's first work
              const long all = step.steps();
              CHILD_CHECK(all > 100);
              // Where there are very many (sanitizers), some must be left out.
              constexpr long k_affordable_steps = 150'000;
              long stride = 1 + all * all / 2 / k_affordable_steps;
              for (long instructions = 1; instructions <= all; instructions += stride) {
                  if (interrupted_after(step, set, fds[0], fds[1], instructions)) continue;
                  // Now and then the way is a few instructions shorter than the first time.
                  CHILD_CHECK(instructions > all * 9 / 10);
                  break;
              }
          }) == 0);
}

#endif

TEST_CASE("a signal handler keeps errno and works without any WaitSet") {
    QuietProcess quiet;
    errno = ENOTTY;
    raise_interrupt();
    CHECK(errno == ENOTTY);
}

TEST_CASE("a process without descriptors learns it from its first WaitSet") {
    QuietProcess quiet;
    sys::plan_fault(sys::Call::eventfd, EMFILE);
    try {
        WaitSet set;
        FAIL("it must throw");
    } catch (const Fatal& error) {
        CHECK(error.code() == sqlstate::insufficient_resources);
    }
    sys::plan_fault(sys::Call::epoll_create1, ENFILE);
    CHECK_THROWS_AS(WaitSet(), Fatal);
    sys::plan_fault(sys::Call::epoll_ctl, ENOSPC);
    CHECK_THROWS_AS(WaitSet(), Fatal);
    CHECK_NOTHROW(WaitSet());
}

TEST_CASE("a sleep takes its time, and an interrupt ends it") {
    QuietProcess quiet;
    std::int64_t start = monotonic_us();
    interruptible_sleep(20'000);
    CHECK(monotonic_us() - start >= 20'000);
    interruptible_sleep(0);
    interruptible_sleep(-5);

    CHECK(in_child([] {
              ::signal(SIGALRM, on_signal);
              set_interrupt_handler([] { throw Error(sqlstate::query_canceled, "canceled"); });
              itimerval soon{{0, 0}, {0, 20'000}};
              ::setitimer(ITIMER_REAL, &soon, nullptr);
              try {
                  interruptible_sleep(INT64_MAX);
              } catch (const Error& error) {
                  CHILD_CHECK(error.code() == sqlstate::query_canceled);
                  return;
              }
              CHILD_CHECK(!"it must throw");
          }) == 0);
}

TEST_CASE("a sleep goes on after an interrupt that only wanted to be seen") {
    QuietProcess quiet;
    CHECK(in_child([] {
              ::signal(SIGALRM, on_signal);
              set_interrupt_handler([] { ++handled; });
              itimerval often{{0, 5'000}, {0, 5'000}};
              ::setitimer(ITIMER_REAL, &often, nullptr);
              std::int64_t start = monotonic_us();
              interruptible_sleep(60'000);
              CHILD_CHECK(monotonic_us() - start >= 60'000);
              CHILD_CHECK(handled >= 2);
          }) == 0);
}
