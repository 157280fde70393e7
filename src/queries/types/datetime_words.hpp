/// \file
/// The words of dates and intervals: months, days of the week, units, `now`, `infinity`, …
///
/// Counterpart in PostgreSQL: datetktbl and deltatktbl in datetime.c. As there, ten characters of a word count.
#pragma once

#include <cstdint>
#include <string_view>

namespace forklore {

/// Parts of a date, a time or an interval; also fields of extract().
enum class DateTimeUnit : std::int8_t {
    none, microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade, century, millennium,
    julian, day_of_week, iso_day_of_week, day_of_year, iso_year, epoch, zone, zone_hour, zone_minute,
    iso_time,      ///< the T between date and time
};

/// What a word does.
enum class WordKind : std::uint8_t {
    month,         ///< value 1 … 12
    weekday,       ///< value 0 … 6
    half_day,      ///< value 0 am, 1 pm
    era,           ///< value 0 ad, 1 bc
    unit,          ///< value a DateTimeUnit: names what comes next (in dates) or before (in intervals)
    iso_time,      ///< T
    dst,           ///< makes the zone before it daylight-saving
    ignored,       ///< at, on, @
    ago,           ///< negates an interval
    reserved,      ///< value a ReservedMoment
};

/// Words that stand for a moment.
enum class ReservedMoment : std::int8_t { now, today, tomorrow, yesterday, all_balls, epoch, infinity, minus_infinity };

/// A word.
struct DateTimeWord {
    std::string_view text;   ///< in lower case
    WordKind kind;           ///< what it does
    std::int8_t value = 0;   ///< see WordKind
    template <typename E> E as() const { return static_cast<E>(value); }   ///< the value as one of its kind \tparam E its type
};

/// A word of dates; null when it is none. \param text in lower case
const DateTimeWord* find_date_word(std::string_view text);
/// A word of intervals (their units, ago); null when it is none. \param text in lower case
const DateTimeWord* find_interval_word(std::string_view text);

}  // namespace forklore
