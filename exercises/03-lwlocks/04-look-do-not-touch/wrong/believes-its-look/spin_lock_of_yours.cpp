// Looks, as it should, and when the lock is free writes its number there.
#include "spin_lock_of_yours.hpp"

#include "base/error.hpp"

namespace forklore::exercise {

void LockOfYours::lock(std::uint32_t me) {
    int looks = 0, sleeps = 0, period_us = patience.shortest_us;
    while (holder.load() != 0) {
        if (++looks < patience.looks) continue;
        looks = 0;
        if (sleeps++ == patience.sleeps)
            throw Error(sqlstate::internal_error, "stuck spinlock, held by process {}", holder.load());
        sleep_us(period_us);
        period_us += static_cast<int>(period_us * (random_bits() / 4294967296.0));
        if (period_us > patience.longest_us) period_us = patience.shortest_us;
    }
    holder.store(me);
}

void LockOfYours::unlock() { holder.store(0); }

}  // namespace forklore::exercise
