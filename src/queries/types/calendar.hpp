/// \file
/// The calendar: days counted from 2000-01-01 against years, months and days of the proleptic Gregorian calendar.
///
/// Years are astronomical: 0 is 1 BC, -1 is 2 BC. All functions are pure.
///
/// Idea: a year that begins in March has its leap day at its end, so that the length of the months before a day is
/// linear in the month (Reingold, Dershowitz: "Calendrical Calculations").
#pragma once

#include <cstdint>

namespace forklore {

/// A day of the calendar.
struct CivilDate {
    std::int32_t year = 2000;  ///< astronomical
    std::int32_t month = 1;    ///< 1 … 12
    std::int32_t day = 1;      ///< 1 … 31
    friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

/// Julian day number of 2000-01-01.
inline constexpr std::int32_t k_epoch_julian_day = 2'451'545;
/// Days from 1970-01-01 to 2000-01-01.
inline constexpr std::int32_t k_unix_epoch_days = 10'957;

/// Division that rounds towards minus infinity. \param a dividend \param b divisor, positive
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
/// The remainder that goes with it: 0 … b-1. \param a dividend \param b divisor, positive
constexpr std::int64_t floor_modulo(std::int64_t a, std::int64_t b) { return a - floor_divide(a, b) * b; }

/// Whether a year has 366 days. \param year astronomical
constexpr bool is_leap_year(std::int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Days of a month. \param year astronomical \param month 1 … 12
constexpr int days_in_month(std::int64_t year, int month) {
    return month == 2 ? (is_leap_year(year) ? 29 : 28) : 30 + ((month + (month > 7 ? 1 : 0)) % 2);
}

/// Days since 2000-01-01. \param year astronomical \param month 1 … 12 \param day counted on from the first, may lie outside of the month
constexpr std::int64_t days_from_civil(std::int64_t year, int month, std::int64_t day) {
    const std::int64_t y = month > 2 ? year : year - 1;           // a year that begins in March
    const int m = month > 2 ? month - 3 : month + 9;
    return y * 365 + floor_divide(y, 4) - floor_divide(y, 100) + floor_divide(y, 400) + (153 * m + 2) / 5 + day - 730'426;
}
/// Days since 2000-01-01.
/// \param date its day is counted on from the first, may lie outside of the month
constexpr std::int64_t days_from_civil(const CivilDate& date) { return days_from_civil(date.year, date.month, date.day); }

/// The day of the calendar. \param days since 2000-01-01; its year must fit 32 bits
constexpr CivilDate civil_from_days(std::int64_t days) {
    constexpr std::int64_t k_cycle = 146'097;                     // days of 400 years
    const std::int64_t shifted = days + 730'425;                  // since 0000-03-01
    const std::int64_t cycle = floor_divide(shifted, k_cycle);
    const std::int64_t in_cycle = shifted - cycle * k_cycle;
    const std::int64_t year = (in_cycle - in_cycle / 1'460 + in_cycle / 36'524 - in_cycle / 146'096) / 365;
    const std::int64_t in_year = in_cycle - (365 * year + year / 4 - year / 100);
    const std::int64_t m = (5 * in_year + 2) / 153;
    CivilDate date;
    date.day = static_cast<std::int32_t>(in_year - (153 * m + 2) / 5 + 1);
    date.month = static_cast<std::int32_t>(m < 10 ? m + 3 : m - 9);
    date.year = static_cast<std::int32_t>(year + cycle * 400 + (date.month <= 2 ? 1 : 0));
    return date;
}
static_assert(days_from_civil(2000, 1, 1) == 0 && days_from_civil(1970, 1, 1) == -k_unix_epoch_days);
static_assert(civil_from_days(0) == CivilDate{2000, 1, 1} && civil_from_days(59) == CivilDate{2000, 2, 29});
static_assert(days_from_civil(-4713, 11, 24) == -k_epoch_julian_day);

/// Day of the week, 0 for Sunday. \param days since 2000-01-01 (a Saturday)
constexpr int day_of_week(std::int64_t days) { return static_cast<int>(floor_modulo(days + 6, 7)); }

/// Day of the year, from 1. \param date any
constexpr int day_of_year(const CivilDate& date) {
    return static_cast<int>(days_from_civil(date) - days_from_civil(date.year, 1, 1)) + 1;
}

/// A week as ISO 8601 counts them: from Monday; week 1 has the year's first Thursday.
struct IsoWeek {
    std::int32_t year = 2000;  ///< the year the week belongs to, astronomical
    int week = 1;              ///< 1 … 53
};

/// Monday of a week, as days since 2000-01-01. \param year ISO year \param week from 1; may lie outside of the year
constexpr std::int64_t iso_week_monday(std::int64_t year, std::int64_t week) {
    const std::int64_t fourth = days_from_civil(year, 1, 4);      // always in week 1
    return fourth - floor_modulo(fourth + 5, 7) + (week - 1) * 7;
}

/// The week that a day lies in. \param days since 2000-01-01
constexpr IsoWeek iso_week(std::int64_t days) {
    const std::int64_t thursday = days - floor_modulo(days + 5, 7) + 3;
    const std::int32_t year = civil_from_days(thursday).year;
    return {year, static_cast<int>((thursday - days_from_civil(year, 1, 1)) / 7) + 1};
}

}  // namespace forklore
