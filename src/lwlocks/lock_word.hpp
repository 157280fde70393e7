/// \file
/// LockWord: the whole state of a light-weight lock in one word of 32 bits, so that one atomic instruction sees and changes it.
///
/// Counterpart in PostgreSQL: LWLock.state and the functions around it in lwlock.c.
#pragma once

#include <atomic>
#include <cstdint>

#include "lwlocks/self.hpp"

namespace forklore {

//! [bits]
/// See the top of this file. A word of nought is a free lock for which nobody waits.
class LockWord {
public:
    /// \name Its bits
    /// \{
    static constexpr std::uint32_t k_one_shared = 1;        ///< bits 0 to 23: how many hold it shared
    static constexpr std::uint32_t k_exclusive = 1u << 24;  ///< somebody holds it alone
    static constexpr std::uint32_t k_held = k_exclusive | (k_exclusive - 1);  ///< somebody holds it
    static constexpr std::uint32_t k_open = 1u << 27;  ///< to share it, sign elsewhere: see sign_in.hpp
    static constexpr std::uint32_t k_queue_locked = 1u << 28;  ///< somebody is changing the queue of waiters
    static constexpr std::uint32_t k_has_waiters = 1u << 29;   ///< the queue is not empty
    static constexpr std::uint32_t k_wake_under_way = 1u << 30;  ///< somebody was woken and has yet to try
    /// \}
    //! [bits]

    //! [take]
    /// Takes the lock in one step, or does not. \param mode exclusive or shared. \return whether it is taken.
    bool try_take(LWLockMode mode) {
        const std::uint32_t in_the_way = mode == LWLockMode::exclusive ? k_held | k_open : k_exclusive;
        const std::uint32_t mine = mode == LWLockMode::exclusive ? k_exclusive : k_one_shared;
        std::uint32_t seen = bits_.load(std::memory_order_relaxed);
        while ((seen & in_the_way) == 0) {
            if (bits_.compare_exchange_weak(seen, seen + mine, std::memory_order_acq_rel,
                                            std::memory_order_relaxed))
                return true;
        }
        return false;
    }
    //! [take]

    //! [close]
    /// Takes an open lock alone and closes it, in one step, or does not: then it is not open, or somebody holds it here.
    /// \return whether it is taken. Those who have signed in elsewhere may still be there.
    bool try_close() {
        std::uint32_t seen = bits_.load(std::memory_order_relaxed);
        while ((seen & (k_open | k_held)) == k_open) {
            if (bits_.compare_exchange_weak(seen, (seen & ~k_open) | k_exclusive, std::memory_order_acq_rel,
                                            std::memory_order_relaxed))
                return true;
        }
        return false;
    }
    //! [close]

    //! [let-go]
    /// Gives the lock back. \param mode as it was taken. \return whether a waiter must be woken.
    bool let_go(LWLockMode mode) {
        const std::uint32_t mine = mode == LWLockMode::exclusive ? k_exclusive : k_one_shared;
        const std::uint32_t left = bits_.fetch_sub(mine, std::memory_order_acq_rel) - mine;
        // The last one out wakes, if there is somebody to be woken and nobody is on the way.
        return (left & (k_has_waiters | k_wake_under_way | k_held)) == k_has_waiters;
    }
    //! [let-go]

    //! [look]
    /// Whether it could be taken just now. \param mode exclusive or shared.
    bool looks_free(LWLockMode mode) const {
        return (bits_.load(std::memory_order_relaxed) &
                (mode == LWLockMode::exclusive ? k_held : k_exclusive)) == 0;
    }
    /// The bits, as they were a moment ago. \param order of the load.
    std::uint32_t bits(std::memory_order order = std::memory_order_acquire) const {
        return bits_.load(order);
    }
    //! [look]

    //! [queue-lock]
    /// Takes the queue, which is a spinlock of one bit.
    void lock_queue() {
        while ((bits_.fetch_or(k_queue_locked, std::memory_order_acquire) & k_queue_locked) != 0)
            wait_for_queue();
    }
    /// Gives the queue back. \param set bits to set in the same step. \param clear bits to clear in the same step.
    void unlock_queue(std::uint32_t set = 0, std::uint32_t clear = 0) {
        std::uint32_t seen = bits_.load(std::memory_order_relaxed);
        while (!bits_.compare_exchange_weak(seen, (seen | set) & ~(clear | k_queue_locked),
                                            std::memory_order_release, std::memory_order_relaxed)) {
        }
    }
    /// Sets bits of the queue's. \param which of them.
    void set(std::uint32_t which) { bits_.fetch_or(which, std::memory_order_acq_rel); }
    /// Clears bits of the queue's. \param which of them.
    void clear(std::uint32_t which) { bits_.fetch_and(~which, std::memory_order_acq_rel); }
    //! [queue-lock]

    //! [queue-wait]
private:
    void wait_for_queue();

    std::atomic<std::uint32_t> bits_{0};
};
//! [queue-wait]

}  // namespace forklore
