/// \file
/// The blast radius: what dies with a process.
///
/// Each process counts in its slot what it holds of shared things: locks, pins, changes that are half made. When it is killed
/// while the count is zero, whatever it left behind is whole and an undertaker can clear it away; the others never notice. When
/// the count is not zero nobody knows what state shared memory is in, and all of it is made anew.
///
/// Counterpart in PostgreSQL: none; there every death by a signal is taken for the second kind.
#pragma once

#include "shared_memory/process_table.hpp"

namespace forklore {

//! [holding-shared]
/// This process holds something shared while this object lives. Nests. To be made before the thing is taken, and to go after it
/// has been given back.
class HoldingShared {
public:
    HoldingShared() noexcept : slot_(my_slot()) { add(1); }
    ~HoldingShared() { add(static_cast<std::uint32_t>(-1)); }
    HoldingShared(const HoldingShared&) = delete;
    HoldingShared& operator=(const HoldingShared&) = delete;

private:
    // Only this process writes the word, and it is read by others when this process is dead: no read-modify-write is needed, only
    // that the compiler leaves the store on its side of what it protects.
    void add(std::uint32_t n) noexcept {
        if (slot_ == nullptr) return;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        slot_->held.store(slot_->held.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    ProcessSlot* slot_;
};
//! [holding-shared]

}  // namespace forklore
