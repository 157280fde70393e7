#include "spin_lock_of_yours.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <deque>
#include <new>
#include <string>
#include <vector>

#include "errors.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr std::uint32_t k_me = 3, k_other = 7;

// A lock, and a world in which time is what the test says.
struct Scene {
    Scene() {
        accesses = {};
        sleep_us = [this](int microseconds) {
            slept.push_back(microseconds);
            if (static_cast<int>(slept.size()) == frees_at_sleep) lock.holder.poke(0);
            if (slept.size() > 10'000) throw std::runtime_error("it has slept 10000 times");
        };
        random_bits = [this] { return random; };
    }
    ~Scene() {
        between_accesses = nullptr;
        patience = Patience{};
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    // Each sleep, in microseconds, as one reads it.
    std::string sleeps() const {
        std::string text;
        for (const int sleep : slept) text += (text.empty() ? "" : ", ") + std::to_string(sleep);
        return text;
    }

    LockOfYours lock;
    std::vector<int> slept;    // each sleep, in microseconds
    int frees_at_sleep = 0;    // in this sleep the other one gives the lock back; 0: never
    std::uint32_t random = 0;  // what random_bits gives
};

}  // namespace

TEST_CASE("a lock that is free is taken in one step") {
    const Watchdog watchdog;
    Scene scene;
    scene.lock.lock(k_me);
    CHECK(scene.lock.holder.peek() == k_me);
    CHECK(accesses.writes == 1);
    CHECK(scene.slept.empty());
    scene.lock.unlock();
    CHECK(scene.lock.holder.peek() == 0);
}

TEST_CASE("who finds it taken looks, and leaves the cache line where it is") {
    const Watchdog watchdog;
    Scene scene;
    patience.looks = 1'000;
    scene.lock.holder.poke(k_other);
    between_accesses = [&] {
        if (accesses.all() == 500) scene.lock.holder.poke(0);
    };
    scene.lock.lock(k_me);
    INFO(
        "the lock was given back after 500 accesses. Of these there was one to try, and then one to take it");
    CHECK(scene.lock.holder.peek() == k_me);
    CHECK(accesses.writes <= 2);
    CHECK(scene.slept.empty());
}

TEST_CASE("who has seen it free does not have it yet") {
    const Watchdog watchdog(30);
    {
        Scene scene;
        scene.lock.holder.poke(k_other);
        bool other_has_it = true;
        const auto other = [&](bool takes_it) {
            other_has_it = takes_it;
            scene.lock.holder.poke(takes_it ? k_other : 0);
        };
        between_accesses = [&] {
            if (accesses.all() == 5) other(false);
            if (accesses.all() == 6 && scene.lock.holder.peek() == 0) other(true);
            if (accesses.all() == 50) other(false);
        };
        scene.lock.lock(k_me);
        INFO("the lock came free, and after the look that saw it somebody else was quicker");
        REQUIRE_FALSE(other_has_it);
        CHECK(scene.lock.holder.peek() == k_me);
    }
    // Then several processes at once, with a pause wherever one may be.
    struct Shared {
        LockOfYours lock;
        std::uint64_t guarded;
    };
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    Shared& shared = *new (memory) Shared();
    sleep_us = [](int microseconds) { ::usleep(static_cast<useconds_t>(microseconds)); };
    random_bits = [] { return static_cast<std::uint32_t>(::getpid()) * 2'654'435'761u; };
    patience.shortest_us = 20;
    patience.longest_us = 200;
    patience.sleeps = 1'000'000'000;
    between_accesses = [] { ::sched_yield(); };
    {
        std::deque<Child> children;
        for (std::uint32_t me = 1; me <= 4; ++me) {
            children.emplace_back([&shared, me] {
                for (int n = 0; n < 2'000; ++n) {
                    shared.lock.lock(me);
                    const std::uint64_t before = shared.guarded;
                    if (n % 8 == 0) ::sched_yield();
                    shared.guarded = before + 1;
                    shared.lock.unlock();
                }
            });
        }
        for (Child& child : children) CHECK_NOTHROW(child.join());
    }
    between_accesses = nullptr;
    patience = Patience{};
    INFO("four processes have counted to 2000 each");
    CHECK(shared.guarded == 8'000);
    ::munmap(memory, sizeof(Shared));
}

TEST_CASE("who has looked in vain sleeps, each time as long as before or by chance longer") {
    const Watchdog watchdog;
    {
        Scene scene;
        patience.looks = 10;
        scene.lock.holder.poke(k_other);
        scene.frees_at_sleep = 4;
        scene.lock.lock(k_me);
        INFO("the shortest sleep has 1000 microseconds, and the random bits were all nought");
        CHECK(scene.sleeps() == "1000, 1000, 1000, 1000");
        INFO("it finds the lock taken ten times before each sleep");
        const bool about_ten = accesses.all() >= 4 * 10 && accesses.all() <= 4 * 10 + 10;
        CHECK(about_ten);
    }
    {
        Scene scene;
        patience.looks = 10;
        scene.lock.holder.poke(k_other);
        scene.random = 1u << 31;
        scene.frees_at_sleep = 4;
        scene.lock.lock(k_me);
        INFO("the random bits were in the middle: one and a half times as long");
        CHECK(scene.sleeps() == "1000, 1500, 2250, 3375");
    }
}

TEST_CASE("a sleep that would be longer than the longest is one of the shortest") {
    const Watchdog watchdog;
    Scene scene;
    patience.longest_us = 3'000;
    scene.lock.holder.poke(k_other);
    scene.random = 1u << 31;
    scene.frees_at_sleep = 5;
    scene.lock.lock(k_me);
    INFO("from 1000 to 3000 microseconds, each time one and a half times as long");
    CHECK(scene.sleeps() == "1000, 1500, 2250, 1000, 1500");
}

TEST_CASE("when all patience has been in vain it says who has the lock") {
    const Watchdog watchdog;
    Scene scene;
    patience.sleeps = 5;
    scene.lock.holder.poke(k_other);
    const std::string said = error_of([&] { scene.lock.lock(k_me); });
    CHECK(said == "XX000: stuck spinlock, held by process 7");
    CHECK(scene.slept.size() == 5);
    CHECK(scene.lock.holder.peek() == k_other);
    INFO("the next one waits just as long, and is lucky");
    scene.frees_at_sleep = 10;
    CHECK(error_of([&] { scene.lock.lock(k_me); }) == "no error");
    CHECK(scene.lock.holder.peek() == k_me);
}
