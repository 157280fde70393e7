// Each rest is twice as long as the one before.
#include "background_workers/restart_policy.hpp"

#include <algorithm>

namespace forklore {

RestartPolicy::Duration RestartPolicy::failed(Duration lived, Duration asked) {
    if (lived >= std::max(k_a_while, last_rest_)) failures_ = 0;
    ++failures_;
    last_rest_ = failures_ == 1 ? asked : std::max(asked, std::min(2 * last_rest_, k_longest_rest));
    return last_rest_;
}

}  // namespace forklore
