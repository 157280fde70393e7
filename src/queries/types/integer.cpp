#include "queries/types/integer.hpp"

#include <charconv>

#include "queries/builtins.hpp"
#include "queries/declare.hpp"
#include "queries/functions/families.hpp"
#include "queries/types/hash.hpp"

namespace forklore {

template <typename T>
T parse_integer(std::string_view text) {
    auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    const char* at = text.data();
    const char* end = at + text.size();
    auto fail = [&]() {
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type {}: \"{}\"",
                    k_integer_name<T>, text);
    };
    while (at != end && is_space(*at)) ++at;
    bool negative = at != end && *at == '-';
    if (at != end && (*at == '-' || *at == '+')) ++at;
    if (at == end || *at < '0' || *at > '9') fail();
    // Counting downwards reaches the smallest number, which has no positive counterpart.
    T value = 0;
    for (; at != end && *at >= '0' && *at <= '9'; ++at) {
        if (__builtin_mul_overflow(value, T{10}, &value) || __builtin_sub_overflow(value, T(*at - '0'), &value))
            throw Error(sqlstate::numeric_value_out_of_range, "value \"{}\" is out of range for type {}", text,
                        k_integer_name<T>);
    }
    while (at != end && is_space(*at)) ++at;
    if (at != end) fail();
    if (negative) return value;
    if (__builtin_sub_overflow(T{0}, value, &value))
        throw Error(sqlstate::numeric_value_out_of_range, "value \"{}\" is out of range for type {}", text,
                    k_integer_name<T>);
    return value;
}
template std::int16_t parse_integer<std::int16_t>(std::string_view);
template std::int32_t parse_integer<std::int32_t>(std::string_view);
template std::int64_t parse_integer<std::int64_t>(std::string_view);

namespace {

template <typename T>
Datum integer_in(const TypeContext& context, std::string_view text) {
    return SqlType<T>::put(context.arena, parse_integer<T>(text));
}

template <typename T>
void integer_out(const TypeContext&, Datum value, ByteWriter& to) {
    constexpr std::size_t k_longest = 20;  // -9223372036854775808
    char* at = to.extend(k_longest);
    std::size_t before = to.size() - k_longest;
    char* end = std::to_chars(at, at + k_longest, SqlType<T>::get(value)).ptr;
    to.truncate(before + static_cast<std::size_t>(end - at));
}

template <typename T>
Datum integer_receive(const TypeContext& context, ByteReader& from) {
    return SqlType<T>::put(context.arena, from.get<T>());
}

template <typename T>
void integer_send(const TypeContext&, Datum value, ByteWriter& to) {
    to.put(SqlType<T>::get(value));
}

template <typename T>
int integer_compare(const Type&, const Datum& a, const Datum& b) {
    T x = SqlType<T>::get(a), y = SqlType<T>::get(b);
    return (x > y) - (x < y);
}

template <typename T>
std::uint64_t integer_hash(const Type&, const Datum& value) {
    return hash_number(static_cast<std::uint64_t>(SqlType<T>::get(value)));
}

template <typename T>
void add_type(Registry& to, std::string name, Oid array) {
    to.add(Type{.oid = SqlType<T>::oid, .name = std::move(name), .sql_name = std::string(k_integer_name<T>),
                .length = sizeof(T), .category = 'N', .array = array, .input = integer_in<T>,
                .output = integer_out<T>, .receive = integer_receive<T>, .send = integer_send<T>,
                .compare = integer_compare<T>, .hash = integer_hash<T>});
}

}  // namespace

void register_integers(Registry& to) {
    add_type<std::int16_t>(to, "int2", k_int2_array);
    add_type<std::int32_t>(to, "int4", k_int4_array);
    add_type<std::int64_t>(to, "int8", k_int8_array);
    register_integer_operators(to);
    register_integer_functions(to);
    register_integer_aggregates(to);
    register_integer_series(to);
}

}  // namespace forklore
