/// \file
/// Dates, times and timestamps as C++ values, and what is common to all of them.
///
/// Everything is counted from 2000-01-01, in days or in microseconds. The smallest and the largest number stand for
/// -infinity and infinity.
///
/// Counterpart in PostgreSQL: utils/timestamp.h, utils/date.h.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "queries/declare.hpp"
#include "queries/types/calendar.hpp"
#include "queries/types/time_zone.hpp"

namespace forklore {

inline constexpr std::int64_t k_us_per_second = 1'000'000;                  ///< microseconds of a second
inline constexpr std::int64_t k_us_per_minute = 60 * k_us_per_second;       ///< microseconds of a minute
inline constexpr std::int64_t k_us_per_hour = 60 * k_us_per_minute;         ///< microseconds of an hour
inline constexpr std::int64_t k_us_per_day = 24 * k_us_per_hour;            ///< microseconds of a day
inline constexpr std::int64_t k_seconds_per_day = 86'400;                   ///< seconds of a day
inline constexpr std::int64_t k_unix_epoch_us = -k_unix_epoch_days * k_us_per_day;  ///< 1970-01-01 as a timestamp
inline constexpr std::int64_t k_min_timestamp = -211'813'488'000'000'000;   ///< 4714-11-24 BC, the first one
inline constexpr std::int64_t k_end_timestamp = 9'223'371'331'200'000'000;  ///< 294277-01-01, the first that is too late
inline constexpr std::int32_t k_min_date = -k_epoch_julian_day;             ///< 4714-11-24 BC, the first one
inline constexpr std::int32_t k_end_date = 2'145'031'949;                   ///< 5874898-01-01, the first that is too late
inline constexpr int k_max_time_precision = 6;                              ///< digits of a second at most

/// date
struct Date {
    std::int32_t days = 0;  ///< since 2000-01-01
    static constexpr std::int32_t k_infinity = std::numeric_limits<std::int32_t>::max();        ///< infinity
    static constexpr std::int32_t k_minus_infinity = std::numeric_limits<std::int32_t>::min();  ///< -infinity
    constexpr bool finite() const { return days != k_infinity && days != k_minus_infinity; }    ///< neither infinity
    friend constexpr auto operator<=>(const Date&, const Date&) = default;
};

/// time without time zone
struct Time {
    std::int64_t us = 0;  ///< since midnight, 0 … 24 hours
    friend constexpr auto operator<=>(const Time&, const Time&) = default;
};

/// time with time zone
struct TimeTz {
    std::int64_t us = 0;    ///< since local midnight
    std::int32_t west = 0;  ///< seconds west of UTC, the sign of the wire format
    constexpr std::int64_t utc() const { return us + west * k_us_per_second; }  ///< the same in UTC
    friend constexpr bool operator==(const TimeTz&, const TimeTz&) = default;
    /// By the moment; of two at the same moment the one further west is greater. \param a one \param b other
    friend constexpr std::strong_ordering operator<=>(const TimeTz& a, const TimeTz& b) {
        if (a.utc() != b.utc()) return a.utc() <=> b.utc();
        return a.west <=> b.west;
    }
};

/// What timestamp and timestamptz have in common. \tparam with_zone which of the two
template <bool with_zone>
struct BasicTimestamp {
    std::int64_t us = 0;  ///< since 2000-01-01 00:00, of UTC when with_zone
    static constexpr std::int64_t k_infinity = std::numeric_limits<std::int64_t>::max();        ///< infinity
    static constexpr std::int64_t k_minus_infinity = std::numeric_limits<std::int64_t>::min();  ///< -infinity
    constexpr bool finite() const { return us != k_infinity && us != k_minus_infinity; }        ///< neither infinity
    friend constexpr auto operator<=>(const BasicTimestamp&, const BasicTimestamp&) = default;
};
using Timestamp = BasicTimestamp<false>;   ///< timestamp without time zone
using TimestampTz = BasicTimestamp<true>;  ///< timestamp with time zone

/// A moment in the parts that people write.
struct DateTimeFields {
    CivilDate date;                     ///< the day
    std::int32_t hour = 0;              ///< 0 … 24
    std::int32_t minute = 0;            ///< 0 … 59
    std::int32_t second = 0;            ///< 0 … 60
    std::int32_t microsecond = 0;       ///< 0 … 1000000
    std::optional<LocalTimeType> zone;  ///< what the clock's zone shows, when there is one
};

/// Whether a timestamp (not an infinity) is within the supported years. \param us the timestamp
constexpr bool is_valid_timestamp(std::int64_t us) { return us >= k_min_timestamp && us < k_end_timestamp; }
/// Whether a date (not an infinity) is within the supported years. \param days the date
constexpr bool is_valid_date(std::int64_t days) { return days >= k_min_date && days < k_end_date; }

/// Microseconds since midnight. \param fields the hour and below
constexpr std::int64_t time_of_day(const DateTimeFields& fields) {
    return ((fields.hour * std::int64_t{60} + fields.minute) * 60 + fields.second) * k_us_per_second + fields.microsecond;
}
/// Sets the hour and below. \param us since midnight \param to what to set
void set_time_of_day(std::int64_t us, DateTimeFields& to);

/// Days since 2000-01-01; none outside of the supported years. \param date any
std::optional<std::int32_t> days_of(const CivilDate& date);
/// Microseconds since 2000-01-01; none outside of the supported years. \param fields date and time; the zone is ignored
std::optional<std::int64_t> timestamp_of(const DateTimeFields& fields);
/// The parts of a timestamp. \param us finite
DateTimeFields fields_of(std::int64_t us);
/// The parts of a timestamptz as the clocks of a zone show it, zone included. \param us finite, of UTC \param zone where
DateTimeFields fields_of(std::int64_t us, const TimeZone& zone);

/// Seconds since 1970-01-01, rounded down. \param us microseconds since 2000-01-01
std::int64_t to_unix_seconds(std::int64_t us);

/// What a zone's clocks are set to at a moment. \param us microseconds since 2000-01-01 UTC \param zone where
LocalTimeType local_time_type(std::int64_t us, const TimeZone& zone);
/// The offset (seconds east) of clocks that show some time. \param us what they show, since 2000-01-01 \param zone where
std::int32_t offset_at_local(std::int64_t us, const TimeZone& zone);

/// \name Conversions at a zone
/// All throw Error 22008 `timestamp out of range` or `date out of range for timestamp`; infinities stay.
/// \{
TimestampTz to_timestamptz(Timestamp local, const TimeZone& zone);  ///< the moment when the clocks show it \param local what they show \param zone where
Timestamp to_timestamp(TimestampTz moment, const TimeZone& zone);   ///< what the clocks show \param moment when \param zone where
Timestamp to_timestamp(Date date);                                  ///< its midnight \param date any
TimestampTz to_timestamptz(Date date, const TimeZone& zone);        ///< its midnight there \param date any \param zone where
Date to_date(Timestamp timestamp);                                  ///< its day \param timestamp any
Date to_date(TimestampTz moment, const TimeZone& zone);             ///< the day there \param moment when \param zone where
/// \}

/// Rounds to a number of digits of the second, half away from zero. \param us microseconds \param precision 0 … 6, or -1 for all
std::int64_t round_to_precision(std::int64_t us, std::int32_t precision);

/// Throws Error 22008 `timestamp out of range` unless it is an infinity or within range. \param us a timestamp \return it
std::int64_t checked_timestamp(std::int64_t us);

/// Start of the current transaction, which `now` and `today` in input stand for; without a session, the clock.
TimestampTz transaction_time();
/// Said by the session when a transaction begins. \param us microseconds since 2000-01-01 UTC
void set_transaction_time(std::int64_t us);

template <>
struct SqlType<Date> {  ///< date
    static constexpr Oid oid = k_date;                                                           ///< date
    static Date get(const Datum& d) { return {d.int4}; }                                         ///< \param d a date
    static Datum put(Arena& arena, Date value) { return SqlType<std::int32_t>::put(arena, value.days); }  ///< \param arena unused \param value it
};
template <>
struct SqlType<Time> {  ///< time
    static constexpr Oid oid = k_time;                                                           ///< time
    static Time get(const Datum& d) { return {d.int8}; }                                         ///< \param d a time
    static Datum put(Arena& arena, Time value) { return SqlType<std::int64_t>::put(arena, value.us); }  ///< \param arena unused \param value it
};
template <bool with_zone>
struct SqlType<BasicTimestamp<with_zone>> {  ///< timestamp, timestamptz
    static constexpr Oid oid = with_zone ? k_timestamptz : k_timestamp;                          ///< which
    static BasicTimestamp<with_zone> get(const Datum& d) { return {d.int8}; }                    ///< \param d a timestamp
    static Datum put(Arena& arena, BasicTimestamp<with_zone> value) { return SqlType<std::int64_t>::put(arena, value.us); }  ///< \param arena unused \param value it
};
template <>
struct SqlType<TimeTz> {  ///< timetz: 12 bytes
    static constexpr Oid oid = k_timetz;                                                         ///< timetz
    static TimeTz get(const Datum& d) {                                                          ///< \param d a timetz
        TimeTz value;
        std::memcpy(&value.us, d.bytes, sizeof value.us);
        std::memcpy(&value.west, d.bytes + sizeof value.us, sizeof value.west);
        return value;
    }
    static Datum put(Arena& arena, TimeTz value) {                                               ///< \param arena holds it \param value it
        char* bytes = static_cast<char*>(arena.allocate_bytes(12, 8));
        std::memcpy(bytes, &value.us, sizeof value.us);
        std::memcpy(bytes + sizeof value.us, &value.west, sizeof value.west);
        return Datum(std::string_view(bytes, 12));
    }
};

}  // namespace forklore
