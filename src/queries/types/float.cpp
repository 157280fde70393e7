#include "queries/types/float.hpp"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>

#include "queries/builtins.hpp"
#include "queries/functions/families.hpp"
#include "queries/types/boolean.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/int128.hpp"
#include "queries/types/type_settings.hpp"

namespace forklore {

void throw_float_overflow() { throw Error(sqlstate::numeric_value_out_of_range, "value out of range: overflow"); }
void throw_float_underflow() { throw Error(sqlstate::numeric_value_out_of_range, "value out of range: underflow"); }

namespace {

/// Whether a text begins with a word in any case. \param word in lower case
bool begins_with(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((text[i] | 0x20) != word[i]) return false;
    return true;
}

// ---------------------------------------------------------------- text output

/// A number as decimal digits d.ddd × 10^exponent.
struct Decimal {
    char digits[20];
    int count;
    int exponent;
};

template <typename T>
Decimal to_decimal(T magnitude, int digits_after_first) {
    char text[k_float_text];
    char* end = digits_after_first < 0
                    ? std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific).ptr
                    : std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific, digits_after_first).ptr;
    Decimal decimal{};
    char* at = text;
    for (; *at != 'e'; ++at)
        if (*at != '.') decimal.digits[decimal.count++] = *at;
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, end, decimal.exponent);
    return decimal;
}

/// Whether a decimal lies exactly in the middle between a float and its neighbour. Reading such a text gives the float
/// back only because readers round to even.
template <typename T>
bool is_midpoint(const Decimal& decimal, T magnitude) {
    // decimal = D * 10^k and midpoint = m * 2^e, m odd; 5^k divides m, or 5^-k divides D, so |k| is small.
    int k = decimal.exponent - (decimal.count - 1);
    if (k > 23 || k < -24) return false;
    int e;
    T fraction = std::frexp(magnitude, &e);
    constexpr int k_bits = std::numeric_limits<T>::digits;
    std::uint64_t mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, k_bits));
    e -= k_bits;
    std::uint64_t d = 0;
    for (int i = 0; i < decimal.count; ++i) d = d * 10 + static_cast<std::uint64_t>(decimal.digits[i] - '0');
    Uint128 scaled = d;
    for (int i = 0; i < k; ++i) scaled *= 5;
    for (int i = 0; i > k; --i) {
        if (scaled % 5 != 0) return false;
        scaled /= 5;
    }
    // Now the decimal is scaled * 2^k. Both sides become an odd number times a power of two.
    auto odd = [](Uint128 value, int& exponent) {
        while ((value & 1) == 0) {
            value >>= 1;
            ++exponent;
        }
        return value;
    };
    int decimal_exponent = k;
    Uint128 decimal_odd = odd(scaled, decimal_exponent);
    auto matches = [&](std::uint64_t m, int exponent) { return decimal_odd == m && decimal_exponent == exponent; };
    if (matches(2 * mantissa + 1, e - 1) || matches(2 * mantissa - 1, e - 1)) return true;
    bool power_of_two = (mantissa & (mantissa - 1)) == 0;
    return power_of_two && matches(4 * mantissa - 1, e - 2);
}

template <typename T>
T read_back(const Decimal& decimal) {
    char text[k_float_text];
    char* at = text;
    *at++ = decimal.digits[0];
    *at++ = '.';
    for (int i = 1; i < decimal.count; ++i) *at++ = decimal.digits[i];
    *at++ = 'e';
    at = std::to_chars(at, text + sizeof text, decimal.exponent).ptr;
    T value = 0;
    std::from_chars(text, at, value);
    return value;
}

/// The shortest digits that read back as the same float whichever way the reader breaks ties.
template <typename T>
Decimal shortest_decimal(T magnitude) {
    Decimal decimal = to_decimal(magnitude, -1);
    if (!is_midpoint(decimal, magnitude)) return decimal;
    for (int more = decimal.count; more < std::numeric_limits<T>::max_digits10; ++more) {
        decimal = to_decimal(magnitude, more);
        while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') --decimal.count;
        if (read_back<T>(decimal) == magnitude && !is_midpoint(decimal, magnitude)) break;
    }
    return decimal;
}

/// Numbers of ordinary size are written plainly, others with an exponent of at least two digits.
template <typename T>
char* lay_out(const Decimal& decimal, char* to) {
    constexpr int k_plain_below = std::numeric_limits<T>::digits10;
    auto copy = [&](int from, int until) {
        for (int i = from; i < until; ++i) *to++ = decimal.digits[i];
    };
    if (decimal.exponent < -4 || decimal.exponent >= k_plain_below) {
        copy(0, 1);
        if (decimal.count > 1) *to++ = '.';
        copy(1, decimal.count);
        *to++ = 'e';
        *to++ = decimal.exponent < 0 ? '-' : '+';
        int exponent = std::abs(decimal.exponent);
        if (exponent < 10) *to++ = '0';
        return std::to_chars(to, to + 4, exponent).ptr;
    }
    if (decimal.exponent < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int i = -1; i > decimal.exponent; --i) *to++ = '0';
        copy(0, decimal.count);
        return to;
    }
    int whole = decimal.exponent + 1;
    copy(0, std::min(whole, decimal.count));
    for (int i = decimal.count; i < whole; ++i) *to++ = '0';
    if (decimal.count > whole) {
        *to++ = '.';
        copy(whole, decimal.count);
    }
    return to;
}

}  // namespace

template <typename T>
std::size_t format_float(T value, int extra_digits, char* to) {
    auto word = [&](std::string_view text) {
        std::memcpy(to, text.data(), text.size());
        return text.size();
    };
    if (std::isnan(value)) return word("NaN");
    if (std::isinf(value)) return word(value < 0 ? "-Infinity" : "Infinity");
    if (extra_digits <= 0) {
        int digits = std::max(1, std::numeric_limits<T>::digits10 + extra_digits);
        return static_cast<std::size_t>(std::to_chars(to, to + k_float_text, value, std::chars_format::general, digits).ptr - to);
    }
    char* at = to;
    if (std::signbit(value)) *at++ = '-';
    if (value == 0) *at++ = '0';
    else at = lay_out<T>(shortest_decimal(std::abs(value)), at);
    return static_cast<std::size_t>(at - to);
}
template std::size_t format_float<float>(float, int, char*);
template std::size_t format_float<double>(double, int, char*);

// ---------------------------------------------------------------- text input

template <typename T>
T parse_float(std::string_view text) {
    auto fail = [&]() {
        throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type {}: \"{}\"", k_float_name<T>, text);
    };
    std::string_view rest = trim_space(text);
    bool negative = !rest.empty() && rest[0] == '-';
    std::string_view number = rest;
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
    T value = 0;
    std::size_t used = 0;
    if (begins_with(rest, "nan")) {
        value = std::numeric_limits<T>::quiet_NaN();
        used = 3;
    } else if (begins_with(rest, "inf")) {
        value = std::numeric_limits<T>::infinity();
        used = begins_with(rest, "infinity") ? 8 : 3;
    } else {
        bool hex = begins_with(rest, "0x");
        const char* begin = rest.data() + (hex ? 2 : 0);
        const char* end = rest.data() + rest.size();
        // from_chars would take another sign.
        if (begin == end || *begin == '-') fail();
        auto [stop, error] = std::from_chars(begin, end, value, hex ? std::chars_format::hex : std::chars_format::general);
        if (error == std::errc::invalid_argument) fail();
        used = static_cast<std::size_t>(stop - rest.data());
        if (error == std::errc::result_out_of_range)
            throw Error(sqlstate::numeric_value_out_of_range, "\"{}\" is out of range for type {}",
                        number.substr(0, number.size() - rest.size() + used), k_float_name<T>);
    }
    if (used != rest.size() || rest.empty()) fail();
    return negative ? -value : value;
}
template float parse_float<float>(std::string_view);
template double parse_float<double>(std::string_view);

// ---------------------------------------------------------------- the types

namespace {

template <typename T>
Datum float_in(const TypeContext& context, std::string_view text) {
    return SqlType<T>::put(context.arena, parse_float<T>(text));
}

template <typename T>
void float_out(const TypeContext&, Datum value, ByteWriter& to) {
    char* at = to.extend(k_float_text);
    std::size_t size = format_float(SqlType<T>::get(value), extra_float_digits.value(), at);
    to.truncate(to.size() - k_float_text + size);
}

template <typename T>
Datum float_receive(const TypeContext& context, ByteReader& from) {
    if constexpr (sizeof(T) == 4) return SqlType<T>::put(context.arena, from.get_float4());
    else return SqlType<T>::put(context.arena, from.get_float8());
}

template <typename T>
void float_send(const TypeContext&, Datum value, ByteWriter& to) {
    if constexpr (sizeof(T) == 4) to.put_float4(value.float4);
    else to.put_float8(value.float8);
}

template <typename T>
int float_compare(const Type&, const Datum& a, const Datum& b) {
    return compare_floats(SqlType<T>::get(a), SqlType<T>::get(b));
}

template <typename T>
std::uint64_t float_hash(const Type&, const Datum& datum) {
    T value = SqlType<T>::get(datum);
    if (value == 0) return hash_number(0);  // -0 equals 0
    if (std::isnan(value)) return hash_number(1);
    return hash_number(std::bit_cast<std::uint64_t>(static_cast<double>(value)));
}

template <typename T>
void add_type(Registry& to, std::string name, bool preferred, Oid array) {
    to.add(Type{.oid = SqlType<T>::oid, .name = std::move(name), .sql_name = std::string(k_float_name<T>),
                .length = sizeof(T), .category = 'N', .preferred = preferred, .array = array, .input = float_in<T>,
                .output = float_out<T>, .receive = float_receive<T>, .send = float_send<T>,
                .compare = float_compare<T>, .hash = float_hash<T>});
}

}  // namespace

void register_floats(Registry& to) {
    add_type<float>(to, "float4", false, k_float4_array);
    add_type<double>(to, "float8", true, k_float8_array);
    register_float_operators(to);
    register_float_functions(to);
    register_float_aggregates(to);
    register_random_functions(to);
}

}  // namespace forklore
