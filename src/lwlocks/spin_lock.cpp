#include "lwlocks/spin_lock.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/wait_event.hpp"

namespace forklore {

namespace {

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
const WaitEvent k_spin_delay = define_wait_event(WaitEventClass::timeout, "SpinDelay");

// This sleep is the one exception to the house's way of waiting: the holder knows nobody whom it could wake, that is what makes
// the lock so cheap. What is slept here is time that the holder was not running either.
void sleep_us(int microseconds) {
    ReportWait wait(k_spin_delay);
    const timespec period{microseconds / 1'000'000, microseconds % 1'000'000 * 1'000};
    ::nanosleep(&period, nullptr);
}
//! [sleep]

}  // namespace

//! [look-again]
FORKLORE_PER_PROCESS SpinPatience spin_patience;

void SpinDelay::look_again(std::uint32_t holder) {
    pause_processor();
    if (++looks_ < spin_patience.looks) return;
    looks_ = 0;
    if (++sleeps_ > spin_patience.sleeps) {
        std::string last_words = fmt::format("stuck {} detected at {}, {}:{}", what_, where_.function_name(),
                                             where_.file_name(), where_.line());
        if (holder != 0) last_words += fmt::format(", held by the process of slot {}", holder - 1);
        panic(sqlstate::internal_error, std::move(last_words));
    }
    if (period_us_ == 0 || period_us_ > spin_patience.longest_us) period_us_ = spin_patience.shortest_us;
    sleep_us(period_us_);
    check_for_quit();  // the holder may have been killed, and then all must go
    // The next time it is between once and twice as long.
    period_us_ += static_cast<int>(period_us_ * (random_bits() / 4294967296.0));
}
//! [look-again]

//! [adapt]
// Where looking was enough, more of it may save a sleep another time. Where it was not, because there is only one processor or the
// holder does not run, it was wasted.
SpinDelay::~SpinDelay() {
    SpinPatience& mine = spin_patience;
    mine.looks = sleeps_ == 0 ? std::min(mine.looks + 100, mine.most_looks)
                              : std::max(mine.looks - 1, mine.least_looks);
}
//! [adapt]

//! [spin]
void SpinLock::spin(SourceLocation where) {
    SpinDelay delay("spinlock", where);
    // Looking only reads, so the cache line stays with the holder until there is something to take.
    while (holder_.load(std::memory_order_relaxed) != 0 || !take())
        delay.look_again(holder_.load(std::memory_order_relaxed) & ~k_taken);
}
//! [spin]

}  // namespace forklore
