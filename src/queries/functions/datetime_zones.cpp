// AT TIME ZONE, and the lists of zones and abbreviations.
#include "base/error.hpp"
#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/functions/list_source.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/zone_abbreviations.hpp"

namespace forklore {

namespace {

/// A zone given as an interval: hours east of UTC.
NamedZone zone_of(const Interval& interval) {
    if (interval.months != 0 || interval.days != 0) {
        ByteWriter text;
        append_interval(interval, datetime_style().interval_style, text);
        throw Error(sqlstate::invalid_parameter_value, "interval time zone \"{}\" must not include months or days", text.view());
    }
    NamedZone zone;
    zone.offset = static_cast<std::int32_t>(interval.us / k_us_per_second);
    return zone;
}
NamedZone zone_of(std::string_view name) { return find_named_zone(name); }

/// `timestamptz at time zone z`: what the clocks there show. An infinite moment is the same everywhere.
template <typename Zone>
Timestamp clock_at(Zone zone, TimestampTz moment) {
    if (!moment.finite()) return {moment.us};
    return {checked_timestamp(moment.us + zone_of(zone).offset_at(moment.us) * k_us_per_second)};
}

/// `timestamp at time zone z`: when the clocks there show it.
template <typename Zone>
TimestampTz moment_at(Zone zone, Timestamp local) {
    if (!local.finite()) return {local.us};
    return {checked_timestamp(local.us - zone_of(zone).offset_at_local(local.us) * k_us_per_second)};
}

/// `timetz at time zone z`: with the offset that holds there now.
template <typename Zone>
TimeTz time_at(Zone zone, TimeTz time) {
    const std::int32_t offset = zone_of(zone).offset_at(transaction_time().us);
    return {floor_modulo(time.utc() + offset * k_us_per_second, k_us_per_day), -offset};
}

Datum text_datum(Arena& arena, std::string_view text) { return Datum(arena.copy(text)); }
Datum interval_datum(Arena& arena, std::int32_t seconds) { return SqlType<Interval>::put(arena, {seconds * k_us_per_second, 0, 0}); }

std::unique_ptr<RowSource> list_abbreviations(EvalContext&, const CallSite&, std::span<const Datum>) {
    auto rows = std::make_unique<ListSource>(3);
    Arena& arena = rows->arena();
    for (const ZoneAbbreviation& a : datetime_style().abbreviations->all()) {
        std::int32_t offset = a.offset;
        bool dst = a.dst;
        if (!a.zone.empty()) {
            // What it means now.
            const TimeZone* zone = find_time_zone(a.zone);
            if (zone == nullptr) continue;
            const std::int64_t now = to_unix_seconds(transaction_time().us);
            const LocalTimeType meant = zone->interpret(a.name, now).value_or(zone->at(now));
            offset = meant.offset;
            dst = meant.dst;
        }
        rows->add({text_datum(arena, a.name), interval_datum(arena, offset), SqlType<bool>::put(arena, dst)});
    }
    return rows;
}

std::unique_ptr<RowSource> list_zones(EvalContext&, const CallSite&, std::span<const Datum>) {
    auto rows = std::make_unique<ListSource>(4);
    Arena& arena = rows->arena();
    for (const std::string& name : all_time_zone_names()) {
        const TimeZone* zone = find_time_zone(name);
        if (zone == nullptr) continue;
        const LocalTimeType now = local_time_type(transaction_time().us, *zone);
        rows->add({text_datum(arena, name), text_datum(arena, now.abbreviation), interval_datum(arena, now.offset), SqlType<bool>::put(arena, now.dst)});
    }
    return rows;
}

Function list_function(std::string name, Oid oid, OpenSource open, std::vector<OutColumn> columns) {
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::set_returning;
    f.result = k_record;
    f.volatility = Volatility::stable;
    f.open = open;
    f.out_columns = std::move(columns);
    return f;
}

}  // namespace

void register_datetime_zones(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    using Text = std::string_view;
    to.add(function<clock_at<Text>>("timezone", 1159));
    to.add(function<clock_at<Interval>>("timezone", 1026));
    to.add(function<moment_at<Text>>("timezone", 2069));
    to.add(function<moment_at<Interval>>("timezone", 2070));
    to.add(function<time_at<Text>>("timezone", 2037, stable));
    to.add(function<time_at<Interval>>("timezone", 2038, stable));
    to.add(list_function("pg_timezone_abbrevs", 2599, list_abbreviations,
                         {{"abbrev", k_text}, {"utc_offset", k_interval}, {"is_dst", k_bool}}));
    to.add(list_function("pg_timezone_names", 2856, list_zones,
                         {{"name", k_text}, {"abbrev", k_text}, {"utc_offset", k_interval}, {"is_dst", k_bool}}));
}

}  // namespace forklore
