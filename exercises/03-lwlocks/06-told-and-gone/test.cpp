#include "bell.hpp"

#include <sys/mman.h>

#include <deque>
#include <random>

#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

struct Shared {
    Bell bell;
    std::atomic<int> jobs, done, step;
    std::atomic<bool> heard[k_processes];  // it was woken
    std::atomic<bool> closing;
};
Shared* shared = nullptr;  // what the moments' function sees
int stopped = -1;          // which process stops, and …
Moment stop_at;            // … at which moment

// Shared memory with a bell for which nobody waits.
class Field {
public:
    Field() {
        void* memory =
            ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        shared = static_cast<Shared*>(memory);
        shared->bell.initialise();
        stopped = -1;
        at_moment = [](Moment moment, int me) {
            if (moment == Moment::woken) shared->heard[me] = true;
            if (me != stopped || moment != stop_at || shared->step != 0) return;
            shared->step = 1;
            while (shared->step != 2) ::usleep(50);
        };
    }
    ~Field() {
        at_moment = nullptr;
        ::munmap(shared, sizeof(Shared));
    }
    Field(const Field&) = delete;
    Field& operator=(const Field&) = delete;
};

bool take_job() {
    int jobs = shared->jobs;
    while (jobs > 0) {
        if (!shared->jobs.compare_exchange_weak(jobs, jobs - 1)) continue;
        ++shared->done;
        return true;
    }
    return false;
}

// Waits for one job, or to be cancelled.
std::function<void()> worker(int me) {
    return [me] {
        try {
            shared->bell.wait_until(me, take_job);
        } catch (const Cancelled&) {
        }
    };
}

int posted(int who) {
    int value = 0;
    ::sem_getvalue(&shared->bell.wake_up[who], &value);
    return value;
}

// Waits until a process stands in the queue and sleeps.
void until_asleep(const Child& child, int who) {
    while (!shared->bell.queued(who) || process_state(child.pid()) != 'S') ::usleep(50);
}

// Whether somebody has rung for a process that was asleep; it need not have noticed yet.
bool rung_for(int who) { return !shared->bell.queued(who) || shared->heard[who] || posted(who) != 0; }

void nothing_is_left() {
    for (int i = 0; i < k_processes; ++i) {
        const bool still_queued = shared->bell.queued(i);
        INFO("nobody waits any more; process "
             << i << (still_queued ? " still stands in the queue" : "")
             << (posted(i) != 0 ? " has a wake-up left over, which will end a later sleep too early" : ""));
        REQUIRE_FALSE(still_queued);
        // Who was cancelled after its last wait finds that out in its next one.
        REQUIRE(posted(i) == (shared->bell.cancelled[i] ? 1 : 0));
    }
}

}  // namespace

TEST_CASE("who waits sleeps until there is something to do") {
    const Watchdog watchdog;
    const Field field;
    Child child(worker(0));
    until_asleep(child, 0);
    shared->jobs = 1;
    shared->bell.ring();
    child.join();
    CHECK(shared->done == 1);
    nothing_is_left();
}

TEST_CASE("who finds something to do before it sleeps leaves nothing behind") {
    const Watchdog watchdog;
    const Field field;
    stopped = 0;
    stop_at = Moment::queued;
    Child child(worker(0));
    while (shared->step != 1) ::usleep(50);
    shared->jobs = 1;
    shared->bell.ring();
    shared->step = 2;
    child.join();
    INFO("somebody rang for it just before it looked");
    CHECK(shared->done == 1);
    nothing_is_left();
}

TEST_CASE("who is cancelled leaves, and wakes nobody") {
    const Watchdog watchdog;
    const Field field;
    Child first(worker(0));
    until_asleep(first, 0);
    Child second(worker(1));
    until_asleep(second, 1);
    shared->bell.cancel(0);
    first.join();
    {
        INFO("one of two that sleep was cancelled, and there is nothing to do; the other one was woken");
        CHECK_FALSE(rung_for(1));
    }
    shared->jobs = 1;
    shared->bell.ring();
    second.join();
    CHECK(shared->done == 1);
    nothing_is_left();
}

TEST_CASE("somebody rings for one that has just found something else to do") {
    const Watchdog watchdog;
    const Field field;
    shared->jobs = 1;
    Child first([] {
        shared->bell.wait_until(0, [] {
            const bool found = take_job();
            shared->step = 1;
            while (shared->step != 2) ::usleep(50);
            return found;
        });
    });
    while (shared->step != 1) ::usleep(50);
    Child second(worker(1));
    until_asleep(second, 1);
    shared->jobs = 1;
    shared->bell.ring();
    shared->step = 2;
    first.join();
    INFO(
        "one has found a job and is about to leave the queue, one sleeps. A second job comes, and it was the "
        "first one for "
        "whom somebody rang");
    const bool the_other_sleeps = !rung_for(1);
    REQUIRE_FALSE(the_other_sleeps);
    second.join();
    CHECK(shared->done == 2);
    nothing_is_left();
}

TEST_CASE("somebody rings for one that is cancelled in the same moment") {
    const Watchdog watchdog(60);
    {
        const Field field;
        stopped = 0;
        stop_at = Moment::woken;
        Child first(worker(0));
        until_asleep(first, 0);
        Child second(worker(1));
        until_asleep(second, 1);
        Child third(worker(2));
        until_asleep(third, 2);
        shared->jobs = 1;
        shared->bell.ring();
        while (shared->step != 1) ::usleep(50);
        shared->bell.cancel(0);
        shared->step = 2;
        first.join();
        {
            INFO(
                "three slept. There is one thing to do, and the first one was woken for it; then it was "
                "cancelled and "
                "left");
            const bool everybody_sleeps = shared->jobs == 1 && !rung_for(1) && !rung_for(2);
            REQUIRE_FALSE(everybody_sleeps);
            const bool only_one_was_woken = !rung_for(2);
            REQUIRE(only_one_was_woken);
        }
        second.join();
        REQUIRE(shared->done == 1);
        shared->bell.cancel(2);
        third.join();
        nothing_is_left();
    }
    // And now at moments that nobody has chosen.
    constexpr int k_jobs = 4'000;
    const Field field;
    std::deque<Child> children;
    for (int me = 0; me < k_processes; ++me) {
        children.emplace_back([me] {
            while (!shared->closing) {
                try {
                    shared->bell.wait_until(me, [] { return take_job() || shared->closing; });
                } catch (const Cancelled&) {
                }
            }
        });
    }
    std::minstd_rand random(1);
    for (int n = 0; n < k_jobs; ++n) {
        if (n % 3 == 0) shared->bell.cancel(static_cast<int>(random() % k_processes));
        ++shared->jobs;
        shared->bell.ring();
        if (n % 64 == 0) {
            // From time to time all of it must have been done before there is more.
            INFO("there is something to do, and everybody sleeps");
            while (shared->done != n + 1) ::usleep(50);
        }
    }
    while (shared->done != k_jobs) ::usleep(50);
    shared->closing = true;
    for (int i = 0; i < k_processes; ++i) shared->bell.ring();
    for (Child& child : children) child.join();
    nothing_is_left();
}
