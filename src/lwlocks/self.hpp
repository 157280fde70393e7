/// \file
/// What a process knows of itself when it takes a lock: who it is, and what it holds.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/interrupts.hpp"
#include "base/per_process.hpp"
#include "base/source_location.hpp"
#include "shared_memory/blast_radius.hpp"

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
    std::atomic<const LWLock*>* page;  // in my waiter: open locks that I hold shared; null: I cannot sign in
    HeldLock locks[k_most_lw_locks];   // in the order in which they were taken
};
extern FORKLORE_PER_PROCESS Self self;
//! [self]

}  // namespace detail

//! [attach]
/// Makes this process the owner of a slot's place in the wait queues. It then holds no lock. To be called in a child, when it has its
/// slot. \param slot its number, from 0; a negative one for none.
void attach_lw_locks(std::int32_t slot);
//! [attach]

}  // namespace forklore
