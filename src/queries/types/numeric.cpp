#include "queries/types/numeric.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "queries/types/big_number.hpp"
#include "queries/types/boolean.hpp"
#include "queries/types/float.hpp"

namespace forklore {

// ---------------------------------------------------------------- in memory

namespace {

// A stored value: its kind and, for a small number, scale and coefficient; for a big one, scale, weight and digits.
// The bytes may lie at any address.
struct SmallForm {
    Numeric::Kind kind;
    std::uint8_t scale;
    std::int64_t coefficient;
} __attribute__((packed));

struct BigForm {
    Numeric::Kind kind;
    std::uint8_t unused;
    std::uint16_t scale;
    std::int32_t weight;
} __attribute__((packed));

[[noreturn]] void throw_overflow() {
    throw Error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
}

}  // namespace

Numeric Numeric::decode(std::string_view bytes) {
    auto kind = static_cast<Kind>(bytes[0]);
    if (kind == Kind::small) {
        SmallForm form;
        std::memcpy(&form, bytes.data(), sizeof form);
        return Numeric(form.coefficient, form.scale);
    }
    Numeric result(kind);
    if (result.is_finite()) {
        BigForm form;
        std::memcpy(&form, bytes.data(), sizeof form);
        result.scale_ = form.scale;
        result.weight_ = form.weight;
        result.count_ = static_cast<std::uint32_t>((bytes.size() - sizeof form) / sizeof(std::uint16_t));
        result.digits_ = bytes.data() + sizeof form;
    }
    return result;
}

std::string_view Numeric::encode(Arena& arena) const {
    if (is_small()) {
        SmallForm form{kind_, static_cast<std::uint8_t>(scale_), coefficient_};
        return arena.copy({reinterpret_cast<const char*>(&form), sizeof form});
    }
    // A big number's digits never lie anywhere but behind their header.
    if (is_finite()) return {digits_ - sizeof(BigForm), sizeof(BigForm) + count_ * sizeof(std::uint16_t)};
    static constexpr Kind k_specials[] = {Kind::nan, Kind::infinity, Kind::minus_infinity};
    auto which = static_cast<std::size_t>(kind_) - static_cast<std::size_t>(Kind::nan);
    return {reinterpret_cast<const char*>(&k_specials[which]), 1};
}

Numeric Numeric::make_big(Arena& arena, Int128 coefficient, int scale) {
    return make(arena, BigNumber(coefficient, scale));
}

Numeric Numeric::make(Arena& arena, const BigNumber& number) {
    Int128 coefficient;
    if (number.scale <= k_max_small_scale && number.to_int128(coefficient) && coefficient <= INT64_MAX &&
        coefficient > INT64_MIN)
        return Numeric(static_cast<std::int64_t>(coefficient), number.scale);
    if (number.weight > k_numeric_max_weight || number.scale > k_numeric_max_scale) throw_overflow();
    std::size_t count = number.digits.size();
    char* to = static_cast<char*>(arena.allocate_bytes(sizeof(BigForm) + count * sizeof(std::uint16_t), 1));
    BigForm form{number.negative ? Kind::big_negative : Kind::big, 0, static_cast<std::uint16_t>(number.scale),
                 number.weight};
    std::memcpy(to, &form, sizeof form);
    for (std::size_t i = 0; i < count; ++i) {
        auto digit = static_cast<std::uint16_t>(number.digits[i]);
        std::memcpy(to + sizeof form + i * sizeof digit, &digit, sizeof digit);
    }
    return decode({to, sizeof form + count * sizeof(std::uint16_t)});
}

// ---------------------------------------------------------------- text

namespace {

/// Up to eighteen digits with a point among them: what most numbers look like.
bool parse_small(std::string_view text, Numeric& result) {
    constexpr std::size_t k_digits = 18;
    std::int64_t value = 0;
    std::size_t digits = 0, point = std::string_view::npos;
    bool negative = text[0] == '-';
    for (std::size_t i = negative || text[0] == '+'; i < text.size(); ++i) {
        if (text[i] == '.' && point == std::string_view::npos) {
            point = i;
        } else if (text[i] >= '0' && text[i] <= '9' && ++digits <= k_digits) {
            value = value * 10 + (text[i] - '0');
        } else {
            return false;
        }
    }
    if (digits == 0) return false;
    int scale = point == std::string_view::npos ? 0 : static_cast<int>(text.size() - point - 1);
    result = Numeric(negative ? -value : value, scale);
    return true;
}

[[noreturn]] void throw_syntax(std::string_view text) {
    throw Error(sqlstate::invalid_text_representation, "invalid input syntax for type numeric: \"{}\"", text);
}

BigNumber parse_big(std::string_view number, std::string_view text) {
    BigNumber result;
    std::size_t at = 0;
    bool negative = number[0] == '-';
    if (negative || number[0] == '+') ++at;
    std::vector<char> decimals;
    long before_point = 0, after_point = 0;
    bool point = false;
    for (; at < number.size(); ++at) {
        char c = number[at];
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            decimals.push_back(static_cast<char>(c - '0'));
            ++(point ? after_point : before_point);
        } else {
            break;
        }
    }
    if (decimals.empty()) throw_syntax(text);
    if (at < number.size() && (number[at] == 'e' || number[at] == 'E')) {
        ++at;
        const bool plus = at < number.size() && number[at] == '+';
        if (plus) ++at;
        // from_chars knows a minus of its own.
        if (plus && at < number.size() && number[at] == '-') throw_syntax(text);
        long exponent = 0;
        const char* end = number.data() + number.size();
        auto [stop, error] = std::from_chars(number.data() + at, end, exponent);
        if (error == std::errc::invalid_argument || stop != end) throw_syntax(text);
        constexpr long k_limit = 1'000'000'000;
        if (error == std::errc::result_out_of_range || exponent >= k_limit || exponent <= -k_limit) throw_overflow();
        before_point += exponent;
        after_point = std::max(0L, after_point - exponent);
        at = number.size();
    }
    if (at != number.size()) throw_syntax(text);
    if (after_point > k_numeric_max_scale) throw_overflow();
    // Zeros in front are no digits: they must not make the number look too large.
    auto first = std::find_if(decimals.begin(), decimals.end(), [](char d) { return d != 0; });
    before_point -= first - decimals.begin();
    decimals.erase(decimals.begin(), first);
    result.scale = static_cast<int>(after_point);
    if (decimals.empty()) return result;
    // before_point decimals stand before the point; the first group is filled up to four with zeros.
    long weight = before_point > 0 ? (before_point - 1) / 4 : -((-before_point) / 4 + 1);
    if (weight > k_numeric_max_weight) throw_overflow();
    long lead = (weight + 1) * 4 - before_point;
    decimals.insert(decimals.begin(), static_cast<std::size_t>(lead), 0);
    while (decimals.size() % 4 != 0) decimals.push_back(0);
    for (std::size_t i = 0; i < decimals.size(); i += 4)
        result.digits.push_back(((decimals[i] * 10 + decimals[i + 1]) * 10 + decimals[i + 2]) * 10 + decimals[i + 3]);
    result.weight = static_cast<int>(weight);
    result.negative = negative;
    result.strip();
    return result;
}

bool is_word(std::string_view text, std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

Numeric parse_numeric(Arena& arena, std::string_view text) {
    std::string_view number = trim_space(text);
    if (number.empty()) throw_syntax(text);
    Numeric result;
    if (parse_small(number, result)) return result;
    if (is_word(number, "nan")) return Numeric::nan();
    std::string_view unsigned_part = number.substr(number[0] == '-' || number[0] == '+');
    if (is_word(unsigned_part, "infinity") || is_word(unsigned_part, "inf"))
        return number[0] == '-' ? Numeric::minus_infinity() : Numeric::infinity();
    return Numeric::make(arena, parse_big(number, text));
}

void format_numeric(ByteWriter& to, const Numeric& value) {
    if (value.is_nan()) return to.append("NaN");
    if (value.is_infinite()) return to.append(value.sign() < 0 ? "-Infinity" : "Infinity");
    auto scale = static_cast<std::size_t>(value.scale());
    if (value.is_small()) {
        char digits[24];
        std::int64_t coefficient = value.coefficient();
        if (coefficient < 0) to.put_char('-');
        auto magnitude = static_cast<std::uint64_t>(coefficient < 0 ? -coefficient : coefficient);
        auto count = static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, magnitude).ptr - digits);
        if (scale == 0) return to.append({digits, count});
        if (count <= scale) {
            char* at = to.extend(2 + scale);
            std::memcpy(at, "0.", 2);
            std::memset(at + 2, '0', scale - count);
            std::memcpy(at + 2 + scale - count, digits, count);
            return;
        }
        to.append({digits, count - scale});
        to.put_char('.');
        return to.append({digits + count - scale, scale});
    }
    if (value.sign() < 0) to.put_char('-');
    auto put_group = [&](int weight, char* at) {
        int i = value.weight() - weight;
        int digit = i >= 0 && i < static_cast<int>(value.count()) ? value.digit(static_cast<std::uint32_t>(i)) : 0;
        for (int k = 3; k >= 0; --k, digit /= 10) at[k] = static_cast<char>('0' + digit % 10);
    };
    char group[4];
    if (value.weight() < 0 || value.is_zero()) {
        to.put_char('0');
    } else {
        put_group(value.weight(), group);
        std::string_view first(group, 4);
        to.append(first.substr(std::min<std::size_t>(first.find_first_not_of('0'), 3)));
        for (int weight = value.weight() - 1; weight >= 0; --weight) put_group(weight, to.extend(4));
    }
    if (scale == 0) return;
    to.put_char('.');
    for (int weight = -1; scale > 0; --weight) {
        put_group(weight, group);
        std::size_t take = std::min<std::size_t>(scale, 4);
        to.append({group, take});
        scale -= take;
    }
}

// ---------------------------------------------------------------- limits of a declared type

Numeric apply_numeric_typmod(Arena& arena, const Numeric& value, std::int32_t typmod) {
    constexpr std::int32_t k_length_word = 4;
    if (typmod < k_length_word || value.is_nan()) return value;
    std::int32_t packed = typmod - k_length_word;
    int precision = packed >> 16 & 0xffff;
    int scale = ((packed & 0x7ff) ^ 1024) - 1024;  // eleven bits with sign
    if (value.is_infinite())
        throw Error(sqlstate::numeric_value_out_of_range, "numeric field overflow")
            .detail(fmt::format("A field with precision {}, scale {} cannot hold an infinite value.", precision, scale));
    Numeric rounded = numeric_round(arena, value, scale);
    int most = precision - scale;  // digits before the point
    bool fits;
    if (rounded.is_small() && scale >= 0 && precision <= 18) {
        auto magnitude = rounded.coefficient() < 0 ? -rounded.coefficient() : rounded.coefficient();
        fits = magnitude < power_of_ten(precision);
    } else {
        BigNumber limit(1);
        // 10^most, which may be a fraction.
        limit.weight = most >= 0 ? most / 4 : -((-most + 3) / 4);
        int within = most - limit.weight * 4;
        limit.digits[0] = static_cast<std::int32_t>(power_of_ten(within));
        fits = compare_magnitudes(BigNumber(rounded), limit) < 0;
    }
    if (!fits)
        throw Error(sqlstate::numeric_value_out_of_range, "numeric field overflow")
            .detail(fmt::format("A field with precision {}, scale {} must round to an absolute value less than {}{}.",
                                precision, scale, most != 0 ? "10^" : "", most != 0 ? most : 1));
    return rounded;
}

// ---------------------------------------------------------------- conversion

double numeric_to_double(const Numeric& a) {
    // Both numbers are exact in a double, so the quotient is rounded once.
    constexpr std::int64_t k_exact = std::int64_t{1} << 53;
    constexpr int k_exact_power = 22;
    if (a.is_small() && a.scale() <= k_exact_power && a.coefficient() <= k_exact && a.coefficient() >= -k_exact) {
        double power = 1;
        for (int i = 0; i < a.scale(); ++i) power *= 10;
        return static_cast<double>(a.coefficient()) / power;
    }
    ByteWriter text;
    format_numeric(text, a);
    return parse_float<double>(text.view());
}

Numeric numeric_from_double(Arena& arena, double value, int digits) {
    if (std::isnan(value)) return Numeric::nan();
    if (std::isinf(value)) return value < 0 ? Numeric::minus_infinity() : Numeric::infinity();
    char text[k_float_text];
    char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    return parse_numeric(arena, {text, static_cast<std::size_t>(end - text)});
}

bool numeric_to_int8(const Numeric& a, std::int64_t& result) {
    if (a.is_small() && a.scale() == 0) {
        result = a.coefficient();
        return true;
    }
    BigNumber rounded(a);
    rounded.round(0);
    Int128 value;
    if (!rounded.to_int128(value) || value > INT64_MAX || value < INT64_MIN) return false;
    result = static_cast<std::int64_t>(value);
    return true;
}

}  // namespace forklore
