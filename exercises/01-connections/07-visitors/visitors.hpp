/// \file
/// A layer that remembers visitors.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore::exercise {

/// The layer, for the list in `main`.
std::unique_ptr<Subsystem> visitors_subsystem();

}  // namespace forklore::exercise
