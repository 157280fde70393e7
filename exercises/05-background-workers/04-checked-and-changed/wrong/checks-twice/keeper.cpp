// If it could be before it was copied, and can be afterwards, nobody has changed it.
#include "keeper.hpp"

namespace forklore::exercise {

namespace {
bool can_be(const Slot& slot) {
    return slot.function.load() < k_functions && slot.rest.load() <= k_longest_rest;
}
}  // namespace

void KeeperOfOne::look() {
    if (known_ || slot_.stage.load() != k_registered) return;
    const bool before = can_be(slot_);
    const Worker copy{.function = slot_.function.load(), .rest = slot_.rest.load()};
    if (!before || !can_be(slot_)) {
        server_.refuse();
        slot_.stage.store(k_free);
        return;
    }
    known_ = copy;
    slot_.stage.store(k_known);
    server_.start(known_->function);
}

void KeeperOfOne::failed() { server_.call_after(known_->rest); }

void KeeperOfOne::rested() { server_.start(known_->function); }

}  // namespace forklore::exercise
