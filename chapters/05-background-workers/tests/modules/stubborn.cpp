// Does not hear anything any more once it is asked to.
#include "background_workers/module.hpp"

namespace {
bool go_on = true;
forklore::Void loop_for_ever() {
    for (volatile bool& on = go_on; on;) continue;
    return {};
}
}  // namespace

FORKLORE_MODULE("stubborn", "1") {
    module.add(forklore::function<loop_for_ever>("stubborn_loop", 0,
                                                 {.volatility = forklore::Volatility::volatile_}));
}
