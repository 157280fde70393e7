/// \file
/// The floor of locks as the server's list of layers has it.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore {

/// Light-weight locks as a subsystem: the waiters' places, tranches, `track_lwlocks` and `pg_stat_lwlocks`.
std::unique_ptr<Subsystem> lwlocks_subsystem();

}  // namespace forklore
