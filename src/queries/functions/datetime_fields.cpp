// extract() and date_part(): one field of a date, a time or an interval.
#include "base/error.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/datetime_tokens.hpp"
#include "queries/types/datetime_words.hpp"
#include "queries/types/interval.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

using Unit = DateTimeUnit;

/// A field that a client asks for, and the type it is asked of.
struct Asked {
    Unit unit;
    std::string name;  // in lower case, for messages
    std::string_view type;

    Asked(std::string_view text, std::string_view of) : unit(Unit::none), name(text), type(of) {
        for (char& c : name) c = lower(c);
        const DateTimeWord* word = find_interval_word(name);
        if (word == nullptr) word = find_date_word(name);
        if (word != nullptr && word->kind == WordKind::unit) unit = word->as<Unit>();
        if (word != nullptr && word->kind == WordKind::reserved && word->as<ReservedMoment>() == ReservedMoment::epoch) unit = Unit::epoch;
        if (unit == Unit::none)
            throw Error(sqlstate::invalid_parameter_value, "unit \"{}\" not recognized for type {}", name, type);
    }
    [[noreturn]] void unsupported() const {
        throw Error(sqlstate::feature_not_supported, "unit \"{}\" not supported for type {}", name, type);
    }
};

/// A field's value: exactly, as a whole number over a power of ten; or one that only a division gives.
struct Field {
    Int128 coefficient = 0;
    int scale = 0;
    std::int64_t day_part_us = -1;   // a Julian day's fraction, in microseconds
    int infinity = 0;                // -1, 1: infinite
};

std::optional<Field> whole(Int128 value) { return Field{.coefficient = value}; }
std::optional<Field> scaled(Int128 value, int scale) { return Field{.coefficient = value, .scale = scale}; }

/// Fields of a day.
std::optional<Field> date_field(const Asked& asked, const CivilDate& date) {
    const std::int64_t year = date.year;
    // Decades, centuries and millennia before Christ count away from the year 1 BC.
    switch (asked.unit) {
        case Unit::day: return whole(date.day);
        case Unit::month: return whole(date.month);
        case Unit::quarter: return whole((date.month - 1) / 3 + 1);
        case Unit::week: return whole(iso_week(days_from_civil(date)).week);
        case Unit::year: return whole(year > 0 ? year : year - 1);
        case Unit::decade: return whole(year >= 0 ? year / 10 : -((8 - (year - 1)) / 10));
        case Unit::century: return whole(year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100));
        case Unit::millennium: return whole(year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000));
        case Unit::iso_year: {
            const std::int64_t iso = iso_week(days_from_civil(date)).year;
            return whole(iso > 0 ? iso : iso - 1);
        }
        case Unit::day_of_week: return whole(day_of_week(days_from_civil(date)));
        case Unit::iso_day_of_week: return whole((day_of_week(days_from_civil(date)) + 6) % 7 + 1);
        case Unit::day_of_year: return whole(day_of_year(date));
        default: asked.unsupported();
    }
}

/// Fields of a time of day; none for others.
std::optional<Field> clock_field(Unit unit, std::int64_t us) {
    switch (unit) {
        case Unit::microsecond: return whole(us % k_us_per_minute);
        case Unit::millisecond: return scaled(us % k_us_per_minute, 3);
        case Unit::second: return scaled(us % k_us_per_minute, 6);
        case Unit::minute: return whole(us / k_us_per_minute % 60);
        case Unit::hour: return whole(us / k_us_per_hour);
        default: return {};
    }
}

std::optional<Field> zone_field(Unit unit, std::int32_t offset) {
    switch (unit) {
        case Unit::zone: return whole(offset);
        case Unit::zone_hour: return whole(offset / 3600);
        case Unit::zone_minute: return whole(offset / 60 % 60);
        default: return {};
    }
}

/// Of an infinite moment, what grows with it is infinite, what goes round is null.
std::optional<Field> infinite_field(const Asked& asked, bool positive, bool has_time) {
    switch (asked.unit) {
        case Unit::year: case Unit::decade: case Unit::century: case Unit::millennium: case Unit::julian: case Unit::iso_year: case Unit::epoch:
            return Field{.infinity = positive ? 1 : -1};
        case Unit::day: case Unit::month: case Unit::quarter: case Unit::week: case Unit::day_of_week: case Unit::iso_day_of_week: case Unit::day_of_year:
            return {};
        case Unit::microsecond: case Unit::millisecond: case Unit::second: case Unit::minute: case Unit::hour:
        case Unit::zone: case Unit::zone_hour: case Unit::zone_minute:
            if (has_time) return {};
            break;
        default: break;
    }
    asked.unsupported();
}

std::optional<Field> field_of(std::string_view unit, Date value) {
    const Asked asked(unit, "date");
    if (!value.finite()) return infinite_field(asked, value.days > 0, false);
    if (asked.unit == Unit::julian) return whole(value.days + k_epoch_julian_day);
    if (asked.unit == Unit::epoch) return whole((std::int64_t{value.days} + k_unix_epoch_days) * k_seconds_per_day);
    return date_field(asked, civil_from_days(value.days));
}

std::optional<Field> field_of(const Asked& asked, std::int64_t local) {
    const std::int64_t days = floor_divide(local, k_us_per_day), time = floor_modulo(local, k_us_per_day);
    if (const std::optional<Field> field = clock_field(asked.unit, time)) return field;
    if (asked.unit == Unit::julian) return Field{.coefficient = days + k_epoch_julian_day, .day_part_us = time};
    return date_field(asked, civil_from_days(days));
}

std::optional<Field> field_of(std::string_view unit, Timestamp value) {
    const Asked asked(unit, "timestamp without time zone");
    if (!value.finite()) return infinite_field(asked, value.us > 0, true);
    if (asked.unit == Unit::epoch) return scaled(Int128{value.us} - k_unix_epoch_us, 6);
    return field_of(asked, value.us);
}

std::optional<Field> field_of(std::string_view unit, TimestampTz value) {
    const Asked asked(unit, "timestamp with time zone");
    if (!value.finite()) return infinite_field(asked, value.us > 0, true);
    if (asked.unit == Unit::epoch) return scaled(Int128{value.us} - k_unix_epoch_us, 6);
    const std::int32_t offset = local_time_type(value.us, *datetime_style().time_zone).offset;
    if (const std::optional<Field> field = zone_field(asked.unit, offset)) return field;
    return field_of(asked, value.us + offset * k_us_per_second);
}

std::optional<Field> field_of(std::string_view unit, Time value) {
    const Asked asked(unit, "time without time zone");
    if (asked.unit == Unit::epoch) return scaled(value.us, 6);
    if (const std::optional<Field> field = clock_field(asked.unit, value.us)) return field;
    asked.unsupported();
}

std::optional<Field> field_of(std::string_view unit, TimeTz value) {
    const Asked asked(unit, "time with time zone");
    if (asked.unit == Unit::epoch) return scaled(value.utc(), 6);
    if (const std::optional<Field> field = zone_field(asked.unit, -value.west)) return field;
    if (const std::optional<Field> field = clock_field(asked.unit, value.us)) return field;
    asked.unsupported();
}

std::optional<Field> field_of(std::string_view unit, Interval value) {
    const Asked asked(unit, "interval");
    const std::int32_t years = value.months / 12, months = value.months % 12;
    switch (asked.unit) {
        case Unit::day: return whole(value.days);
        case Unit::month: return whole(months);
        case Unit::quarter: return whole(months / 3 + 1);
        case Unit::year: return whole(years);
        case Unit::decade: return whole(years / 10);
        case Unit::century: return whole(years / 100);
        case Unit::millennium: return whole(years / 1000);
        case Unit::epoch: {
            // A year counts as 365.25 days here, a month of less than a year as 30.
            const Int128 quarter_days = Int128{years} * 1461 + Int128{months} * 120 + Int128{value.days} * 4;
            return scaled(quarter_days * (k_us_per_day / 4) + value.us, 6);
        }
        default: break;
    }
    if (const std::optional<Field> field = clock_field(asked.unit, value.us)) return field;
    asked.unsupported();
}

template <typename T>
std::optional<Numeric> extract(EvalContext& context, std::string_view unit, T value) {
    const std::optional<Field> field = field_of(unit, value);
    if (!field) return {};
    if (field->infinity != 0) return field->infinity > 0 ? Numeric::infinity() : Numeric::minus_infinity();
    const Numeric number = Numeric::make(context.arena, field->coefficient, field->scale);
    if (field->day_part_us < 0) return number;
    return numeric_add(context.arena, number, numeric_divide(context.arena, Numeric(field->day_part_us), Numeric(k_us_per_day)));
}

template <typename T>
std::optional<double> date_part(std::string_view unit, T value) {
    const std::optional<Field> field = field_of(unit, value);
    if (!field) return {};
    if (field->infinity != 0) return field->infinity * std::numeric_limits<double>::infinity();
    double number = static_cast<double>(field->coefficient);
    if (field->scale == 6) number /= 1e6;
    // Milliseconds are counted as PostgreSQL does, whose last digit may differ from the exact quotient's.
    if (field->scale == 3)
        number = static_cast<double>(field->coefficient / k_us_per_second) * 1e3 + static_cast<double>(field->coefficient % k_us_per_second) / 1e3;
    if (field->day_part_us > 0) number += static_cast<double>(field->day_part_us) / static_cast<double>(k_us_per_day);
    return number;
}

}  // namespace

void register_datetime_fields(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    to.add(function<extract<Date>>("extract", 6199));
    to.add(function<extract<Time>>("extract", 6200));
    to.add(function<extract<TimeTz>>("extract", 6201));
    to.add(function<extract<Timestamp>>("extract", 6202));
    to.add(function<extract<TimestampTz>>("extract", 6203, stable));
    to.add(function<extract<Interval>>("extract", 6204));
    to.add(function<[](std::string_view unit, Date d) { return date_part(unit, to_timestamp(d)); }>("date_part", 1384));
    to.add(function<date_part<Time>>("date_part", 1385));
    to.add(function<date_part<TimeTz>>("date_part", 1273));
    to.add(function<date_part<Timestamp>>("date_part", 2021));
    to.add(function<date_part<TimestampTz>>("date_part", 1171, stable));
    to.add(function<date_part<Interval>>("date_part", 1172));
}

}  // namespace forklore
