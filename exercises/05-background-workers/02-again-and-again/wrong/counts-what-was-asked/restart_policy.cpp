// What was asked for, twice, four times, eight times.
#include "background_workers/restart_policy.hpp"

#include <algorithm>

namespace forklore {

RestartPolicy::Duration RestartPolicy::failed(Duration lived, Duration asked) {
    if (lived >= std::max(k_a_while, last_rest_)) failures_ = 0;
    ++failures_;
    last_rest_ = asked;
    for (int i = 1; i < failures_; ++i)
        last_rest_ = std::max(asked, std::clamp(2 * last_rest_, k_first_rest, k_longest_rest));
    return last_rest_;
}

}  // namespace forklore
