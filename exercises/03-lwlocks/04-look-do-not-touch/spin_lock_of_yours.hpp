/// \file
/// A lock that is looked at until it is free, and what it is made of.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <random>

namespace forklore::exercise {

/// What this process has done to words.
struct Accesses {
    int looks = 0;   ///< they let everybody keep the cache line
    int writes = 0;  ///< they take it from everybody else, even those that fail
    /// All of them.
    int all() const { return looks + writes; }
};
inline Accesses accesses;

/// Called before each access to a Word, while it is set: another process may run at this moment. A test says what that one does.
inline std::function<void()> between_accesses;

/// 32 bits that processes share. An access is one step.
class Word {
public:
    /// What it holds.
    std::uint32_t load() const {
        if (between_accesses) between_accesses();
        ++accesses.looks;
        return value_.load(std::memory_order_acquire);
    }
    /// Makes it hold `after` if it holds `before`. \return whether it did.
    bool replace(std::uint32_t before, std::uint32_t after) {
        if (between_accesses) between_accesses();
        ++accesses.writes;
        return value_.compare_exchange_strong(before, after);
    }
    /// Makes it hold something else. \param value this.
    void store(std::uint32_t value) {
        if (between_accesses) between_accesses();
        ++accesses.writes;
        value_.store(value, std::memory_order_release);
    }
    /// The same as load() and store(), for a test: nothing happens before them, and they do not count.
    std::uint32_t peek() const { return value_.load(); }
    void poke(std::uint32_t value) { value_.store(value); }

private:
    std::atomic<std::uint32_t> value_{0};
};

/// How long a process waits for what should take no time.
struct Patience {
    int looks = 100;          ///< so often it finds the lock taken before it sleeps, and between two sleeps
    int shortest_us = 1'000;  ///< the first sleep
    int longest_us = 1'000'000;  ///< a sleep that would be longer begins anew with the shortest
    int sleeps = 1'000;          ///< when so many have not helped, somebody is stuck
};
inline Patience patience;

/// Sleeps. \param microseconds how long.
inline std::function<void(int microseconds)> sleep_us = [](int microseconds) {
    const timespec period{microseconds / 1'000'000, microseconds % 1'000'000 * 1'000};
    ::nanosleep(&period, nullptr);
};
/// 32 random bits. No two processes get the same.
inline std::function<std::uint32_t()> random_bits = [] {
    static std::random_device device;
    return static_cast<std::uint32_t>(device());
};

/// See the top of this file. Lies in shared memory.
struct LockOfYours {
    /// Takes the lock. Throws Error XX000, "stuck spinlock, held by process 7", when it has not come free in all its patience.
    /// \param me the number of who asks, from 1.
    void lock(std::uint32_t me);
    /// Gives it back.
    void unlock();

    Word holder;  ///< the number of who has it; 0 while it is free
};

}  // namespace forklore::exercise
