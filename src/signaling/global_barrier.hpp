/// \file
/// The global barrier: a moment after which every process has seen something.
///
/// Whoever changes what all processes may remember on their own (a file that is open, a name that has been looked up) makes the change, raises
/// the barrier, and waits. When the wait is over each process that lived at that moment has passed a check point since, where it forgot
/// what it remembered, or is gone.
///
/// Counterpart in PostgreSQL: procsignal.c (EmitProcSignalBarrier, WaitForProcSignalBarrier).
#pragma once

#include <cstdint>

#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [global-barrier]
/// One raised barrier. Later ones have higher numbers.
using BarrierGeneration = std::uint64_t;

/// Says what a process does to absorb a barrier, of whichever kind. In the postmaster, before the first child. \param absorb must not fail:
/// what it throws is logged, and the barrier counts as not absorbed until the next one.
void on_global_barrier(void (*absorb)());

/// Raises one: tells all processes. \return its number, to be waited for.
BarrierGeneration raise_global_barrier();

/// Waits until each process that lived when the barrier was raised has absorbed it or is gone. This one absorbs it here. Throws what an interrupt
/// throws; the barrier is then absorbed all the same, and nobody waits. Not to be called while interrupts are held.
/// \param generation as raise_global_barrier() returned it.
void wait_for_global_barrier(BarrierGeneration generation);

namespace detail {
void attach_global_barrier();                         // in a child, after it can be told
void leave_global_barrier(SlotNumber slot) noexcept;  // it is not to be waited for any more
void request_global_barrier();                        // first and second phase of the segment
void create_global_barrier();
}  // namespace detail
//! [global-barrier]

}  // namespace forklore
