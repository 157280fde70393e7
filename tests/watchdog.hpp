/// \file
/// For tests that wait for other processes: an end to a wait that has none, and a pause between two looks.
#pragma once

#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace forklore::testing {

/// Ends the program if a test hangs: what is lost then is a wake-up. FORKLORE_WATCHDOG gives a shorter time, in seconds.
struct Watchdog {
    explicit Watchdog(unsigned seconds = 300) {
        const char* shorter = std::getenv("FORKLORE_WATCHDOG");
        ::alarm(shorter != nullptr ? static_cast<unsigned>(std::atoi(shorter)) : seconds);
    }
    ~Watchdog() { ::alarm(0); }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
};

/// Sleeps a little. For loops that wait for what another process has announced, and for nothing else.
inline void short_sleep() {
    const timespec moment{0, 50'000};
    ::nanosleep(&moment, nullptr);
}

}  // namespace forklore::testing
