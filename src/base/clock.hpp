/// \file
/// Clocks: wall time as PostgreSQL counts it, and a clock that never jumps.
#pragma once

#include <cstdint>

namespace forklore {

/// Microseconds between 1970-01-01 and 2000-01-01 00:00 UTC, PostgreSQL's epoch.
inline constexpr std::int64_t k_postgres_epoch_us = 946'684'800'000'000;

/// Wall-clock time in microseconds since 2000-01-01 00:00 UTC (type timestamptz).
std::int64_t now_us();

/// Microseconds of a clock that only moves forward; for durations and timeouts.
std::int64_t monotonic_us();

}  // namespace forklore
