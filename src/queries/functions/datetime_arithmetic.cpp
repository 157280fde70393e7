#include "queries/functions/datetime_arithmetic.hpp"

#include <cmath>

#include "base/error.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/datetime_style.hpp"

namespace forklore {

namespace {

constexpr int k_days_per_month = 30;

[[noreturn]] void timestamp_out_of_range() { throw Error(sqlstate::datetime_field_overflow, "timestamp out of range"); }
[[noreturn]] void interval_out_of_range() { throw Error(sqlstate::datetime_field_overflow, "interval out of range"); }
[[noreturn]] void date_out_of_range() { throw Error(sqlstate::datetime_field_overflow, "date out of range"); }

/// A date that lies some months later: its day is at most the new month's last.
CivilDate add_months(CivilDate date, std::int32_t months) {
    const std::int64_t count = std::int64_t{date.year} * 12 + (date.month - 1) + months;
    const std::int64_t year = floor_divide(count, 12);
    if (year != static_cast<std::int32_t>(year)) timestamp_out_of_range();
    date.year = static_cast<std::int32_t>(year);
    date.month = static_cast<std::int32_t>(floor_modulo(count, 12)) + 1;
    date.day = std::min(date.day, days_in_month(date.year, date.month));
    return date;
}

/// What clocks show some months and days later, at the same time of day.
std::int64_t move_clock(std::int64_t local, const Interval& interval) {
    DateTimeFields fields = fields_of(local);
    if (interval.months != 0) {
        fields.date = add_months(fields.date, interval.months);
        const std::optional<std::int64_t> moved = timestamp_of(fields);
        if (!moved) timestamp_out_of_range();
        local = *moved;
    }
    if (interval.days != 0) {
        std::int64_t us;
        if (__builtin_mul_overflow(std::int64_t{interval.days}, k_us_per_day, &us) || __builtin_add_overflow(local, us, &local) ||
            !is_valid_timestamp(local))
            timestamp_out_of_range();
    }
    return local;
}

std::int64_t add_exactly(std::int64_t us, std::int64_t more) {
    if (__builtin_add_overflow(us, more, &us) || !is_valid_timestamp(us)) timestamp_out_of_range();
    return us;
}

std::int32_t whole(double value) {
    if (!(value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max())) interval_out_of_range();
    return static_cast<std::int32_t>(value);
}

double round_to_us(double value) { return std::rint(value * static_cast<double>(k_us_per_second)) / static_cast<double>(k_us_per_second); }

/// Puts together what multiplying or dividing each part gave.
Interval cascade(double months, double days, double us) {
    Interval result;
    result.months = whole(months);
    result.days = whole(days);
    const double month_days = round_to_us((months - result.months) * k_days_per_month);
    double seconds = round_to_us((days - result.days + month_days - static_cast<std::int32_t>(month_days)) * static_cast<double>(k_seconds_per_day));
    std::int64_t more_days = static_cast<std::int32_t>(month_days);
    if (std::fabs(seconds) >= static_cast<double>(k_seconds_per_day)) {
        const auto full = static_cast<std::int32_t>(seconds / static_cast<double>(k_seconds_per_day));
        more_days += full;
        seconds -= static_cast<double>(full * k_seconds_per_day);
    }
    if (__builtin_add_overflow(result.days, more_days, &result.days)) interval_out_of_range();
    const double total = std::rint(us + seconds * static_cast<double>(k_us_per_second));
    constexpr double k_limit = 9223372036854775808.0;
    if (!(total >= -k_limit && total < k_limit)) interval_out_of_range();
    result.us = static_cast<std::int64_t>(total);
    return result;
}

/// Makes `small` have the sign of `large` (or be zero), one unit of `large` being `unit` of `small`.
template <typename Large, typename Small>
void same_sign(Large& large, Small& small, Small unit, bool small_negative, bool small_positive) {
    if (large > 0 && small_negative) {
        small += unit;
        --large;
    } else if (large < 0 && small_positive) {
        small -= unit;
        ++large;
    }
}

}  // namespace

Timestamp add(Timestamp timestamp, const Interval& interval) {
    if (!timestamp.finite()) return timestamp;
    return {add_exactly(move_clock(timestamp.us, interval), interval.us)};
}

TimestampTz add(TimestampTz timestamp, const Interval& interval, const TimeZone& zone) {
    if (!timestamp.finite()) return timestamp;
    std::int64_t us = timestamp.us;
    // Months first, then days; between the two the clock's offset is found anew.
    for (const Interval step : {Interval{0, 0, interval.months}, Interval{0, interval.days, 0}}) {
        if (step.months == 0 && step.days == 0) continue;
        const std::int64_t local = move_clock(us + local_time_type(us, zone).offset * k_us_per_second, step);
        us = local - offset_at_local(local, zone) * k_us_per_second;
        if (!is_valid_timestamp(us)) timestamp_out_of_range();
    }
    return {add_exactly(us, interval.us)};
}

TimestampTz add(TimestampTz timestamp, const Interval& interval) { return add(timestamp, interval, *datetime_style().time_zone); }

Time add(Time time, const Interval& interval) {
    return {floor_modulo(time.us + interval.us % k_us_per_day, k_us_per_day)};
}

Interval add(const Interval& a, const Interval& b) {
    Interval sum;
    if (__builtin_add_overflow(a.us, b.us, &sum.us) || __builtin_add_overflow(a.days, b.days, &sum.days) ||
        __builtin_add_overflow(a.months, b.months, &sum.months))
        interval_out_of_range();
    return sum;
}

Interval negate(const Interval& interval) {
    Interval result;
    if (__builtin_sub_overflow(std::int64_t{0}, interval.us, &result.us) || __builtin_sub_overflow(0, interval.days, &result.days) ||
        __builtin_sub_overflow(0, interval.months, &result.months))
        interval_out_of_range();
    return result;
}

Interval multiply(const Interval& interval, double factor) {
    return cascade(interval.months * factor, interval.days * factor, static_cast<double>(interval.us) * factor);
}

Interval divide(const Interval& interval, double divisor) {
    if (divisor == 0) throw Error(sqlstate::division_by_zero, "division by zero");
    return cascade(interval.months / divisor, interval.days / divisor, static_cast<double>(interval.us) / divisor);
}

Interval subtract(Timestamp a, Timestamp b) {
    if (!a.finite() || !b.finite()) throw Error(sqlstate::datetime_field_overflow, "cannot subtract infinite timestamps");
    Interval difference;
    if (__builtin_sub_overflow(a.us, b.us, &difference.us)) interval_out_of_range();
    return justify_hours(difference);
}

Interval justify_hours(const Interval& interval) {
    Interval result = interval;
    if (__builtin_add_overflow(result.days, result.us / k_us_per_day, &result.days)) interval_out_of_range();
    result.us %= k_us_per_day;
    same_sign(result.days, result.us, k_us_per_day, result.us < 0, result.us > 0);
    return result;
}

Interval justify_days(const Interval& interval) {
    Interval result = interval;
    if (__builtin_add_overflow(result.months, result.days / k_days_per_month, &result.months)) interval_out_of_range();
    result.days %= k_days_per_month;
    same_sign(result.months, result.days, k_days_per_month, result.days < 0, result.days > 0);
    return result;
}

Interval justify(const Interval& interval) {
    std::int64_t days = interval.days + interval.us / k_us_per_day;
    std::int64_t us = interval.us % k_us_per_day;
    std::int64_t months = interval.months + days / k_days_per_month;
    days %= k_days_per_month;
    same_sign(months, days, std::int64_t{k_days_per_month}, days < 0 || (days == 0 && us < 0), days > 0 || (days == 0 && us > 0));
    same_sign(days, us, k_us_per_day, us < 0, us > 0);
    if (months != static_cast<std::int32_t>(months)) interval_out_of_range();
    return {us, static_cast<std::int32_t>(days), static_cast<std::int32_t>(months)};
}

namespace {

Date add_days(Date date, std::int32_t days) {
    if (!date.finite()) return date;
    const std::int64_t sum = std::int64_t{date.days} + days;
    if (!is_valid_date(sum)) date_out_of_range();
    return {static_cast<std::int32_t>(sum)};
}
Date subtract_days(Date date, std::int32_t days) {
    if (!date.finite()) return date;
    const std::int64_t difference = std::int64_t{date.days} - days;
    if (!is_valid_date(difference)) date_out_of_range();
    return {static_cast<std::int32_t>(difference)};
}
std::int32_t days_between(Date a, Date b) {
    if (!a.finite() || !b.finite()) throw Error(sqlstate::datetime_field_overflow, "cannot subtract infinite dates");
    return a.days - b.days;
}

Timestamp at_time(Date date, Time time) {
    const Timestamp midnight = to_timestamp(date);
    return midnight.finite() ? Timestamp{add_exactly(midnight.us, time.us)} : midnight;
}
TimestampTz at_time(Date date, TimeTz time) {
    const Timestamp midnight = to_timestamp(date);
    return {midnight.finite() ? add_exactly(midnight.us, time.utc()) : midnight.us};
}

TimeTz add(TimeTz time, const Interval& interval) { return {forklore::add(Time{time.us}, interval).us, time.west}; }
Timestamp add(Date date, const Interval& interval) { return forklore::add(to_timestamp(date), interval); }

/// `a - interval` is `a` plus its opposite. The opposite of the smallest number does not exist, so out of range.
template <typename T>
auto subtract_interval(T a, Interval interval) {
    return add(a, negate(interval));
}
/// For times of day, only the part below a day counts, whose opposite always exists.
template <typename T>
T subtract_from_clock(T time, Interval interval) {
    return add(time, Interval{-(interval.us % k_us_per_day), 0, 0});
}

/// A sum of intervals, and their number.
struct IntervalSum {
    Interval sum;
    std::int64_t count = 0;
    void add(Interval value) {
        sum = forklore::add(sum, value);
        ++count;
    }
    std::optional<Interval> result() const { return count > 0 ? std::optional(sum) : std::nullopt; }
};
struct IntervalMean : IntervalSum {
    void add(Interval value) { IntervalSum::add(value); }
    std::optional<Interval> result() const { return count > 0 ? std::optional(divide(sum, static_cast<double>(count))) : std::nullopt; }
};

}  // namespace

void register_datetime_arithmetic(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};

    add_operator(to, {1100, "+", "+"}, function<add_days>("date_pli", 1141));
    add_operator(to, {2555, "+", "+"}, function<[](std::int32_t n, Date d) { return add_days(d, n); }>("integer_pl_date", 2550));
    add_operator(to, {1101, "-"}, function<subtract_days>("date_mii", 1142));
    add_operator(to, {1099, "-"}, function<days_between>("date_mi", 1140));
    add_operator(to, {1076, "+", "+"}, function<[](Date d, Interval i) { return add(d, i); }>("date_pl_interval", 2071));
    add_operator(to, {2551, "+", "+"}, function<[](Interval i, Date d) { return add(d, i); }>("interval_pl_date", 2546));
    add_operator(to, {1077, "-"}, function<[](Date d, Interval i) { return subtract_interval(to_timestamp(d), i); }>("date_mi_interval", 2072));
    add_operator(to, {1360, "+", "+"}, function<[](Date d, Time t) { return at_time(d, t); }>("datetime_pl", 1272));
    add_operator(to, {1363, "+", "+"}, function<[](Time t, Date d) { return at_time(d, t); }>("timedate_pl", 1296));
    add_operator(to, {1361, "+", "+"}, function<[](Date d, TimeTz t) { return at_time(d, t); }>("datetimetz_pl", 1297));
    add_operator(to, {1366, "+", "+"}, function<[](TimeTz t, Date d) { return at_time(d, t); }>("timetzdate_pl", 1298));

    add_operator(to, {1800, "+", "+"}, function<[](Time t, Interval i) { return forklore::add(t, i); }>("time_pl_interval", 1747));
    add_operator(to, {1849, "+", "+"}, function<[](Interval i, Time t) { return forklore::add(t, i); }>("interval_pl_time", 1848));
    add_operator(to, {1801, "-"}, function<subtract_from_clock<Time>>("time_mi_interval", 1748));
    add_operator(to, {1399, "-"}, function<[](Time a, Time b) { return Interval{a.us - b.us, 0, 0}; }>("time_mi_time", 1690));
    add_operator(to, {1802, "+", "+"}, function<[](TimeTz t, Interval i) { return add(t, i); }>("timetz_pl_interval", 1749));
    add_operator(to, {2552, "+", "+"}, function<[](Interval i, TimeTz t) { return add(t, i); }>("interval_pl_timetz", 2547));
    add_operator(to, {1803, "-"}, function<subtract_from_clock<TimeTz>>("timetz_mi_interval", 1750));

    add_operator(to, {2066, "+", "+"}, function<[](Timestamp t, Interval i) { return forklore::add(t, i); }>("timestamp_pl_interval", 2032));
    add_operator(to, {2553, "+", "+"}, function<[](Interval i, Timestamp t) { return forklore::add(t, i); }>("interval_pl_timestamp", 2548));
    add_operator(to, {2068, "-"}, function<subtract_interval<Timestamp>>("timestamp_mi_interval", 2033));
    add_operator(to, {2067, "-"}, function<subtract>("timestamp_mi", 2031));
    add_operator(to, {1327, "+", "+"}, function<[](TimestampTz t, Interval i) { return forklore::add(t, i); }>("timestamptz_pl_interval", 1189, stable));
    add_operator(to, {2554, "+", "+"}, function<[](Interval i, TimestampTz t) { return forklore::add(t, i); }>("interval_pl_timestamptz", 2549, stable));
    add_operator(to, {1329, "-"}, function<subtract_interval<TimestampTz>>("timestamptz_mi_interval", 1190, stable));
    add_operator(to, {1328, "-"}, function<[](TimestampTz a, TimestampTz b) { return subtract(Timestamp{a.us}, Timestamp{b.us}); }>("timestamptz_mi", 1188));

    add_operator(to, {1337, "+", "+"}, function<[](Interval a, Interval b) { return forklore::add(a, b); }>("interval_pl", 1169));
    add_operator(to, {1338, "-"}, function<[](Interval a, Interval b) { return forklore::add(a, negate(b)); }>("interval_mi", 1170));
    add_operator(to, {1336, "-"}, function<[](Interval i) { return negate(i); }>("interval_um", 1168));
    add_operator(to, {1583, "*", "*"}, function<[](Interval i, double f) { return multiply(i, f); }>("interval_mul", 1618));
    add_operator(to, {1584, "*", "*"}, function<[](double f, Interval i) { return multiply(i, f); }>("mul_d_interval", 1624));
    add_operator(to, {1585, "/"}, function<[](Interval i, double f) { return divide(i, f); }>("interval_div", 1326));
    to.add(aggregate<IntervalSum>("sum", 2113));
    to.add(aggregate<IntervalMean>("avg", 2106));
}

}  // namespace forklore
