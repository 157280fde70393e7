#include "queries/types/datetime.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"

namespace forklore {

namespace {

std::optional<std::int64_t> present_transaction_time;

[[noreturn]] void timestamp_out_of_range() { throw Error(sqlstate::datetime_field_overflow, "timestamp out of range"); }
[[noreturn]] void date_out_of_range_for_timestamp() {
    throw Error(sqlstate::datetime_field_overflow, "date out of range for timestamp");
}

}  // namespace

std::int64_t to_unix_seconds(std::int64_t us) {
    return floor_divide(us, k_us_per_second) + k_unix_epoch_days * k_seconds_per_day;
}

void set_time_of_day(std::int64_t us, DateTimeFields& to) {
    to.hour = static_cast<std::int32_t>(us / k_us_per_hour);
    to.minute = static_cast<std::int32_t>(us / k_us_per_minute % 60);
    to.second = static_cast<std::int32_t>(us / k_us_per_second % 60);
    to.microsecond = static_cast<std::int32_t>(us % k_us_per_second);
}

std::optional<std::int32_t> days_of(const CivilDate& date) {
    const std::int64_t days = days_from_civil(date);
    if (!is_valid_date(days)) return {};
    return static_cast<std::int32_t>(days);
}

std::optional<std::int64_t> timestamp_of(const DateTimeFields& fields) {
    const std::int64_t days = days_from_civil(fields.date);
    std::int64_t us;
    if (__builtin_mul_overflow(days, k_us_per_day, &us) || __builtin_add_overflow(us, time_of_day(fields), &us) ||
        !is_valid_timestamp(us))
        return {};
    return us;
}

DateTimeFields fields_of(std::int64_t us) {
    DateTimeFields fields;
    fields.date = civil_from_days(floor_divide(us, k_us_per_day));
    set_time_of_day(floor_modulo(us, k_us_per_day), fields);
    return fields;
}

DateTimeFields fields_of(std::int64_t us, const TimeZone& zone) {
    const LocalTimeType type = local_time_type(us, zone);
    DateTimeFields fields = fields_of(us + type.offset * k_us_per_second);
    fields.zone = type;
    return fields;
}

LocalTimeType local_time_type(std::int64_t us, const TimeZone& zone) { return zone.at(to_unix_seconds(us)); }

std::int32_t offset_at_local(std::int64_t us, const TimeZone& zone) { return zone.at_local(to_unix_seconds(us)).offset; }

TimestampTz to_timestamptz(Timestamp local, const TimeZone& zone) {
    if (!local.finite()) return {local.us};
    const std::int64_t us = local.us - offset_at_local(local.us, zone) * k_us_per_second;
    if (!is_valid_timestamp(us)) timestamp_out_of_range();
    return {us};
}

Timestamp to_timestamp(TimestampTz moment, const TimeZone& zone) {
    if (!moment.finite()) return {moment.us};
    const std::int64_t us = moment.us + local_time_type(moment.us, zone).offset * k_us_per_second;
    if (!is_valid_timestamp(us)) timestamp_out_of_range();
    return {us};
}

Timestamp to_timestamp(Date date) {
    if (date.days == Date::k_infinity) return {Timestamp::k_infinity};
    if (date.days == Date::k_minus_infinity) return {Timestamp::k_minus_infinity};
    if (date.days >= k_end_timestamp / k_us_per_day) date_out_of_range_for_timestamp();
    return {date.days * k_us_per_day};
}

TimestampTz to_timestamptz(Date date, const TimeZone& zone) {
    const Timestamp midnight = to_timestamp(date);
    if (!midnight.finite()) return {midnight.us};
    const std::int64_t us = midnight.us - offset_at_local(midnight.us, zone) * k_us_per_second;
    if (!is_valid_timestamp(us)) date_out_of_range_for_timestamp();
    return {us};
}

Date to_date(Timestamp timestamp) {
    if (timestamp.us == Timestamp::k_infinity) return {Date::k_infinity};
    if (timestamp.us == Timestamp::k_minus_infinity) return {Date::k_minus_infinity};
    return {static_cast<std::int32_t>(floor_divide(timestamp.us, k_us_per_day))};
}

Date to_date(TimestampTz moment, const TimeZone& zone) {
    if (!moment.finite()) return to_date(Timestamp{moment.us});
    return to_date(Timestamp{moment.us + local_time_type(moment.us, zone).offset * k_us_per_second});
}

std::int64_t round_to_precision(std::int64_t us, std::int32_t precision) {
    if (precision < 0 || precision >= k_max_time_precision) return us;
    std::int64_t unit = 1;
    for (int i = precision; i < k_max_time_precision; ++i) unit *= 10;
    return us >= 0 ? (us + unit / 2) / unit * unit : -((-us + unit / 2) / unit * unit);
}

std::int64_t checked_timestamp(std::int64_t us) {
    if (us != Timestamp::k_infinity && us != Timestamp::k_minus_infinity && !is_valid_timestamp(us)) timestamp_out_of_range();
    return us;
}

TimestampTz transaction_time() { return {present_transaction_time ? *present_transaction_time : now_us()}; }

void set_transaction_time(std::int64_t us) { present_transaction_time = us; }

}  // namespace forklore
