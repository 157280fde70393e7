/// \file
/// Lock order: what debug builds learn about deadlocks before they happen.
///
/// Two processes that take two locks in different orders may wait for each other for ever, but only when their moments meet, which no test can
/// be relied upon to hit. So debug builds note, for each lock that is taken while others are held, "this one after that one", with the
/// lines, in shared memory. An order that goes round in a circle is refused the first time somebody takes the lock that closes it,
/// whether or not anybody waits just then.
///
/// The idea is lockdep's, of the Linux kernel. PostgreSQL has no counterpart: a process that takes an LWLock twice waits for ever.
#pragma once

#include "lwlocks/lw_lock.hpp"

namespace forklore::detail {

//! [functions]
// A process that holds this lock has asked for it again in a way that it would wait for for ever. Throws Error.
[[noreturn]] void waits_for_itself(const LWLock& lock, LockSite where);

#ifndef NDEBUG
// First and second phase of the segment.
void request_lock_order();
void create_lock_order();
#else
inline void request_lock_order() {}
inline void create_lock_order() {}
#endif
//! [functions]

}  // namespace forklore::detail
