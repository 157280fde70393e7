// Each start has its own look at the registration, and its own check.
#include "keeper.hpp"

namespace forklore::exercise {

namespace {
bool can_be(const Worker& worker) { return worker.function < k_functions && worker.rest <= k_longest_rest; }
}  // namespace

void KeeperOfOne::look() {
    if (known_ || slot_.stage.load() != k_registered) return;
    const Worker copy{.function = slot_.function.load(), .rest = slot_.rest.load()};
    if (!can_be(copy)) {
        server_.refuse();
        slot_.stage.store(k_free);
        return;
    }
    known_ = copy;
    slot_.stage.store(k_known);
    server_.start(known_->function);
}

void KeeperOfOne::failed() { server_.call_after(known_->rest); }

void KeeperOfOne::rested() {
    const Worker copy{.function = slot_.function.load(), .rest = slot_.rest.load()};
    if (can_be(copy)) known_ = copy;
    server_.start(known_->function);
}

}  // namespace forklore::exercise
