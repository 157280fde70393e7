// The word is taken in one step, which fails if anybody else has touched it since it was looked at, and says what it says in one step, too: generation and stage are never of two moments. What somebody asks
// for grows and never shrinks, so that an old handle cannot take back what a younger one has asked for.
#include "slots.hpp"

namespace forklore::exercise {

std::optional<Handle> enlist(Slots& slots, std::uint64_t job) {
    for (Slot& slot : slots) {
        std::uint64_t found = slot.word.load();
        if (Said::of(found).stage != k_free) continue;
        Said mine{Said::of(found).generation + 1, k_filling};
        if (!slot.word.compare_exchange(found, mine.number())) continue;
        slot.job.store(job);
        mine.stage = k_registered;
        slot.word.store(mine.number());
        return Handle{&slot, mine.generation};
    }
    return {};
}

Seen look(const Handle& handle) {
    const Said said = Said::of(handle.slot->word.load());
    if (said.generation != handle.generation || said.stage == k_free) return {Seen::ended};
    if (said.stage == k_registered) return {Seen::not_yet_started};
    return {Seen::runs, said.stage};
}

void ask_to_end(const Handle& handle) {
    std::uint64_t asked = handle.slot->to_end.load();
    while (asked < handle.generation && !handle.slot->to_end.compare_exchange(asked, handle.generation)) {
    }
}

}  // namespace forklore::exercise
