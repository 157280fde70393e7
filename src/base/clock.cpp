#include "base/clock.hpp"

#include <ctime>

namespace forklore {

namespace {

std::int64_t read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

std::int64_t now_us() { return read_clock(CLOCK_REALTIME) - k_postgres_epoch_us; }

std::int64_t monotonic_us() { return read_clock(CLOCK_MONOTONIC); }

}  // namespace forklore
