// A slot that is taken is registered.
#include "slots.hpp"

namespace forklore::exercise {

std::optional<Handle> enlist(Slots& slots, std::uint64_t job) {
    for (Slot& slot : slots) {
        std::uint64_t found = slot.word.load();
        if (Said::of(found).stage != k_free) continue;
        const Said mine{Said::of(found).generation + 1, k_registered};
        if (!slot.word.compare_exchange(found, mine.number())) continue;
        slot.job.store(job);
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
