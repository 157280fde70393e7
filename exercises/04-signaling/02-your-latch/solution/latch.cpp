// Each function changes the word in one step, and decides by what the word held before. So all that happens to a latch happens in one order, and
// each of two that meet knows who was first.
#include "signaling/latch.hpp"

namespace forklore {

void Latch::set() noexcept {
    // The announcement changes the same word: it came before this, and is seen here, or it comes later, and sees this.
    const std::uint32_t before = word_.fetch_or(k_set, std::memory_order_acq_rel);
    // Whoever set it before has rung, or there was nobody to ring for.
    if ((before & (k_set | k_asleep)) == k_asleep) detail::wake_sleeper(slot_, (before & k_bell) != 0);
}

void Latch::reset() noexcept { word_.exchange(0, std::memory_order_acq_rel); }

bool Latch::fall_asleep(bool with_bell) noexcept {
    const std::uint32_t before =
        word_.fetch_or(with_bell ? k_asleep | k_bell : k_asleep, std::memory_order_acq_rel);
    if ((before & k_set) == 0) return true;
    reset();  // awake, and about to look at everything
    return false;
}

void Latch::awake() noexcept { word_.fetch_and(k_set, std::memory_order_acq_rel); }

bool Latch::set_own() noexcept { return (word_.fetch_or(k_set, std::memory_order_acq_rel) & k_asleep) != 0; }

}  // namespace forklore
