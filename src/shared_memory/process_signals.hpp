/// \file
/// SQL functions that send signals to other processes: pg_cancel_backend and its kin.
///
/// Counterpart in PostgreSQL: signalfuncs.c.
#pragma once

namespace forklore {

class Registry;

/// Adds them. \param to the process's registry.
void register_process_signals(Registry& to);

}  // namespace forklore
