/// \file
/// The floor of signals as the server's list of layers has it.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore {

/// Inter-process signaling as a subsystem: a latch for each process.
std::unique_ptr<Subsystem> signaling_subsystem();

}  // namespace forklore
