// Whoever has lived for a while begins anew.
#include "background_workers/restart_policy.hpp"

#include <algorithm>

namespace forklore {

RestartPolicy::Duration RestartPolicy::failed(Duration lived, Duration asked) {
    if (lived >= k_a_while) failures_ = 0;
    ++failures_;
    if (failures_ == 1)
        last_rest_ = asked;
    else
        last_rest_ = std::max(asked, std::clamp(2 * last_rest_, k_first_rest, k_longest_rest));
    return last_rest_;
}

}  // namespace forklore
