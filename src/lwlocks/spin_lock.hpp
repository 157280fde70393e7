/// \file
/// SpinLock: for a few instructions, when whoever has to wait would wait less than it takes to fall asleep.
///
/// Between lock() and unlock() stand a handful of loads and stores: no call that may fail or take long, no other lock. A waiter
/// looks at the lock again and again, then sleeps for growing random periods, and when a lock has not come free after very many of
/// them, its holder must be dead or lost and nothing in shared memory can be trusted: the waiter panics, naming the line that waits.
///
/// Counterpart in PostgreSQL: s_lock.h, s_lock.c.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/source_location.hpp"
#include "lwlocks/self.hpp"

namespace forklore {

//! [patience]
/// How long a process waits for what should take no time. Each has its own, and a test may shorten it.
struct SpinPatience {
    int least_looks = 10;        ///< looks before the first sleep: never less than this, …
    int most_looks = 1000;       ///< … never more than this, …
    int looks = 100;             ///< … and just now, by what has paid
    int shortest_us = 1'000;     ///< the first sleep
    int longest_us = 1'000'000;  ///< beyond this the sleeps begin anew with the shortest
    int sleeps = 1'000;          ///< after so many somebody is stuck
};
extern FORKLORE_PER_PROCESS SpinPatience spin_patience;  ///< this process's
//! [patience]

//! [pause]
/// Tells the processor that this is a loop that waits: it then saves power, and leaves more to a neighbour on the same core.
inline void pause_processor() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}
//! [pause]

//! [spin-delay]
/// One wait for what should take no time: `SpinDelay delay; while (busy()) delay.look_again();`
class SpinDelay {
public:
    /// \param what is waited for, as the last words say it. \param where the line that waits.
    explicit SpinDelay(const char* what, SourceLocation where) : what_(what), where_(where) {}
    ~SpinDelay();
    SpinDelay(const SpinDelay&) = delete;
    SpinDelay& operator=(const SpinDelay&) = delete;

    /// Lets a moment pass, at first a short one. Panics when there have been too many. \param holder whom the last words shall name: one
    /// more than a slot's number; 0 for nobody.
    void look_again(std::uint32_t holder = 0);

private:
    const char* what_;
    SourceLocation where_;
    int looks_ = 0, sleeps_ = 0, period_us_ = 0;
};
//! [spin-delay]

//! [spin-lock]
/// A word that is nought while the lock is free; zeroed memory is a free lock. It is what the standard calls Lockable.
class SpinLock {
public:
    using Shareable = void;  ///< see k_shareable

    /// Takes the lock. Panics when it is stuck. \param where the line that waits.
    void lock(SourceLocation where = SourceLocation::current()) {
        detail::begin_holding();
        if (!take()) [[unlikely]]
            spin(where);
    }

    /// Takes the lock if it is free. \return whether it was.
    bool try_lock() {
        detail::begin_holding();
        if (take()) return true;
        detail::end_holding();
        return false;
    }

    /// Gives the lock back. For its holder alone.
    void unlock() {
        holder_.store(0, std::memory_order_release);
        detail::end_holding();
    }

private:
    // Who has no slot takes it under a number that nobody else has.
    bool take() {
        std::uint32_t free = 0;
        return holder_.compare_exchange_strong(free, detail::self.number | k_taken, std::memory_order_acq_rel,
                                               std::memory_order_relaxed);
    }
    void spin(SourceLocation where);

    static constexpr std::uint32_t k_taken = 1u << 31;
    // The holder's number, for the last words of whoever finds it stuck.
    std::atomic<std::uint32_t> holder_{0};
};

/// Holds a spinlock while it lives, and names the line that waits, where std::lock_guard would name its own.
class SpinLockGuard {
public:
    /// \param lock taken. \param where the line that takes it.
    explicit SpinLockGuard(SpinLock& lock, SourceLocation where = SourceLocation::current()) : lock_(lock) {
        lock_.lock(where);
    }
    ~SpinLockGuard() { lock_.unlock(); }
    SpinLockGuard(const SpinLockGuard&) = delete;
    SpinLockGuard& operator=(const SpinLockGuard&) = delete;

private:
    SpinLock& lock_;
};
//! [spin-lock]

}  // namespace forklore
