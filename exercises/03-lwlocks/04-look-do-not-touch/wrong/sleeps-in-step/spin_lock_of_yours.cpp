// Twice as long each time, and never longer than the longest: that is how one waits for a network.
#include "spin_lock_of_yours.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace forklore::exercise {

void LockOfYours::lock(std::uint32_t me) {
    if (holder.replace(0, me)) return;
    int looks = 0, sleeps = 0, period_us = patience.shortest_us;
    for (;;) {
        if (holder.load() == 0 && holder.replace(0, me)) return;
        if (++looks < patience.looks) continue;
        looks = 0;
        if (sleeps++ == patience.sleeps)
            throw Error(sqlstate::internal_error, "stuck spinlock, held by process {}", holder.load());
        sleep_us(period_us);
        period_us = std::min(2 * period_us, patience.longest_us);
    }
}

void LockOfYours::unlock() { holder.store(0); }

}  // namespace forklore::exercise
