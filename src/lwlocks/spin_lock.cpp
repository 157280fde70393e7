#include "lwlocks/spin_lock.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/wait_event.hpp"

namespace forklore {

FORKLORE_PER_PROCESS SpinPatience spin_patience;

namespace {

const WaitEvent k_spin_delay = define_wait_event(WaitEventClass::timeout, "SpinDelay");

//! [random]
// Marsaglia's xorshift. How random it is matters little, only that two processes do not sleep in step.
std::uint32_t random_bits() {
    static FORKLORE_PER_PROCESS std::uint32_t state = 0;
    if (state == 0) state = static_cast<std::uint32_t>(::getpid()) * 2'654'435'761u | 1u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}
//! [random]

//! [sleep]
// This sleep is the one exception to the house's way of waiting: the holder knows nobody whom it could wake, that is what makes
// the lock so cheap. What is slept here is time that the holder was not running either.
void sleep_us(int microseconds) {
    ReportWait wait(k_spin_delay);
    const timespec period{microseconds / 1'000'000, microseconds % 1'000'000 * 1'000};
    ::nanosleep(&period, nullptr);
}
//! [sleep]

}  // namespace

//! [spin]
void SpinLock::spin(SourceLocation where) {
    SpinPatience& patience = spin_patience;
    int sleeps = 0, period = 0;
    for (int looks = 0;;) {
        // Looking only reads: the cache line stays with the holder until there is something to take.
        if (holder_.load(std::memory_order_relaxed) == 0 && take()) break;
        pause_processor();
        if (++looks < patience.spins) continue;
        looks = 0;
        if (++sleeps > patience.sleeps) {
            const std::uint32_t holder = holder_.load(std::memory_order_relaxed) & ~k_taken;
            panic(sqlstate::internal_error,
                  fmt::format("stuck spinlock detected at {}, {}:{}, held by the process in slot {}", where.function_name(),
                              where.file_name(), where.line(), static_cast<int>(holder) - 1));
        }
        if (period == 0 || period > patience.longest_us) period = patience.shortest_us;
        sleep_us(period);
        // Between once and twice as long the next time.
        period += static_cast<int>(static_cast<double>(period) * (random_bits() / 4294967296.0));
    }
    // Where spinning alone was enough, more of it may save a sleep another time; where it was not (one processor, a holder that
    // does not run), it was wasted.
    patience.spins = sleeps == 0 ? std::min(patience.spins + 100, patience.most_spins)
                                 : std::max(patience.spins - 1, patience.least_spins);
}
//! [spin]

}  // namespace forklore
