/// \file
/// A layer that sells seats.
#pragma once

#include <cstdint>
#include <memory>

#include "base/wait_event.hpp"
#include "connections/subsystem.hpp"

namespace forklore::exercise {

inline constexpr std::int32_t k_seats = 1000;  ///< in the house, numbered from 1
inline constexpr const char* k_tranche =
    "box_office";  ///< what who waits for the house's lock says that it waits for

/// What a session waits for while it takes stock.
inline const WaitEvent k_stocktaking = define_wait_event(WaitEventClass::extension, "Stocktaking");

/// select book(3): books seats beside each other, the first ones that are free. Throws Error 22023 when fewer than one are wanted, and 53000
/// when there are not so many beside each other; then none is booked.
/// \param count how many. \return the number of the first
std::int32_t book(std::int32_t count);

/// select free_seats(): how many are free.
std::int32_t free_seats();

/// select stocktaking(60): counts what is free, waits in k_stocktaking, and counts again. Nobody books meanwhile, but others may look.
/// \param seconds between the two. \return whether both were the same
bool stocktaking(double seconds);

/// The layer, for the list in `main`.
std::unique_ptr<Subsystem> box_office_subsystem();

}  // namespace forklore::exercise
