#include "background_workers/restart_policy.hpp"

#include <algorithm>

namespace forklore {

//! [restart-failed]
RestartPolicy::Duration RestartPolicy::failed(Duration lived, Duration asked) {
    // After a long rest a short life proves nothing.
    if (lived >= std::max(k_a_while, last_rest_)) failures_ = 0;
    if (++failures_ == 1) return last_rest_ = asked;
    last_rest_ = std::max(asked, std::clamp(2 * last_rest_, k_first_rest, k_longest_rest));
    return last_rest_;
}
//! [restart-failed]

}  // namespace forklore
