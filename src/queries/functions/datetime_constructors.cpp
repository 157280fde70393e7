// Moments from numbers: make_date, make_time, make_timestamp, make_interval, to_timestamp; and from the clock.
#include <cmath>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_output.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"

namespace forklore {

namespace {

using Int = std::int32_t;

template <typename... Args>
[[noreturn]] void out_of_range(fmt::format_string<Args...> format, Args&&... args) {
    throw Error(sqlstate::datetime_field_overflow, "{}", fmt::format(format, std::forward<Args>(args)...));
}

/// A day of the calendar; negative years are BC. Throws Error 22008 when there is no such day.
CivilDate checked_date(Int year, Int month, Int day) {
    const std::int64_t astronomical = year < 0 ? std::int64_t{year} + 1 : year;
    if (year == 0 || year == std::numeric_limits<Int>::min() || month < 1 || month > 12 || day < 1 || day > days_in_month(astronomical, month))
        out_of_range("date field value out of range: {}-{:02}-{:02}", astronomical, month, day);
    return {static_cast<Int>(astronomical), month, day};
}

/// A time of day in microseconds. Throws Error 22008 when there is none.
std::int64_t checked_time(Int hour, Int minute, double second) {
    bool valid = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
    std::int64_t us = 0;
    if (valid) {
        us = (hour * std::int64_t{60} + minute) * k_us_per_minute + static_cast<std::int64_t>(std::rint(second * static_cast<double>(k_us_per_second)));
        valid = us <= k_us_per_day;
    }
    if (!valid) out_of_range("time field value out of range: {}:{:02}:{:02g}", hour, minute, second);
    return us;
}

Date make_date(Int year, Int month, Int day) {
    const std::optional<std::int32_t> days = days_of(checked_date(year, month, day));
    if (!days) out_of_range("date out of range: {}-{:02}-{:02}", year, month, day);
    return {*days};
}

Timestamp make_timestamp(Int year, Int month, Int day, Int hour, Int minute, double second) {
    const std::int64_t days = days_from_civil(checked_date(year, month, day));
    const std::int64_t time = checked_time(hour, minute, second);
    std::int64_t us;
    if (__builtin_mul_overflow(days, k_us_per_day, &us) || __builtin_add_overflow(us, time, &us) || !is_valid_timestamp(us))
        out_of_range("timestamp out of range: {}-{:02}-{:02} {}:{:02}:{:02g}", year, month, day, hour, minute, second);
    return {us};
}

TimestampTz make_timestamptz(Int year, Int month, Int day, Int hour, Int minute, double second) {
    return to_timestamptz(make_timestamp(year, month, day, hour, minute, second), *datetime_style().time_zone);
}

/// The offset that a zone, given as a name or as a number with a sign, has when its clocks show some time.
std::int32_t zone_offset(std::string_view zone, Timestamp local) {
    if (!zone.empty() && is_digit(zone.front()))
        throw Error(sqlstate::invalid_parameter_value, "invalid input syntax for type {}: \"{}\"", "numeric time zone", zone)
            .hint("Numeric time zones must have \"-\" or \"+\" as first character.");
    try {
        return parse_zone_offset(zone);
    } catch (DateTimeProblem problem) {
        if (problem == DateTimeProblem::zone_range)
            throw Error(sqlstate::invalid_parameter_value, "numeric time zone \"{}\" out of range", zone);
    }
    return find_named_zone(zone).offset_at_local(local.us);
}

TimestampTz make_timestamptz_at(Int year, Int month, Int day, Int hour, Int minute, double second, std::string_view zone) {
    const Timestamp local = make_timestamp(year, month, day, hour, minute, second);
    return {checked_timestamp(local.us - zone_offset(zone, local) * k_us_per_second)};
}

Interval make_interval(Int years, Int months, Int weeks, Int days, Int hours, Int minutes, double seconds) {
    const auto refuse = [] { out_of_range("interval out of range"); };
    const std::int64_t all_months = std::int64_t{years} * 12 + months, all_days = std::int64_t{weeks} * 7 + days;
    const double fraction = std::rint(seconds * static_cast<double>(k_us_per_second));
    Interval result;
    result.months = static_cast<Int>(all_months);
    result.days = static_cast<Int>(all_days);
    if (result.months != all_months || result.days != all_days || !(std::fabs(fraction) < 9.2e18)) refuse();
    if (__builtin_add_overflow(hours * k_us_per_hour + minutes * k_us_per_minute, static_cast<std::int64_t>(fraction), &result.us)) refuse();
    return result;
}

/// make_interval() with as many parts as are given; the others are 0. One declaration for each number of arguments, so
/// that a part that is given as null makes the result null.
void add_make_interval(Registry& to) {
    Function f = function<make_interval>("make_interval", 3464);
    f.kernel = [](EvalContext& context, const CallSite& site, const Column* columns, Rows rows, Datum* results) {
        const std::size_t given = site.function->arguments.size();
        rows.each([&](std::uint32_t row) {
            Int whole[6] = {};
            double seconds = 0;
            bool any_null = false;
            for (std::size_t i = 0; i < given; ++i) {
                const Datum& d = columns[i][row];
                any_null = any_null || d.is_null;
                if (i < std::size(whole)) whole[i] = d.int4;
                else seconds = d.float8;
            }
            results[row] = any_null ? Datum{}
                                    : SqlType<Interval>::put(context.arena, make_interval(whole[0], whole[1], whole[2], whole[3], whole[4], whole[5], seconds));
        });
    };
    for (; !f.arguments.empty(); f.arguments.pop_back(), f.oid = 0) to.add(f);
    to.add(f);
}

/// Seconds since 1970.
TimestampTz from_seconds(double seconds) {
    if (std::isnan(seconds)) throw Error(sqlstate::datetime_field_overflow, "timestamp cannot be NaN");
    if (std::isinf(seconds)) return {seconds > 0 ? TimestampTz::k_infinity : TimestampTz::k_minus_infinity};
    constexpr double k_epoch = k_unix_epoch_days * k_seconds_per_day;
    const double us = std::rint((seconds - k_epoch) * static_cast<double>(k_us_per_second));
    if (!(us >= static_cast<double>(k_min_timestamp) && us < static_cast<double>(k_end_timestamp)))
        out_of_range("timestamp out of range: \"{:g}\"", seconds);
    return {static_cast<std::int64_t>(us)};
}

std::string time_of_day_text() {
    const DateTimeFields now = fields_of(now_us(), *datetime_style().time_zone);
    return fmt::format("{} {} {:02} {:02}:{:02}:{:02}.{:06} {:04} {}",
                       k_weekday_names[day_of_week(days_from_civil(now.date))].substr(0, 3),
                       k_month_names[now.date.month - 1].substr(0, 3), now.date.day, now.hour, now.minute, now.second, now.microsecond,
                       now.date.year, now.zone->abbreviation);
}

}  // namespace

void register_datetime_constructors(Registry& to) {
    to.add(function<make_date>("make_date", 3846));
    to.add(function<[](Int hour, Int minute, double second) { return Time{checked_time(hour, minute, second)}; }>("make_time", 3847));
    to.add(function<make_timestamp>("make_timestamp", 3461));
    to.add(function<make_timestamptz>("make_timestamptz", 3462, {.volatility = Volatility::stable}));
    to.add(function<make_timestamptz_at>("make_timestamptz", 3463, {.volatility = Volatility::stable}));
    add_make_interval(to);
    to.add(function<from_seconds>("to_timestamp", 1158));
    to.add(function<[] { return TimestampTz{now_us()}; }>("clock_timestamp", 2649, {.volatility = Volatility::volatile_}));
    to.add(function<time_of_day_text>("timeofday", 274, {.volatility = Volatility::volatile_}));
    to.add(function<[](Date d) { return d.finite(); }>("isfinite", 1373));
    to.add(function<[](TimestampTz t) { return t.finite(); }>("isfinite", 1389));
    to.add(function<[](Interval) { return true; }>("isfinite", 1390));
    to.add(function<[](Timestamp t) { return t.finite(); }>("isfinite", 2048));
}

}  // namespace forklore
