/// \file
/// A layer that finds processes by their ids, in a shared hash map.
#pragma once

#include <memory>

#include "connections/subsystem.hpp"

namespace forklore::exercise {

/// The layer, for the list in `main`. SQL sees the view process_directory and the function slot_of.
std::unique_ptr<Subsystem> process_directory_subsystem();

}  // namespace forklore::exercise
