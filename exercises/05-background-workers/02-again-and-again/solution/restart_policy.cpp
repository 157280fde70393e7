// A series of failures has one rest that grows, whatever the worker asks for meanwhile. It ends when the worker has lived for a while, and a while is
// at least as long as it has just rested: else whoever lives for two seconds would be as good as new after a rest of a minute.
#include "background_workers/restart_policy.hpp"

#include <algorithm>

namespace forklore {

RestartPolicy::Duration RestartPolicy::failed(Duration lived, Duration asked) {
    if (lived >= std::max(k_a_while, last_rest_)) failures_ = 0;
    ++failures_;
    if (failures_ == 1) {
        last_rest_ = asked;
    } else {
        // Twice nothing is nothing, so there is a first step; and only our own part has a limit, not what was asked for.
        const Duration grown = std::clamp(2 * last_rest_, k_first_rest, k_longest_rest);
        last_rest_ = std::max(grown, asked);
    }
    return last_rest_;
}

}  // namespace forklore
