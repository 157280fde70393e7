// Casts among dates, times, timestamps and intervals, and the casts of each to its own precision.
#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/datetime_style.hpp"

namespace forklore {

namespace {

const TimeZone& session_zone() { return *datetime_style().time_zone; }

std::optional<Time> time_part(Timestamp t) {
    if (!t.finite()) return {};
    return Time{floor_modulo(t.us, k_us_per_day)};
}

/// A time of day gets the offset that the session's zone has today at that time.
TimeTz with_zone(Time time) {
    const Date today = to_date(transaction_time(), session_zone());
    return {time.us, -offset_at_local(to_timestamp(today).us + time.us, session_zone())};
}

std::optional<TimeTz> time_with_zone(TimestampTz t) {
    if (!t.finite()) return {};
    const std::int32_t offset = local_time_type(t.us, session_zone()).offset;
    return TimeTz{floor_modulo(t.us + offset * k_us_per_second, k_us_per_day), -offset};
}

template <typename T>
T rounded(T value, std::int32_t precision) {
    value.us = round_to_precision(value.us, precision);
    return value;
}
template <bool with_zone>
BasicTimestamp<with_zone> rounded_timestamp(BasicTimestamp<with_zone> value, std::int32_t precision) {
    return value.finite() ? rounded(value, precision) : value;
}

void add_length_cast(Registry& to, Function f) {
    const Function& kept = to.add(std::move(f));
    to.add(Cast{.source = kept.result, .target = kept.result, .function = kept.oid, .context = CastContext::implicit});
}

Timestamp date_and_time(Date date, Time time) {
    const Timestamp midnight = to_timestamp(date);
    return midnight.finite() ? Timestamp{checked_timestamp(midnight.us + time.us)} : midnight;
}

}  // namespace

void register_datetime_casts(Registry& to) {
    using enum CastContext;
    const Declared stable{.volatility = Volatility::stable};
    add_cast(to, function<[](Date d) { return to_timestamp(d); }>("timestamp", 2024), implicit);
    add_cast(to, function<[](Date d) { return to_timestamptz(d, session_zone()); }>("timestamptz", 1174, stable), implicit);
    add_cast(to, function<[](Time t) { return Interval{t.us, 0, 0}; }>("interval", 1370), implicit);
    add_cast(to, function<with_zone>("timetz", 2047, stable), implicit);
    add_cast(to, function<[](Timestamp t) { return to_date(t); }>("date", 2029), assignment);
    add_cast(to, function<time_part>("time", 1316), assignment);
    add_cast(to, function<[](Timestamp t) { return to_timestamptz(t, session_zone()); }>("timestamptz", 2028, stable), implicit);
    add_cast(to, function<[](TimestampTz t) { return to_date(t, session_zone()); }>("date", 1178, stable), assignment);
    add_cast(to, function<[](TimestampTz t) { return time_part(to_timestamp(t, session_zone())); }>("time", 2019, stable), assignment);
    add_cast(to, function<[](TimestampTz t) { return to_timestamp(t, session_zone()); }>("timestamp", 2027, stable), assignment);
    add_cast(to, function<time_with_zone>("timetz", 1388, stable), assignment);
    add_cast(to, function<[](Interval i) { return Time{floor_modulo(i.us, k_us_per_day)}; }>("time", 1419), assignment);
    add_cast(to, function<[](TimeTz t) { return Time{t.us}; }>("time", 2046), assignment);

    add_length_cast(to, function<rounded<Time>>("time", 1968));
    add_length_cast(to, function<rounded<TimeTz>>("timetz", 1969));
    add_length_cast(to, function<rounded_timestamp<false>>("timestamp", 1961));
    add_length_cast(to, function<rounded_timestamp<true>>("timestamptz", 1967));
    add_length_cast(to, function<[](Interval i, std::int32_t typmod) { return apply_typmod(i, typmod); }>("interval", 1200));

    to.add(function<date_and_time>("timestamp", 2025));
    to.add(function<[](Date d, Time t) { return to_timestamptz(date_and_time(d, t), session_zone()); }>("timestamptz", 1176, stable));
    to.add(function<[](Date d, TimeTz t) {
        const Timestamp midnight = to_timestamp(d);
        return TimestampTz{midnight.finite() ? checked_timestamp(midnight.us + t.utc()) : midnight.us};
    }>("timestamptz", 1359));
}

}  // namespace forklore
