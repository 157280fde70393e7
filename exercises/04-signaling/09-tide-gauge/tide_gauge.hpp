/// \file
/// A layer with a number that only rises, and sessions that wait for it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/wait_event.hpp"
#include "connections/subsystem.hpp"

namespace forklore::exercise {

/// What a session waits for in await_level().
inline const WaitEvent k_tide = define_wait_event(WaitEventClass::extension, "Tide");

/// select rise(3): raises the level, which begins at nought, and wakes those whose level has come. Throws Error 22023 when it would not rise.
/// \param by how much. \return the level now
std::int64_t rise(std::int64_t by);

/// select level(): how high it is.
std::int64_t level();

/// select await_level(10): waits, in k_tide, until it is so high. Throws what an interrupt throws. \param at_least how high. \return how high it is
std::int64_t await_level(std::int64_t at_least);

/// The layer, for the list in `main`.
std::unique_ptr<Subsystem> tide_gauge_subsystem();

}  // namespace forklore::exercise
