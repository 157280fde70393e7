/// \file
/// Intervals: months, days and microseconds, kept apart because a month has no fixed number of days, nor a day of
/// hours.
///
/// Counterpart in PostgreSQL: Interval in datatype/timestamp.h, interval functions in timestamp.c and datetime.c.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/int128.hpp"

namespace forklore {

/// interval: 16 bytes
struct Interval {
    std::int64_t us = 0;      ///< microseconds
    std::int32_t days = 0;    ///< days
    std::int32_t months = 0;  ///< months

    /// Microseconds in all, counting a month as 30 days and a day as 24 hours: the order of intervals.
    Int128 span() const { return us + (Int128{months} * 30 + days) * k_us_per_day; }
    friend bool operator==(const Interval& a, const Interval& b) { return a.span() == b.span(); }   ///< as long as \param a one \param b other
    friend std::strong_ordering operator<=>(const Interval& a, const Interval& b) {                 ///< by length \param a one \param b other
        const Int128 x = a.span(), y = b.span();
        return x < y ? std::strong_ordering::less : x > y ? std::strong_ordering::greater : std::strong_ordering::equal;
    }
};

/// What a type modifier keeps of an interval, like `interval day to second(3)`: bits of units, digits of the second.
/// \{
inline constexpr std::int32_t k_interval_month = 1 << 1;       ///< month
inline constexpr std::int32_t k_interval_year = 1 << 2;        ///< year
inline constexpr std::int32_t k_interval_day = 1 << 3;         ///< day
inline constexpr std::int32_t k_interval_hour = 1 << 10;       ///< hour
inline constexpr std::int32_t k_interval_minute = 1 << 11;     ///< minute
inline constexpr std::int32_t k_interval_second = 1 << 12;     ///< second
inline constexpr std::int32_t k_interval_full_range = 0x7fff;  ///< all of them
inline constexpr std::int32_t k_interval_full_precision = 0xffff;  ///< all digits
/// \}

/// Reads an interval in any of its styles. Throws Error 22007, 22008, 22015.
/// \param text what the client sent \param typmod what to keep, -1 for all
Interval parse_interval(std::string_view text, std::int32_t typmod = -1);
/// Cuts an interval down to what a type modifier keeps. Throws Error 22023. \param value any \param typmod what to keep
Interval apply_typmod(const Interval& value, std::int32_t typmod);
/// Appends the text in an IntervalStyle. \param value it \param style how \param to where to
void append_interval(const Interval& value, IntervalStyle style, ByteWriter& to);

template <>
struct SqlType<Interval> {  ///< interval
    static constexpr Oid oid = k_interval;                                       ///< interval
    static Interval get(const Datum& d) {                                        ///< \param d an interval
        Interval value;
        std::memcpy(&value, d.bytes, sizeof value);
        return value;
    }
    static Datum put(Arena& arena, const Interval& value) {                      ///< \param arena holds it \param value it
        char* bytes = static_cast<char*>(arena.allocate_bytes(sizeof value, alignof(Interval)));
        std::memcpy(bytes, &value, sizeof value);
        return Datum(std::string_view(bytes, sizeof value));
    }
};
static_assert(sizeof(Interval) == 16);

}  // namespace forklore
