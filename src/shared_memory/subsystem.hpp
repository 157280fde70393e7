/// \file
/// This layer as the postmaster knows it.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore {

/// Shared memory: the segment, the register of processes, and views of both.
std::unique_ptr<Subsystem> shared_memory_subsystem();

}  // namespace forklore
