/// \file
/// Where modules step in to get shared memory of their own. The other hooks lie where the work is done: `emit_log_hook` in base,
/// `executor_start_hook` and its kin in queries, `client_authentication_hook` and `session_start_hook` in connections.
///
/// Counterpart in PostgreSQL: shmem_request_hook (miscinit.c), shmem_startup_hook (ipci.c).
#pragma once

#include "base/hook.hpp"

namespace forklore {

//! [shared-memory-hooks]
/// Called once in the postmaster, before there is shared memory: for Segment::request(), request_lw_locks() and the like.
extern Hook<void()> shared_memory_request_hook;
/// Called in the postmaster when shared memory is there, and again when it has been made anew: for Segment::find_or_create().
extern Hook<void()> shared_memory_startup_hook;
//! [shared-memory-hooks]

}  // namespace forklore
