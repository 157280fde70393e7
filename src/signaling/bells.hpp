/// \file
/// Bells: for each slot a descriptor by which whoever sleeps there is woken for less than a signal costs.
///
/// A descriptor is a process's own affair: another process must have inherited it, or been handed it. To let every child inherit one
/// for each slot would make each fork dearer by as many descriptors, for sessions, too, that never wake anybody. So the postmaster makes
/// them (they are eventfds), puts them into a message to itself, as SCM_RIGHTS allows, and closes them. Nobody ever takes the message out of its
/// socket; who wants bells looks at it (MSG_PEEK), and the kernel gives him copies.
///
/// Without bells, or without the descriptors to hold them, everything goes on with signals.
#pragma once

#include "base/unique_fd.hpp"
#include "shared_memory/process_slot.hpp"

namespace forklore {

namespace detail {

//! [bells]
// In the postmaster, before its first child: makes the bells, once.
void make_bells(SlotNumber count);

// A slot's bell alone, for its owner. None when there is none to be had.
UniqueFd own_bell(SlotNumber number) noexcept;

// A slot's bell, for whoever wakes its owner; -1: none. The first few times there is none, since it takes copies of its neighbours' with it, and
// whoever wakes seldom does better with a signal. Not for signal handlers.
int bell_to_ring(SlotNumber number) noexcept;

// How many signals are sent or heard before bells are worth their descriptors.
inline constexpr int k_worth_a_bell = 8;
//! [bells]

}  // namespace detail

}  // namespace forklore
