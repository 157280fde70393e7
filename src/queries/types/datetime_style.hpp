/// \file
/// How this session writes and reads dates, times and intervals: the settings DateStyle, IntervalStyle, TimeZone and
/// timezone_abbreviations, in the form that the types use.
#pragma once

#include <cstdint>

namespace forklore {

class TimeZone;
class ZoneAbbreviations;

/// First half of DateStyle: how dates are written.
enum class DateStyle : std::uint8_t { postgres, iso, sql, german };
/// Second half of DateStyle: how ambiguous dates are read (and written, outside of ISO).
enum class DateOrder : std::uint8_t { ymd, dmy, mdy };
/// IntervalStyle: how intervals are written.
enum class IntervalStyle : std::uint8_t { postgres, postgres_verbose, sql_standard, iso_8601 };

/// All of it. Changed by the settings' assign hooks only (and by tests).
struct DateTimeStyle {
    DateStyle date_style = DateStyle::iso;                    ///< DateStyle
    DateOrder date_order = DateOrder::mdy;                    ///< DateStyle
    IntervalStyle interval_style = IntervalStyle::postgres;   ///< IntervalStyle
    const TimeZone* time_zone;                                ///< TimeZone; never null
    const ZoneAbbreviations* abbreviations;                   ///< timezone_abbreviations; never null
};

/// This process's.
DateTimeStyle& datetime_style();

/// Adds the four settings to the process's registry. Call it once, before a settings file is read.
void define_datetime_settings();

}  // namespace forklore
