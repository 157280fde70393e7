// date_trunc() and date_bin(): moments cut down to a unit, or to a grid.
#include "base/error.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/datetime_words.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

namespace {

using Unit = DateTimeUnit;

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower(c);
    return result;
}

[[noreturn]] void unsupported(std::string_view unit, std::string_view type, std::string detail = {}) {
    throw Error(sqlstate::feature_not_supported, "unit \"{}\" not supported for type {}", lowered(unit), type).detail(std::move(detail));
}

Unit unit_of(std::string_view text, std::string_view type) {
    const DateTimeWord* word = find_interval_word(lowered(text));
    if (word == nullptr || word->kind != WordKind::unit)
        throw Error(sqlstate::invalid_parameter_value, "unit \"{}\" not recognized for type {}", lowered(text), type);
    return word->as<Unit>();
}

/// The first year of the ten, hundred or thousand that a year belongs to. Centuries and millennia begin with 1, decades with 0.
std::int32_t first_year(std::int32_t year, Unit unit) {
    switch (unit) {
        case Unit::millennium: return year > 0 ? (year + 999) / 1000 * 1000 - 999 : -((999 - (year - 1)) / 1000) * 1000 + 1;
        case Unit::century: return year > 0 ? (year + 99) / 100 * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1;
        case Unit::decade: return year > 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10;
        default: return year;
    }
}

std::int64_t truncate_time(std::int64_t us, Unit unit) {
    const std::int64_t size = unit == Unit::hour ? k_us_per_hour : unit == Unit::minute ? k_us_per_minute : unit == Unit::second ? k_us_per_second
                              : unit == Unit::millisecond ? 1000 : 1;
    return us / size * size;
}

/// Cuts what clocks show. \return whether the cut may have changed the clocks' offset, being at least a day's
bool truncate(DateTimeFields& fields, Unit unit, std::string_view name, std::string_view type) {
    CivilDate& date = fields.date;
    switch (unit) {
        case Unit::millennium: case Unit::century: case Unit::decade: case Unit::year:
            date = {first_year(date.year, unit), 1, 1};
            break;
        case Unit::quarter: date = {date.year, (date.month - 1) / 3 * 3 + 1, 1}; break;
        case Unit::month: date.day = 1; break;
        case Unit::week: {
            const std::int64_t days = days_from_civil(date);
            date = civil_from_days(days - (day_of_week(days) + 6) % 7);
            break;
        }
        case Unit::day: break;
        case Unit::hour: case Unit::minute: case Unit::second: case Unit::millisecond: case Unit::microsecond:
            set_time_of_day(truncate_time(time_of_day(fields), unit), fields);
            return false;
        default: unsupported(name, type);
    }
    set_time_of_day(0, fields);
    return true;
}

std::int64_t local_of(const DateTimeFields& fields) {
    const std::optional<std::int64_t> us = timestamp_of(fields);
    if (!us) throw Error(sqlstate::datetime_field_overflow, "timestamp out of range");
    return *us;
}

Timestamp truncate_timestamp(std::string_view name, Timestamp value) {
    if (!value.finite()) return value;
    DateTimeFields fields = fields_of(value.us);
    constexpr std::string_view k_type = "timestamp without time zone";
    truncate(fields, unit_of(name, k_type), name, k_type);
    return {local_of(fields)};
}

TimestampTz truncate_at(std::string_view name, TimestampTz value, const TimeZone& zone) {
    if (!value.finite()) return value;
    constexpr std::string_view k_type = "timestamp with time zone";
    DateTimeFields fields = fields_of(value.us, zone);
    const bool offset_changes = truncate(fields, unit_of(name, k_type), name, k_type);
    const std::int64_t local = local_of(fields);
    const std::int32_t offset = offset_changes ? offset_at_local(local, zone) : fields.zone->offset;
    return {checked_timestamp(local - offset * k_us_per_second)};
}

TimestampTz truncate_in_session(std::string_view name, TimestampTz value) { return truncate_at(name, value, *datetime_style().time_zone); }

TimestampTz truncate_in_zone(std::string_view name, TimestampTz value, std::string_view zone_name) {
    if (!value.finite()) return value;
    const NamedZone zone = find_named_zone(zone_name);
    return truncate_at(name, value, zone.offset ? *fixed_time_zone(*zone.offset) : *zone.zone);
}

Interval truncate_interval(std::string_view name, Interval value) {
    const Unit unit = unit_of(name, "interval");
    auto months = [&value](std::int32_t size) { return Interval{0, 0, value.months / size * size}; };
    switch (unit) {
        case Unit::millennium: return months(12'000);
        case Unit::century: return months(1'200);
        case Unit::decade: return months(120);
        case Unit::year: return months(12);
        case Unit::quarter: return months(3);
        case Unit::month: return months(1);
        case Unit::day: return {0, value.days, value.months};
        case Unit::hour: case Unit::minute: case Unit::second: case Unit::millisecond: case Unit::microsecond:
            return {truncate_time(value.us, unit), value.days, value.months};
        case Unit::week: unsupported(name, "interval", "Months usually have fractional weeks.");
        default: unsupported(name, "interval");
    }
}

/// The start of the stride that a moment lies in, strides being counted from an origin in both directions.
template <bool with_zone>
BasicTimestamp<with_zone> bin(Interval stride, BasicTimestamp<with_zone> value, BasicTimestamp<with_zone> origin) {
    const auto out_of_range = [](std::string_view what) -> Error { return Error(sqlstate::datetime_field_overflow, "{} out of range", what); };
    if (!value.finite()) return value;
    if (!origin.finite()) throw out_of_range("origin");
    if (stride.months != 0)
        throw Error(sqlstate::feature_not_supported, "timestamps cannot be binned into intervals containing months or years");
    std::int64_t size, distance;
    if (__builtin_mul_overflow(std::int64_t{stride.days}, k_us_per_day, &size) || __builtin_add_overflow(size, stride.us, &size))
        throw out_of_range("interval");
    if (size <= 0) throw Error(sqlstate::datetime_field_overflow, "stride must be greater than zero");
    if (__builtin_sub_overflow(value.us, origin.us, &distance)) throw out_of_range("interval");
    std::int64_t us;
    if (__builtin_sub_overflow(value.us, floor_modulo(distance, size), &us) || !is_valid_timestamp(us)) throw out_of_range("timestamp");
    return {us};
}

}  // namespace

void register_datetime_truncation(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<truncate_timestamp>("date_trunc", 2020));
    to.add(function<truncate_in_session>("date_trunc", 1217, stable));
    to.add(function<truncate_in_zone>("date_trunc", 1284, stable));
    to.add(function<truncate_interval>("date_trunc", 1218));
    to.add(function<bin<false>>("date_bin", 6177));
    to.add(function<bin<true>>("date_bin", 6178));
}

}  // namespace forklore
