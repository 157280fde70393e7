#include "signaling/latch.hpp"

namespace forklore {

//! [set]
void Latch::set() noexcept {
    // This and the announcement in fall_asleep() change the same word, so one of them comes first. If it was the announcement, it is seen
    // here. If it was this, the announcement sees that the latch has been set, and there is no sleep. There is no third way.
    const std::uint32_t before = word_.fetch_or(k_set, std::memory_order_acq_rel);
    // Whoever finds it set need not wake anybody: the one that set it has done so, or nobody sleeps.
    if ((before & (k_set | k_asleep)) == k_asleep) detail::wake_sleeper(slot_, (before & k_bell) != 0);
}
//! [set]

//! [fall-asleep]
void Latch::reset() noexcept { word_.exchange(0, std::memory_order_acq_rel); }

bool Latch::fall_asleep(bool with_bell) noexcept {
    const std::uint32_t before = word_.fetch_or(with_bell ? k_asleep | k_bell : k_asleep, std::memory_order_acq_rel);
    if ((before & k_set) == 0) return true;
    reset();
    return false;
}

void Latch::awake() noexcept { word_.fetch_and(k_set, std::memory_order_acq_rel); }

bool Latch::set_own() noexcept { return (word_.fetch_or(k_set, std::memory_order_acq_rel) & k_asleep) != 0; }
//! [fall-asleep]

}  // namespace forklore
