/// \file
/// The blast radius: what dies with a process.
///
/// Each process counts in its slot what it holds of shared things: locks, pins, changes that are half made. When it is killed
/// while the count is zero, whatever it left behind is whole and an undertaker can clear it away; the others never notice. When
/// the count is not zero nobody knows what state shared memory is in, and all of it is made anew.
///
/// Counterpart in PostgreSQL: none; there every death by a signal is taken for the second kind.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/per_process.hpp"

namespace forklore {

//! [holding-shared]
namespace detail {
// Where this process counts: in its slot, or, if it has none, where nobody looks.
extern FORKLORE_PER_PROCESS std::atomic<std::uint32_t>* held;

// Only this process writes the word, and it is read by others when this process is dead: no read-modify-write is needed, only that the
// compiler leaves each store on its side of what it protects.
inline void begin_holding() noexcept {
    held->store(held->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}
inline void end_holding() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    held->store(held->load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}
}  // namespace detail

/// This process holds something shared while this object lives. Nests. To be made before the thing is taken, and to go after it
/// has been given back.
class HoldingShared {
public:
    HoldingShared() noexcept { detail::begin_holding(); }
    ~HoldingShared() { detail::end_holding(); }
    HoldingShared(const HoldingShared&) = delete;
    HoldingShared& operator=(const HoldingShared&) = delete;
};

/// Where this process counts from now on. \param word in its slot; null: where nobody looks
void count_holding_in(std::atomic<std::uint32_t>* word) noexcept;
//! [holding-shared]

}  // namespace forklore
