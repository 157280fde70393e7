/// \file
/// What a process knows of itself when it takes a lock: who it is, what it holds, and where it counts that for the others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/interrupts.hpp"
#include "base/per_process.hpp"
#include "base/source_location.hpp"

namespace forklore {

//! [mode]
class LWLock;

/// How a light-weight lock is held or waited for.
enum class LWLockMode : std::uint8_t {
    exclusive,        ///< alone
    shared,           ///< together with other shared holders
    wait_until_free,  ///< not held: what a waiter wants who would only see it free, or its variable changed
};
//! [mode]

//! [site]
/// The line that took a lock: known where that costs nothing that matters, in debug builds, and an empty thing elsewhere.
#ifndef NDEBUG
using LockSite = SourceLocation;
#else
struct LockSite {
    /// Knows nothing.
    static constexpr LockSite current() noexcept { return {}; }
};
#endif
//! [site]

//! [limits]
/// How many light-weight locks a process may hold at once.
inline constexpr std::uint32_t k_most_lw_locks = 200;
/// How many open locks it may hold by signing in. A power of two.
inline constexpr std::size_t k_sign_in_places = 8;
//! [limits]

namespace detail {

//! [self]
struct HeldLock {
    LWLock* lock;
    LWLockMode mode;
    bool signed_in;  // held by a name on my page, not by a number in the lock
    [[no_unique_address]] LockSite where;
};

// This process. Its address is known when the program is linked, and the fast path is made of little else.
struct Self {
    std::uint32_t number;              // one more than my slot's; 0: I have none, and cannot wait
    std::uint32_t lock_count;          // entries of `locks`
    std::atomic<std::uint32_t>* held;  // in my slot: how many shared things I hold just now
    std::atomic<const LWLock*>* page;  // in my waiter: open locks that I hold shared; null: I cannot sign in
    HeldLock locks[k_most_lw_locks];   // in the order in which they were taken
};
extern FORKLORE_PER_PROCESS Self self;
//! [self]

//! [holding]
// Nobody else writes the count, so it needs no atomic addition. But whoever finds nought there when this process is dead concludes
// that it held nothing, so the count must have risen before a lock is taken and fall after it is free. Taking a lock is a release
// as well as an acquire, which keeps the first store where it is; the second is a release itself.
inline void begin_holding() {
    self.held->store(self.held->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
inline void end_holding() {
    self.held->store(self.held->load(std::memory_order_relaxed) - 1, std::memory_order_release);
}
// Between two steps that another process may only see both or neither of.
class Holding {
public:
    Holding() { begin_holding(); }
    ~Holding() { end_holding(); }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;
};
//! [holding]

}  // namespace detail

//! [attach]
/// Makes this process the owner of a slot's place in the wait queues. It then holds no lock. To be called in a child, when it has its
/// slot. \param slot its number, from 0; a negative one for none.
void attach_lw_locks(std::int32_t slot);
//! [attach]

}  // namespace forklore
