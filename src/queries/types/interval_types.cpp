// The row of the type interval.
#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "base/log.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/datetime_families.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/interval.hpp"
#include "queries/types/time_precision.hpp"

namespace forklore {

namespace {

/// The ranges that SQL's grammar knows, by the bits of their units.
constexpr struct {
    std::int32_t range;
    std::string_view text;
} k_ranges[] = {
    {k_interval_year, " year"},
    {k_interval_month, " month"},
    {k_interval_day, " day"},
    {k_interval_hour, " hour"},
    {k_interval_minute, " minute"},
    {k_interval_second, " second"},
    {k_interval_year | k_interval_month, " year to month"},
    {k_interval_day | k_interval_hour, " day to hour"},
    {k_interval_day | k_interval_hour | k_interval_minute, " day to minute"},
    {k_interval_day | k_interval_hour | k_interval_minute | k_interval_second, " day to second"},
    {k_interval_hour | k_interval_minute, " hour to minute"},
    {k_interval_hour | k_interval_minute | k_interval_second, " hour to second"},
    {k_interval_minute | k_interval_second, " minute to second"},
    {k_interval_full_range, ""},
};

std::int32_t typmod_in(std::span<const std::string_view> words) {
    if (words.empty() || words.size() > 2) throw Error(sqlstate::invalid_parameter_value, "invalid INTERVAL type modifier");
    const std::int32_t range = read_modifier(words[0]);
    if (std::none_of(std::begin(k_ranges), std::end(k_ranges), [range](const auto& r) { return r.range == range; }))
        throw Error(sqlstate::invalid_parameter_value, "invalid INTERVAL type modifier");
    if (words.size() == 1) return range == k_interval_full_range ? -1 : range << 16 | k_interval_full_precision;
    std::int32_t precision = read_modifier(words[1]);
    if (precision < 0)
        throw Error(sqlstate::invalid_parameter_value, "INTERVAL({}) precision must not be negative", precision);
    if (precision > k_max_time_precision) {
        say(Severity::warning, sqlstate::invalid_parameter_value, "INTERVAL({}) precision reduced to maximum allowed, {}", precision,
            k_max_time_precision);
        precision = k_max_time_precision;
    }
    return range << 16 | precision;
}

std::string typmod_out(std::int32_t typmod) {
    if (typmod < 0) return "";
    std::string text;
    for (const auto& r : k_ranges)
        if (r.range == (typmod >> 16 & k_interval_full_range)) text = r.text;
    const std::int32_t precision = typmod & k_interval_full_precision;
    if (precision != k_interval_full_precision) text += fmt::format("({})", precision);
    return text;
}

Datum receive(const TypeContext& context, ByteReader& from) {
    Interval value;
    value.us = from.get<std::int64_t>();
    value.days = from.get<std::int32_t>();
    value.months = from.get<std::int32_t>();
    return SqlType<Interval>::put(context.arena, apply_typmod(value, context.typmod));
}

void send(const TypeContext&, Datum value, ByteWriter& to) {
    const Interval interval = SqlType<Interval>::get(value);
    to.put(interval.us);
    to.put(interval.days);
    to.put(interval.months);
}

int compare(const Type&, const Datum& a, const Datum& b) {
    const auto order = SqlType<Interval>::get(a) <=> SqlType<Interval>::get(b);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::uint64_t hash(const Type&, const Datum& value) {
    // Equal lengths are equal intervals; the low half tells most of them apart.
    return hash_number(static_cast<std::uint64_t>(SqlType<Interval>::get(value).span()));
}

}  // namespace

void register_intervals(Registry& to) {
    Type type;
    type.oid = k_interval;
    type.name = "interval";
    type.length = 16;
    type.category = 'T';
    type.preferred = true;
    type.array = k_interval_array;
    type.by_reference = true;
    type.input = [](const TypeContext& context, std::string_view text) {
        return SqlType<Interval>::put(context.arena, parse_interval(text, context.typmod));
    };
    type.output = [](const TypeContext&, Datum value, ByteWriter& to_) {
        append_interval(SqlType<Interval>::get(value), datetime_style().interval_style, to_);
    };
    type.receive = receive;
    type.send = send;
    type.compare = compare;
    type.hash = hash;
    type.typmod_in = typmod_in;
    type.typmod_out = typmod_out;
    to.add(std::move(type));

    register_datetime_comparisons(to);
    register_datetime_arithmetic(to);
    register_datetime_casts(to);
    register_datetime_constructors(to);
    register_datetime_fields(to);
    register_datetime_truncation(to);
    register_datetime_zones(to);
    register_datetime_overlaps(to);
    register_interval_functions(to);
    register_datetime_series(to);
    register_datetime_formatting(to);
}

}  // namespace forklore
