// Whatever stands there, the postmaster makes something of it that can be.
#include <algorithm>

#include "keeper.hpp"

namespace forklore::exercise {

namespace {
bool can_be(const Slot& slot) {
    return slot.function.load() < k_functions && slot.rest.load() <= k_longest_rest;
}
}  // namespace

void KeeperOfOne::look() {
    if (known_ || slot_.stage.load() != k_registered) return;
    if (!can_be(slot_)) {
        server_.refuse();
        slot_.stage.store(k_free);
        return;
    }
    known_ = Worker{.function = slot_.function.load() % k_functions,
                    .rest = std::min(slot_.rest.load(), k_longest_rest)};
    slot_.stage.store(k_known);
    server_.start(known_->function);
}

void KeeperOfOne::failed() { server_.call_after(known_->rest); }

void KeeperOfOne::rested() { server_.start(known_->function); }

}  // namespace forklore::exercise
