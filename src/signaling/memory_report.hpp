/// \file
/// What memory a process has, told in the log: pg_log_backend_memory_contexts.
///
/// Counterpart in PostgreSQL: mcxt.c (ProcessLogMemoryContextInterrupt), mcxtfuncs.c.
#pragma once

namespace forklore {

class Registry;

/// Adds the function, and what a process does that is asked. \param to the process's registry.
void register_memory_report(Registry& to);

}  // namespace forklore
