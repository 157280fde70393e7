/// \file
/// The floor of signals as the server's list of layers has it.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore {

/// Inter-process signaling as a subsystem: latches, process signals, the global barrier, LISTEN and NOTIFY.
std::unique_ptr<Subsystem> signaling_subsystem();

}  // namespace forklore
