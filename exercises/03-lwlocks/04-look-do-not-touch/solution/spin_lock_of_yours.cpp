// Who has seen the lock free does not have it: only the step that writes knows. And who has seen it taken does not try.
#include "spin_lock_of_yours.hpp"

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
        // Between once and twice as long the next time, so that two who began together do not go on together.
        period_us += static_cast<int>(period_us * (random_bits() / 4294967296.0));
        if (period_us > patience.longest_us) period_us = patience.shortest_us;
    }
}

void LockOfYours::unlock() { holder.store(0); }

}  // namespace forklore::exercise
