/// \file
/// Schedule: when a job is due. What is said here is arithmetic: it reads no clock, and the same question has the same answer.
///
/// A schedule is a line as cron reads it, `30 4 1,15 * fri`, or an interval, `30 seconds`. A line goes by what clocks show, in some time
/// zone; an interval by time that passes, whatever clocks show.
///
/// Counterpart: entry.c in Vixie's cron, which pg_cron has taken over.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "queries/types/time_zone.hpp"

namespace scheduler {

//! [schedule]
/// See the top of this file. Of a line's five fields, a set each: bit n for the number n.
struct Schedule {
    std::int64_t interval = 0;   ///< microseconds; 0: there is a line
    std::uint64_t minutes = 0;   ///< 0 … 59
    std::uint32_t hours = 0;     ///< 0 … 23
    std::uint32_t days = 0;      ///< of the month, 1 … 31; bit 0 for its last one
    std::uint32_t months = 0;    ///< 1 … 12
    std::uint32_t weekdays = 0;  ///< 0 … 6, from Sunday
    bool both_days = true;       ///< a day must be right in both ways; otherwise in one of them

    /// Whether it is a line.
    bool goes_by_clock() const { return interval == 0; }
    /// Whether all hours are alike to it.
    bool every_hour() const { return hours == (1U << 24) - 1; }
    friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// Reads one. Throws Error 22023 that says where it is wrong, and for a line that no day fits. \param text as its user wrote it
Schedule parse_schedule(std::string_view text);

/// The first moment after another one at which a line is due; none within forty years. A line that names hours is due once for each
/// time that it names: when clocks are put forward over it, at that moment; when they are put back and show it again, only the first time. A
/// line that leaves the hour open (`*`) is due whenever clocks show what it says.
/// \param line goes by the clock \param after microseconds since 2000-01-01 UTC, and so is the result \param zone whose clocks
std::optional<std::int64_t> next_due(const Schedule& line, std::int64_t after,
                                     const forklore::TimeZone& zone);
//! [schedule]

//! [now]
/// The time, by both clocks.
struct Now {
    std::int64_t wall = 0;    ///< forklore::now_us(): what clocks show, which people may set
    std::int64_t steady = 0;  ///< forklore::monotonic_us(): what has passed, which nobody sets
    /// By the clock that a schedule goes by. \param when it
    std::int64_t by_clock_of(const Schedule& when) const { return when.goes_by_clock() ? wall : steady; }
};

/// When a job is due for the first time: never at once. By the clock of its schedule; 0: never. \param when its schedule \param now the
/// time \param zone for lines
std::int64_t first_due(const Schedule& when, const Now& now, const forklore::TimeZone& zone);

/// When a job is due again that is due now: as if it had not been late, and only once for all that has been missed. \param when its
/// schedule \param due when it was \param now not before that \param zone for lines
std::int64_t due_again(const Schedule& when, std::int64_t due, const Now& now,
                       const forklore::TimeZone& zone);

/// What has been done to the clock.
enum class ClockStep {
    none,  ///< it goes on, or has been put forward, or put back by less than a minute
    back,  ///< put back by up to three hours: there are times that it will show again
    anew   ///< put back by more: it has been wrong
};
/// Looks at the clock. \param latest the latest time that it has ever shown; is kept up to date \param wall what it shows
ClockStep look_at_clock(std::int64_t& latest, std::int64_t wall);

/// When a job is due that has been due at some time, now that the clock has been put back. A line that names hours is not due again at what
/// has been; one that leaves the hour open follows the clock. \param when its schedule \param due when it was to be \param step how far back
/// \param now the time \param zone for lines
std::int64_t due_after_step(const Schedule& when, std::int64_t due, ClockStep step, const Now& now,
                            const forklore::TimeZone& zone);
//! [now]

}  // namespace scheduler
