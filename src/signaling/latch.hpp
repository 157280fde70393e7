/// \file
/// Latch: where a process sleeps, and how any other process wakes it.
///
/// Every process with a slot has one, in shared memory. Whoever has done something for another process sets that process's latch
/// afterwards; whoever waits follows one pattern:
/// \code
/// for (;;) {
///     check_for_interrupts();
///     if (there_is_work()) break;
///     set.wait(timeout);        // announces the sleep, sleeps, and resets the latch
/// }
/// \endcode
/// Reset, check, wait: what is set after the reset and before the check is found by the check, and what is set after the check ends the
/// wait. Who checks first and resets then throws a wake-up away; who sleeps without having announced it is taken for somebody who need
/// not be woken. A process has one latch, and each of its waits resets it: after anything that may have waited, check again.
///
/// Counterpart in PostgreSQL: latch.c (SetLatch, ResetLatch), where a latch is two flags with barriers between them.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/sleeper.hpp"
#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [latch]
/// See the top of this file. All that is to be agreed upon is agreed upon in one word: of a set and an announced sleep one comes first,
/// and the other one sees it.
class alignas(64) Latch {
public:
    using Shareable = void;  ///< see k_shareable
    Latch() = default;
    /// \param slot of its owners
    explicit Latch(SlotNumber slot) noexcept : slot_(slot) {}

    /// Wakes its owner, now or when it is about to sleep. For everybody, but in a signal handler for one's own alone: raise_interrupt()
    /// does it. To be called after the change that the owner shall see. Costs one atomic instruction, and a system call only if the owner
    /// sleeps and nobody has woken it yet.
    void set() noexcept;

    /// Whether it is set; only its owner resets it.
    bool is_set() const noexcept { return (word_.load(std::memory_order_acquire) & k_set) != 0; }

    /// \name For its owner
    /// \{

    /// Forgets that it was set. Whatever was done before the sets that are forgotten here is seen by a check that follows.
    void reset() noexcept;
    /// Announces a sleep. \param with_bell its owner sleeps on the slot's bell and need not be sent a signal.
    /// \return false when it was set: then it has been reset, and its owner is awake.
    bool fall_asleep(bool with_bell = false) noexcept;
    /// Takes the announcement back; what was set stays set.
    void awake() noexcept;
    /// Sets it, from a signal handler as a rule. \return whether the owner has announced a sleep, and had better be woken.
    bool set_own() noexcept;
    /// \}

    /// Wakes its owner if it sleeps although it has been set: whoever set it may have been killed before it could do so.
    void ring_again() noexcept;

private:
    static constexpr std::uint32_t k_set = 1, k_asleep = 2, k_bell = 4;

    std::atomic<std::uint32_t> word_{0};  // k_set everybody sets, and its owner takes away; the others are its owner's
    SlotNumber slot_ = k_no_slot;         // written when the segment is made
};
//! [latch]

//! [latches]
/// The latch of a slot, whoever has it. \param number less than slot_count().
Latch& latch_of(SlotNumber number);

/// Makes the latch of this process's slot what its waits sleep on. In a process without a slot nothing changes. To be called in a child,
/// before it waits.
void attach_latch();

/// For an undertaker: wakes all whom a dead process has set and not woken.
void ring_all_again() noexcept;

namespace detail {
// Ends the sleep of whoever has a slot. \param has_bell it sleeps on its bell
void wake_sleeper(SlotNumber owner, bool has_bell) noexcept;
}  // namespace detail
//! [latches]

}  // namespace forklore
