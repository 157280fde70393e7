/// \file
/// Where others may step in while a statement is carried out.
///
/// Counterpart in PostgreSQL: ExecutorStart_hook, ExecutorRun_hook, ExecutorEnd_hook, ProcessUtility_hook.
#pragma once

#include "base/hook.hpp"
#include "queries/session.hpp"

namespace forklore {

/// A query is about to yield its first row.
extern Hook<void(Session&, Portal&)> executor_start_hook;

/// Rows are pulled from a query: so many at most, 0 for all. \return how many there were
extern Hook<std::int64_t(Session&, Portal&, std::int64_t)> executor_run_hook;

/// A query that did not fail is done with, be it that it has no more rows or that nobody wants them. What is thrown here is only
/// logged.
extern Hook<void(Session&, Portal&)> executor_end_hook;

/// A statement without a plan is carried out: SET, BEGIN, LOAD, ….
extern Hook<void(Session&, Portal&)> process_utility_hook;

}  // namespace forklore
