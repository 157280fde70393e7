#include "sleeping_lock.hpp"

#include <sys/mman.h>

#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

struct Shared {
    SleepingLock lock;
    std::atomic<int> step, inside, done;
    std::uint64_t guarded;
};
Shared* shared = nullptr;  // what the moment's function sees
Moment stop_at;
bool sound = true;  // so far

// Shared memory with a fresh lock.
class Field {
public:
    Field() {
        void* memory =
            ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        shared = static_cast<Shared*>(memory);
        shared->lock.initialise();
    }
    ~Field() {
        at_moment = nullptr;
        ::munmap(shared, sizeof(Shared));
    }
    Field(const Field&) = delete;
    Field& operator=(const Field&) = delete;
};

void until(const std::atomic<int>& number, int value) {
    while (number.load() < value) ::usleep(50);
}

void stop_once(Moment moment, int) {
    if (moment != stop_at || shared->step.load() != 0) return;
    shared->step = 1;
    until(shared->step, 2);
}

int posted(int who) {
    int value = 0;
    ::sem_getvalue(&shared->lock.wake_up[who], &value);
    return value;
}

void nothing_is_left() {
    for (int i = 0; i < k_processes; ++i) {
        const bool still_noted = shared->lock.waits[i];
        INFO("nobody wants the lock any more; process "
             << i << (still_noted ? " is still noted as waiting" : "")
             << (posted(i) != 0 ? " has a wake-up left over, which will end a later sleep too early" : ""));
        CHECK_FALSE(still_noted);
        CHECK(posted(i) == 0);
        sound = sound && !still_noted && posted(i) == 0;
    }
    CHECK_FALSE(shared->lock.taken.load());
}

// One process finds the lock taken and is stopped at a moment, in which the holder gives the lock back.
void give_back_at(Moment moment) {
    const Field field;
    SleepingLock& lock = shared->lock;
    lock.lock(0);
    stop_at = moment;
    at_moment = stop_once;
    Child child([&] {
        lock.lock(1);
        shared->done = 1;
        lock.unlock();
    });
    until(shared->step, 1);
    lock.unlock();
    shared->step = 2;
    for (int tries = 0; shared->done == 0 && tries < 20'000; ++tries) ::usleep(50);
    const bool asleep_while_the_lock_is_free = shared->done == 0 && !lock.taken;
    {
        INFO("the lock is free, and the process that wanted it sleeps");
        CHECK_FALSE(asleep_while_the_lock_is_free);
        sound = sound && !asleep_while_the_lock_is_free;
    }
    if (!asleep_while_the_lock_is_free) {
        child.join();
        nothing_is_left();
    }
}

}  // namespace

TEST_CASE("a lock that is free is taken at once, and nothing is left of it") {
    const Watchdog watchdog;
    const Field field;
    for (int i = 0; i < 3; ++i) {
        shared->lock.lock(0);
        CHECK(shared->lock.taken.load());
        shared->lock.unlock();
    }
    nothing_is_left();
}

TEST_CASE("who waits sleeps until the lock is given back") {
    const Watchdog watchdog;
    const Field field;
    shared->lock.lock(0);
    Child child([] {
        shared->lock.lock(1);
        shared->done = 1;
        shared->lock.unlock();
    });
    while (process_state(child.pid()) != 'S' || !shared->lock.waits[1]) ::usleep(50);
    CHECK(shared->done == 0);
    shared->lock.unlock();
    child.join();
    CHECK(shared->done == 1);
    nothing_is_left();
}

TEST_CASE("the lock is given back after a process has tried and before it has said that it waits") {
    const Watchdog watchdog;
    give_back_at(Moment::tried);
}

TEST_CASE("the lock is given back just after a process has said that it waits") {
    const Watchdog watchdog;
    give_back_at(Moment::noted);
}

TEST_CASE("four processes take it in turns, and nobody is forgotten") {
    // What goes wrong when a process is stopped at the right moment goes wrong here now and then: that would tell nothing new.
    if (!sound) FAIL("not tried: it goes wrong at a moment above");
    const Watchdog watchdog(30);
    const Field field;
    const auto work = [](int me) {
        return [me] {
            for (int n = 0; n < 3'000; ++n) {
                shared->lock.lock(me);
                const std::uint64_t before = shared->guarded;
                if (n % 16 == 0) ::sched_yield();
                shared->guarded = before + 1;
                shared->lock.unlock();
            }
        };
    };
    Child a(work(0)), b(work(1)), c(work(2)), d(work(3));
    for (Child* child : {&a, &b, &c, &d}) child->join();
    CHECK(shared->guarded == 12'000);
    nothing_is_left();
}
