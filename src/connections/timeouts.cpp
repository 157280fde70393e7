#include "connections/timeouts.hpp"

#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.hpp"
#include "base/interrupts.hpp"
#include "connections/child_process.hpp"

namespace forklore {

//! [timeouts-state]
namespace {
constexpr std::size_t k_count = static_cast<std::size_t>(Timeout::k_count);
std::array<std::int64_t, k_count> deadline;  // monotonic µs; 0: no limit
std::array<bool, k_count> over;
std::int64_t rings_at;  // what the timer is set to; 0: not running
volatile std::sig_atomic_t rang;

std::size_t index(Timeout which) { return static_cast<std::size_t>(which); }

void note_alarm(int) {
    rang = 1;
    raise_interrupt();
}

void set_timer(std::int64_t at) {
    rings_at = at;
    const std::int64_t wait = std::max<std::int64_t>(at - monotonic_us(), 1);
    const itimerval timer{.it_interval = {},
                          .it_value = {.tv_sec = wait / 1'000'000, .tv_usec = wait % 1'000'000}};
    setitimer(ITIMER_REAL, &timer, nullptr);
}
}  // namespace
//! [timeouts-state]

//! [timeouts-set]
void set_timeout(Timeout which, std::int64_t milliseconds) {
    clear_timeout(which);
    if (milliseconds <= 0) return;
    deadline[index(which)] = monotonic_us() + milliseconds * 1000;
    if (rings_at == 0 || deadline[index(which)] < rings_at) set_timer(deadline[index(which)]);
}

void clear_timeout(Timeout which) {
    deadline[index(which)] = 0;
    over[index(which)] = false;
}

bool take_timeout(Timeout which) {
    const bool was = over[index(which)];
    over[index(which)] = false;
    return was;
}
//! [timeouts-set]

//! [timeouts-note]
void note_timeouts() {
    if (rang == 0) return;
    rang = 0;
    rings_at = 0;
    const std::int64_t now = monotonic_us();
    std::int64_t next = 0;
    for (std::size_t i = 0; i < k_count; ++i) {
        if (deadline[i] == 0) continue;
        if (deadline[i] <= now) {
            over[i] = true;
            deadline[i] = 0;
        } else if (next == 0 || deadline[i] < next) {
            next = deadline[i];
        }
    }
    if (next != 0) set_timer(next);
}

void start_timeouts() {
    deadline.fill(0);
    over.fill(false);
    rings_at = 0;
    rang = 0;
    handle_signal(SIGALRM, note_alarm);
}
//! [timeouts-note]

}  // namespace forklore
