// Copied first, then checked: what is checked is what will be used, and nobody else can reach it in between. A copy may be half of what a child meant and half of
// what another one has written over it; if it passes the check it is a worker that can be, and more than that the postmaster need not know.
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

void KeeperOfOne::rested() { server_.start(known_->function); }

}  // namespace forklore::exercise
