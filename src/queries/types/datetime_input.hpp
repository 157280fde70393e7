/// \file
/// Reading dates and times in the dozens of forms that people and programs write.
///
/// Counterpart in PostgreSQL: DecodeDateTime and DecodeTimeOnly in datetime.c.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "queries/types/datetime.hpp"

namespace forklore {

/// What a text turned out to mean.
struct DateTimeInput {
    /// Most are moments; three words stand for themselves.
    enum class Kind : std::uint8_t { moment, epoch, infinity, minus_infinity };
    Kind kind = Kind::moment;       ///< see above
    DateTimeFields fields;          ///< of a moment: what the clocks show (within the calendar; perhaps out of a type's range)
    std::int32_t offset = 0;        ///< of a moment: seconds east of UTC; of the session's zone when the text names none
};

/// Reads a date with or without a time.
/// Throws Error 22007 `invalid input syntax for type …`, 22008, 22009, 22023 (an unknown time zone).
/// \param text what the client sent \param type_name for messages
DateTimeInput parse_datetime(std::string_view text, std::string_view type_name);

/// Reads a time of day, perhaps with a zone, perhaps with a date (which may decide the zone's offset).
/// Throws as parse_datetime(). \param text what the client sent \param type_name for messages
DateTimeInput parse_time(std::string_view text, std::string_view type_name);

/// What can be wrong with a date, a time or an interval.
enum class DateTimeProblem : std::uint8_t { format, field_range, month_or_day_range, interval_range, zone_range };

/// Throws the Error for it. \param problem what is wrong \param text what the client sent \param type_name for messages
[[noreturn]] void throw_datetime_problem(DateTimeProblem problem, std::string_view text, std::string_view type_name);

/// Reads a numeric zone: `+01`, `-08:30`, `+0530`, `+01:02:03`. Throws DateTimeProblem.
/// \param text begins with a sign \return seconds east of UTC
std::int32_t parse_zone_offset(std::string_view text);

/// Reads `hh:mm`, `hh:mm:ss.ffffff` or `mm:ss.ffffff`. Throws DateTimeProblem.
/// \tparam Hour type of the hours \param text begins with a digit \param hour, minute, second, microsecond what it says
/// \param two_fields_are_minutes whether `a:b` means minutes and seconds
template <typename Hour>
void parse_clock(std::string_view text, Hour& hour, std::int32_t& minute, std::int32_t& second, std::int32_t& microsecond,
                 bool two_fields_are_minutes = false);

/// The zone that a client names where a zone is asked for (`at time zone`, make_timestamptz, date_trunc): an
/// abbreviation with a fixed offset, or a zone.
struct NamedZone {
    std::optional<std::int32_t> offset;      ///< seconds east of UTC, for an abbreviation that always means the same
    const TimeZone* zone = nullptr;          ///< otherwise
    std::string_view abbreviation{};         ///< as given, when it is one whose meaning depends on the time

    std::int32_t offset_at(std::int64_t us) const;        ///< seconds east of UTC at a moment \param us since 2000-01-01 UTC
    std::int32_t offset_at_local(std::int64_t us) const;  ///< seconds east of UTC when its clocks show some time \param us what they show, since 2000-01-01
};

/// Looks a zone up. Throws Error 22023 `time zone "x" not recognized`. \param name as the client gave it
NamedZone find_named_zone(std::string_view name);

}  // namespace forklore
