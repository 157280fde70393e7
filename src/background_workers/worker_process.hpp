/// \file
/// A worker's process: from its first step to its last, and what its function may ask in between.
///
/// A worker that works in rounds looks like this:
/// \code
/// void watch(const forklore::BackgroundWorker&) {
///     for (;;) {
///         forklore::wait_for_work(1000);  // ms
///         // work
///     }
/// }
/// \endcode
/// It needs no end: when the worker shall end, waiting throws.
///
/// Counterpart in PostgreSQL: StartBackgroundWorker (bgworker.c), and what each worker's function begins with there.
#pragma once

#include <optional>

#include "background_workers/worker.hpp"
#include "connections/nursery.hpp"

namespace forklore {

//! [worker-process]
/// Lives a worker's life. \param me its description \param start what the postmaster gives it \return the process's exit status
int run_background_worker(const BackgroundWorker& me, OwnStart start);

/// What this worker was born with; null in any other process.
const OwnStart* own_start();
/// This worker's description; null in any other process.
const BackgroundWorker* own_description();

/// A check point for a worker that is between two pieces of work: throws when it shall end, reads settings again when they have changed, and
/// hands news to its session's listener. \return whether anything has happened for which the worker had better look around before it sleeps
bool check_worker();

/// Waits until somebody wakes this process (Latch::set() or a signal), or the time is over. What check_worker() does is done before and after.
/// \param timeout_ms none: for ever
void wait_for_work(std::optional<int> timeout_ms = {});
//! [worker-process]

}  // namespace forklore
