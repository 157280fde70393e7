/// \file
/// SignalPlace: all that this layer keeps in shared memory for each slot, side by side, so that a new process comes to one page of it.
#pragma once

#include <atomic>
#include <cstdint>

#include "signaling/latch.hpp"

namespace forklore {

namespace detail {

//! [signal-place]
struct SignalPlace {
    using Shareable = void;
    Latch latch;
    // Reasons in the lower half, and the pid of the process for which they are meant in the upper one; 0: nobody listens. Written by all.
    alignas(64) std::atomic<std::uint64_t> told{0};
    // The last barrier that was absorbed here. Its owner alone writes it.
    std::atomic<std::uint64_t> absorbed{0};
    // Up to this generation, the slot's owners have ended. They or their undertakers write it.
    std::atomic<std::uint64_t> gone{0};
    // So many messages of the invalidation queue have been read here. Its owner alone writes it.
    std::atomic<std::uint64_t> heard{0};
    // One more than the slot that its owner counts on; 0: none. Its owner writes it, or its undertaker.
    std::atomic<std::int32_t> counts_on{0};
    // Whether its owner waits for a barrier. It writes it, or its undertaker.
    std::atomic<bool> awaits_barrier{false};
};

// A slot's place. \param number less than slot_count()
SignalPlace& signal_place(SlotNumber number);

void request_signal_places();  // first and second phase of the segment
void create_signal_places();
//! [signal-place]

}  // namespace detail

}  // namespace forklore
