// The rows of the types date, time, timetz, timestamp and timestamptz.
#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/types/datetime.hpp"
#include "queries/types/datetime_input.hpp"
#include "queries/types/datetime_output.hpp"
#include "queries/types/datetime_style.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/time_precision.hpp"

namespace forklore {

namespace {

template <typename... Args>
[[noreturn]] void out_of_range(fmt::format_string<Args...> format, Args&&... args) {
    throw Error(sqlstate::datetime_field_overflow, "{}", fmt::format(format, std::forward<Args>(args)...));
}

// ---------------------------------------------------------------- input

Date read(Date, std::string_view text, std::int32_t) {
    const DateTimeInput input = parse_datetime(text, "date");
    switch (input.kind) {
        case DateTimeInput::Kind::infinity: return {Date::k_infinity};
        case DateTimeInput::Kind::minus_infinity: return {Date::k_minus_infinity};
        case DateTimeInput::Kind::epoch: return {-k_unix_epoch_days};
        case DateTimeInput::Kind::moment: break;
    }
    const std::optional<std::int32_t> days = days_of(input.fields.date);
    if (!days) out_of_range("date out of range: \"{}\"", text);
    return {*days};
}

template <bool with_zone>
BasicTimestamp<with_zone> read(BasicTimestamp<with_zone>, std::string_view text, std::int32_t typmod) {
    using T = BasicTimestamp<with_zone>;
    const DateTimeInput input = parse_datetime(text, with_zone ? "timestamp with time zone" : "timestamp");
    switch (input.kind) {
        case DateTimeInput::Kind::infinity: return {T::k_infinity};
        case DateTimeInput::Kind::minus_infinity: return {T::k_minus_infinity};
        case DateTimeInput::Kind::epoch: return {k_unix_epoch_us};
        case DateTimeInput::Kind::moment: break;
    }
    const std::optional<std::int64_t> local = timestamp_of(input.fields);
    const std::int64_t us = local.value_or(0) - (with_zone ? input.offset * k_us_per_second : 0);
    if (!local || !is_valid_timestamp(us)) out_of_range("timestamp out of range: \"{}\"", text);
    return {round_to_precision(us, typmod)};
}

Time read(Time, std::string_view text, std::int32_t typmod) {
    return {round_to_precision(time_of_day(parse_time(text, "time").fields), typmod)};
}

TimeTz read(TimeTz, std::string_view text, std::int32_t typmod) {
    const DateTimeInput input = parse_time(text, "time with time zone");
    return {round_to_precision(time_of_day(input.fields), typmod), -input.offset};
}

template <typename T>
Datum input(const TypeContext& context, std::string_view text) {
    return SqlType<T>::put(context.arena, read(T{}, text, context.typmod));
}

template <typename T>
void output(const TypeContext&, Datum value, ByteWriter& to) { append_text(SqlType<T>::get(value), to); }

// ---------------------------------------------------------------- binary

Date receive(Date, ByteReader& from, std::int32_t) {
    const Date date{from.get<std::int32_t>()};
    if (date.finite() && !is_valid_date(date.days)) out_of_range("date out of range");
    return date;
}

template <bool with_zone>
BasicTimestamp<with_zone> receive(BasicTimestamp<with_zone>, ByteReader& from, std::int32_t typmod) {
    const BasicTimestamp<with_zone> value{checked_timestamp(from.get<std::int64_t>())};
    return value.finite() ? BasicTimestamp<with_zone>{round_to_precision(value.us, typmod)} : value;
}

std::int64_t receive_time(ByteReader& from, std::int32_t typmod) {
    const auto us = from.get<std::int64_t>();
    if (us < 0 || us > k_us_per_day) out_of_range("time out of range");
    return round_to_precision(us, typmod);
}

Time receive(Time, ByteReader& from, std::int32_t typmod) { return {receive_time(from, typmod)}; }

TimeTz receive(TimeTz, ByteReader& from, std::int32_t typmod) {
    constexpr std::int32_t k_zone_limit = 16 * 3600;  // of hours up to 15:59:59
    const std::int64_t us = receive_time(from, typmod);
    const auto west = from.get<std::int32_t>();
    if (west <= -k_zone_limit || west >= k_zone_limit)
        throw Error(sqlstate::invalid_time_zone_displacement_value, "time zone displacement out of range");
    return {us, west};
}

template <typename T>
Datum receive_datum(const TypeContext& context, ByteReader& from) {
    return SqlType<T>::put(context.arena, receive(T{}, from, context.typmod));
}

void send(Date value, ByteWriter& to) { to.put(value.days); }
void send(Time value, ByteWriter& to) { to.put(value.us); }
template <bool with_zone>
void send(BasicTimestamp<with_zone> value, ByteWriter& to) { to.put(value.us); }
void send(TimeTz value, ByteWriter& to) {
    to.put(value.us);
    to.put(value.west);
}

template <typename T>
void send_datum(const TypeContext&, Datum value, ByteWriter& to) { send(SqlType<T>::get(value), to); }

// ---------------------------------------------------------------- order

template <typename T>
int compare(const Type&, const Datum& a, const Datum& b) {
    const auto order = SqlType<T>::get(a) <=> SqlType<T>::get(b);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

std::uint64_t hash_of(Date value) { return hash_number(static_cast<std::uint64_t>(value.days)); }
std::uint64_t hash_of(TimeTz value) { return hash_number(static_cast<std::uint64_t>(value.us) ^ hash_number(static_cast<std::uint64_t>(value.west))); }
std::uint64_t hash_of(auto value) { return hash_number(static_cast<std::uint64_t>(value.us)); }

template <typename T>
std::uint64_t hash(const Type&, const Datum& value) { return hash_of(SqlType<T>::get(value)); }

template <typename T>
Type row(std::string name, std::string sql_name, std::int16_t length, Oid array) {
    Type type;
    type.oid = SqlType<T>::oid;
    type.name = std::move(name);
    type.sql_name = std::move(sql_name);
    type.length = length;
    type.category = 'D';
    type.array = array;
    type.by_reference = length > 8;
    type.input = input<T>;
    type.output = output<T>;
    type.receive = receive_datum<T>;
    type.send = send_datum<T>;
    type.compare = compare<T>;
    type.hash = hash<T>;
    return type;
}

constexpr char k_with_zone[] = " with time zone", k_without_zone[] = " without time zone";
constexpr char k_time_title[] = "TIME", k_timestamp_title[] = "TIMESTAMP", k_zone_title[] = " WITH TIME ZONE", k_no_title[] = "";

template <const char* title, const char* title_suffix, const char* suffix>
Type with_precision(Type type) {
    type.typmod_in = [](std::span<const std::string_view> words) { return read_time_precision(words, title, title_suffix); };
    type.typmod_out = [](std::int32_t typmod) { return write_time_precision(typmod, suffix); };
    return type;
}

}  // namespace

void register_dates(Registry& to) {
    to.add(row<Date>("date", "date", 4, k_date_array));
    to.add(with_precision<k_time_title, k_no_title, k_without_zone>(row<Time>("time", "time without time zone", 8, k_time_array)));
    to.add(with_precision<k_time_title, k_zone_title, k_with_zone>(row<TimeTz>("timetz", "time with time zone", 12, k_timetz_array)));
    to.add(with_precision<k_timestamp_title, k_no_title, k_without_zone>(
        row<Timestamp>("timestamp", "timestamp without time zone", 8, k_timestamp_array)));
    Type timestamptz = with_precision<k_timestamp_title, k_zone_title, k_with_zone>(
        row<TimestampTz>("timestamptz", "timestamp with time zone", 8, k_timestamptz_array));
    timestamptz.preferred = true;
    to.add(std::move(timestamptz));
}

}  // namespace forklore
