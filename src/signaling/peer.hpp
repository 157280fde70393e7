/// \file
/// Peer: another process that this one counts on, and how it learns that the other is gone.
///
/// A process that ends, or is killed, cannot be relied upon to say so. What is certain is that its slot is cleared away: by itself when it
/// leaves, by an undertaker when it was killed. Whoever waits for another process writes down for whom, and is woken then.
///
/// Counterpart in PostgreSQL: shm_mq.c with the handle of a background worker (shm_mq_counterparty_gone).
#pragma once

#include <cstdint>

#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [peer]
/// A process: a slot, and which of its owners.
struct Peer {
    SlotNumber slot = k_no_slot;   ///< k_no_slot: nobody
    std::uint64_t generation = 0;  ///< ProcessSlot::generation when it had the slot
};

/// This process.
Peer this_process();

/// Whether it has ended. \param peer somebody
bool is_gone(const Peer& peer);

/// While this lives, this process's latch is set when the other is gone. One at a time. After it has been made, ask is_gone(), and then wait.
class CountingOn {
public:
    /// \param peer whom
    explicit CountingOn(const Peer& peer) noexcept;
    ~CountingOn();
    CountingOn(const CountingOn&) = delete;
    CountingOn& operator=(const CountingOn&) = delete;
};

namespace detail {
void tell_gone(SlotNumber slot) noexcept;  // its owner has ended, or is just about to
void request_peers();                      // first and second phase of the segment
void create_peers();
}  // namespace detail
//! [peer]

}  // namespace forklore
