/// \file
/// Type numeric as the registry knows it.
#include <charconv>

#include "queries/builtins.hpp"
#include "queries/functions/families.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/hash.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

Datum numeric_in(const TypeContext& context, std::string_view text) {
    Numeric value = parse_numeric(context.arena, text);
    return SqlType<Numeric>::put(context.arena, apply_numeric_typmod(context.arena, value, context.typmod));
}

void numeric_out(const TypeContext&, Datum value, ByteWriter& to) { format_numeric(to, SqlType<Numeric>::get(value)); }

// ---------------------------------------------------------------- binary

// On the wire: count of digits, weight, sign, scale, then the digits, all of 16 bits.
enum WireSign : std::uint16_t {
    k_positive = 0x0000, k_negative = 0x4000, k_nan = 0xc000, k_infinity = 0xd000, k_minus_infinity = 0xf000
};
constexpr std::uint16_t k_infinity_scale = 0x20;  // what PostgreSQL sends there

Datum numeric_receive(const TypeContext& context, ByteReader& from) {
    auto refuse = [](const char* what) {
        throw Error(sqlstate::invalid_binary_representation, "invalid {} in external \"numeric\" value", what);
    };
    auto count = from.get<std::uint16_t>();
    int weight = from.get<std::int16_t>();
    auto sign = from.get<std::uint16_t>();
    auto scale = from.get<std::uint16_t>();
    if (sign != k_positive && sign != k_negative && sign != k_nan && sign != k_infinity && sign != k_minus_infinity)
        refuse("sign");
    if (scale > k_numeric_max_scale && sign != k_nan) refuse("scale");
    BigNumber number;
    number.weight = weight;
    number.scale = scale;
    number.digits.reserve(count);
    for (std::uint16_t i = 0; i < count; ++i) {
        auto digit = from.get<std::int16_t>();
        if (digit < 0 || digit >= BigNumber::k_base) refuse("digit");
        number.digits.push_back(digit);
    }
    Numeric value = sign == k_infinity ? Numeric::infinity()
                    : sign == k_minus_infinity ? Numeric::minus_infinity() : Numeric::nan();
    if (sign == k_positive || sign == k_negative) {
        number.negative = sign == k_negative;
        number.strip();
        // Digits that the scale hides would come and go with arithmetic.
        number.truncate(scale);
        value = Numeric::make(context.arena, number);
    }
    return SqlType<Numeric>::put(context.arena, apply_numeric_typmod(context.arena, value, context.typmod));
}

void numeric_send(const TypeContext&, Datum datum, ByteWriter& to) {
    Numeric value = SqlType<Numeric>::get(datum);
    auto header = [&](std::size_t count, int weight, WireSign sign, int scale) {
        to.put(static_cast<std::uint16_t>(count));
        to.put(static_cast<std::int16_t>(weight));
        to.put(static_cast<std::uint16_t>(sign));
        to.put(static_cast<std::uint16_t>(scale));
    };
    if (value.is_nan()) return header(0, 0, k_nan, 0);
    if (value.is_infinite()) return header(0, 0, value.sign() > 0 ? k_infinity : k_minus_infinity, k_infinity_scale);
    BigNumber number(value);
    header(number.digits.size(), number.weight, number.negative ? k_negative : k_positive, number.scale);
    for (std::int32_t digit : number.digits) to.put(static_cast<std::int16_t>(digit));
}

// ---------------------------------------------------------------- order

int compare_numerics(const Type&, const Datum& a, const Datum& b) {
    return numeric_compare(SqlType<Numeric>::get(a), SqlType<Numeric>::get(b));
}

/// Of the value, not of its scale: zeros at the end do not count, however the number is kept.
std::uint64_t hash_numeric(const Type&, const Datum& datum) {
    Numeric value = SqlType<Numeric>::get(datum);
    if (!value.is_finite()) return hash_number(static_cast<std::uint64_t>(value.kind()));
    auto of_digits = [](std::uint64_t digits, int last_weight) {
        return hash_number(digits) ^ hash_number(static_cast<std::uint64_t>(last_weight));
    };
    if (value.is_small()) {
        int groups = (value.scale() + BigNumber::k_decimals - 1) / BigNumber::k_decimals;
        Int128 rest = value.coefficient() * power_of_ten(groups * BigNumber::k_decimals - value.scale());
        int last_weight = -groups;
        for (; rest != 0 && rest % BigNumber::k_base == 0; ++last_weight) rest /= BigNumber::k_base;
        return of_digits(static_cast<std::uint64_t>(rest), rest == 0 ? 0 : last_weight);
    }
    BigNumber number(value);
    int last_weight = number.is_zero() ? 0 : number.weight - static_cast<int>(number.digits.size()) + 1;
    // The same number as above, modulo 2^64.
    std::uint64_t rest = 0;
    for (std::int32_t digit : number.digits) rest = rest * BigNumber::k_base + static_cast<std::uint64_t>(digit);
    if (number.negative) rest = 0 - rest;
    return of_digits(rest, last_weight);
}

// ---------------------------------------------------------------- numeric(precision, scale)

constexpr std::int32_t k_length_word = 4;

std::int32_t numeric_typmod_in(std::span<const std::string_view> words) {
    if (words.empty() || words.size() > 2) throw Error(sqlstate::invalid_parameter_value, "invalid NUMERIC type modifier");
    auto precision = parse_integer<std::int32_t>(words[0]);
    if (precision < 1 || precision > k_numeric_max_precision)
        throw Error(sqlstate::invalid_parameter_value, "NUMERIC precision {} must be between 1 and {}", precision,
                    k_numeric_max_precision);
    std::int32_t scale = words.size() == 2 ? parse_integer<std::int32_t>(words[1]) : 0;
    if (scale < -k_numeric_max_result_scale || scale > k_numeric_max_result_scale)
        throw Error(sqlstate::invalid_parameter_value, "NUMERIC scale {} must be between {} and {}", scale,
                    -k_numeric_max_result_scale, k_numeric_max_result_scale);
    return (precision << 16 | (scale & 0x7ff)) + k_length_word;
}

std::string numeric_typmod_out(std::int32_t typmod) {
    if (typmod < k_length_word) return {};
    std::int32_t packed = typmod - k_length_word;
    return fmt::format("({},{})", packed >> 16 & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
}

}  // namespace

void register_numeric(Registry& to) {
    to.add(Type{.oid = k_numeric, .name = "numeric", .sql_name = "", .category = 'N', .array = k_numeric_array,
                .by_reference = true, .input = numeric_in, .output = numeric_out, .receive = numeric_receive,
                .send = numeric_send, .compare = compare_numerics, .hash = hash_numeric,
                .typmod_in = numeric_typmod_in, .typmod_out = numeric_typmod_out});
    register_numeric_operators(to);
    register_numeric_functions(to);
    register_numeric_powers(to);
    register_numeric_aggregates(to);
    register_numeric_series(to);
}

}  // namespace forklore
