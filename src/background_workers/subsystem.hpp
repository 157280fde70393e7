/// \file
/// The floor of background workers and modules as the server's list of layers has it.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore {

/// Background workers and modules as a subsystem: processes that serve the server, and libraries that are loaded into it.
std::unique_ptr<Subsystem> background_workers_subsystem();

}  // namespace forklore
