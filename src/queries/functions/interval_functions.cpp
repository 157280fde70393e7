// age() and the functions that bring an interval's parts into their usual ranges.
#include "base/error.hpp"
#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/types/datetime_style.hpp"

namespace forklore {

namespace {

/// The distance as people tell ages: years, months and days of the calendar, then time.
Interval age_between(const DateTimeFields& later, const DateTimeFields& earlier, const CivilDate& month_of) {
    std::int64_t us = time_of_day(later) - time_of_day(earlier);
    std::int64_t days = later.date.day - earlier.date.day;
    std::int64_t months = (std::int64_t{later.date.year} - earlier.date.year) * 12 + later.date.month - earlier.date.month;
    if (us < 0) {
        us += k_us_per_day;
        --days;
    }
    // A missing day is borrowed from the month that the first argument or the second one is in.
    while (days < 0) {
        days += days_in_month(month_of.year, month_of.month);
        --months;
    }
    return {us, static_cast<std::int32_t>(days), static_cast<std::int32_t>(months)};
}

Interval age(std::int64_t a, std::int64_t b, const DateTimeFields& first, const DateTimeFields& second) {
    if (a >= b) return age_between(first, second, second.date);
    return negate(age_between(second, first, first.date));
}

void check_finite(bool finite) {
    if (!finite) throw Error(sqlstate::datetime_field_overflow, "timestamp out of range");
}

Interval age_of_timestamps(Timestamp a, Timestamp b) {
    check_finite(a.finite() && b.finite());
    return age(a.us, b.us, fields_of(a.us), fields_of(b.us));
}

Interval age_of_moments(TimestampTz a, TimestampTz b) {
    check_finite(a.finite() && b.finite());
    const TimeZone& zone = *datetime_style().time_zone;
    return age(a.us, b.us, fields_of(a.us, zone), fields_of(b.us, zone));
}

Timestamp today() { return to_timestamp(to_date(transaction_time(), *datetime_style().time_zone)); }

}  // namespace

void register_interval_functions(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<age_of_timestamps>("age", 2058));
    to.add(function<age_of_moments>("age", 1199));
    to.add(function<[](Timestamp t) { return age_of_timestamps(today(), t); }>("age", 2059, stable));
    to.add(function<[](TimestampTz t) { return age_of_moments(to_timestamptz(today(), *datetime_style().time_zone), t); }>("age", 1386, stable));
    to.add(function<justify_hours>("justify_hours", 1175));
    to.add(function<justify_days>("justify_days", 1295));
    to.add(function<justify>("justify_interval", 2711));
}

}  // namespace forklore
