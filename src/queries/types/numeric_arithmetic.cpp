/// \file
/// Arithmetic of numeric values: small ones in 128-bit integers, the rest in BigNumber.
#include <algorithm>

#include "queries/types/big_number.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

constexpr int k_max_shift = 18;  // 10^18 times any int64 fits 128 bits

/// Brings two small numbers to the same scale. \return false when that takes more than 128 bits
bool align(const Numeric& a, const Numeric& b, Int128& x, Int128& y) {
    x = a.coefficient();
    y = b.coefficient();
    int difference = a.scale() - b.scale();
    if (difference == 0) return true;
    if (difference > k_max_shift || difference < -k_max_shift) return false;
    if (difference > 0) y *= power_of_ten(difference);
    else x *= power_of_ten(-difference);
    return true;
}

bool both_small(const Numeric& a, const Numeric& b) { return a.is_small() && b.is_small(); }
bool both_finite(const Numeric& a, const Numeric& b) { return a.is_finite() && b.is_finite(); }

Numeric infinity_of_sign(int sign) { return sign < 0 ? Numeric::minus_infinity() : Numeric::infinity(); }

/// a / b rounded half away from zero.
Int128 divide_rounded(Int128 a, Int128 b) {
    Int128 quotient = a / b, rest = a % b;
    if (rest < 0) rest = -rest;
    Int128 divisor = b < 0 ? -b : b;
    if (rest >= divisor - rest) quotient += (a < 0) == (b < 0) ? 1 : -1;
    return quotient;
}

/// Where a number begins, in digits to the base of 10,000 aligned to the point.
struct Leading {
    int weight;
    int digit;
};

Leading leading(const Numeric& a) {
    if (!a.is_small()) return a.count() == 0 ? Leading{0, 0} : Leading{a.weight(), a.digit(0)};
    if (a.coefficient() == 0) return {0, 0};
    auto magnitude = static_cast<std::uint64_t>(a.coefficient() < 0 ? -a.coefficient() : a.coefficient());
    int decimals = 0;
    for (std::uint64_t rest = magnitude; rest != 0; rest /= 10) ++decimals;
    int before_point = decimals - a.scale();
    int weight = before_point > 0 ? (before_point - 1) / 4 : -((-before_point) / 4 + 1);
    int in_first = before_point - weight * 4;  // decimals of the first digit
    if (in_first < decimals) magnitude /= static_cast<std::uint64_t>(power_of_ten(decimals - in_first));
    else magnitude *= static_cast<std::uint64_t>(power_of_ten(in_first - decimals));
    return {weight, static_cast<int>(magnitude)};
}

Numeric add_or_subtract(Arena& arena, const Numeric& a, const Numeric& b, bool subtract) {
    Int128 x, y;
    if (both_small(a, b) && align(a, b, x, y))
        return Numeric::make(arena, subtract ? x - y : x + y, std::max(a.scale(), b.scale()));
    if (both_finite(a, b)) {
        BigNumber left(a), right(b);
        return Numeric::make(arena, subtract ? left - right : left + right);
    }
    if (a.is_nan() || b.is_nan()) return Numeric::nan();
    int b_sign = subtract ? -b.sign() : b.sign();
    if (a.is_infinite() && b.is_infinite() && a.sign() != b_sign) return Numeric::nan();
    return infinity_of_sign(a.is_infinite() ? a.sign() : b_sign);
}

}  // namespace

Numeric numeric_add(Arena& arena, const Numeric& a, const Numeric& b) { return add_or_subtract(arena, a, b, false); }
Numeric numeric_subtract(Arena& arena, const Numeric& a, const Numeric& b) { return add_or_subtract(arena, a, b, true); }

Numeric numeric_multiply(Arena& arena, const Numeric& a, const Numeric& b) {
    if (both_small(a, b))
        return Numeric::make(arena, Int128{a.coefficient()} * b.coefficient(), a.scale() + b.scale());
    if (both_finite(a, b)) {
        BigNumber product = BigNumber(a) * BigNumber(b);
        if (product.scale > k_numeric_max_scale) product.round(k_numeric_max_scale);
        return Numeric::make(arena, product);
    }
    if (a.is_nan() || b.is_nan() || a.sign() == 0 || b.sign() == 0) return Numeric::nan();
    return infinity_of_sign(a.sign() * b.sign());
}

int numeric_quotient_scale(const Numeric& a, const Numeric& b) {
    Leading x = leading(a), y = leading(b);
    int weight = x.weight - y.weight - (x.digit <= y.digit ? 1 : 0);
    int scale = k_numeric_significant_digits - weight * BigNumber::k_decimals;
    scale = std::max({scale, a.scale(), b.scale(), 0});
    return std::min(scale, k_numeric_max_result_scale);
}

Numeric numeric_divide(Arena& arena, const Numeric& a, const Numeric& b) {
    if (a.is_nan() || b.is_nan()) return Numeric::nan();
    if (a.is_infinite()) {
        if (b.is_infinite()) return Numeric::nan();
        if (b.sign() == 0) throw_division_by_zero();
        return infinity_of_sign(a.sign() * b.sign());
    }
    if (b.is_infinite()) return Numeric(0);
    if (b.sign() == 0) throw_division_by_zero();
    int scale = numeric_quotient_scale(a, b);
    if (both_small(a, b)) {
        // The quotient's coefficient is a * 10^shift / b: exact in 128 bits, if that holds them.
        int shift = scale - a.scale() + b.scale();
        Int128 dividend = a.coefficient();
        if (shift >= 0 && shift <= 38 && !__builtin_mul_overflow(dividend, power_of_ten(shift), &dividend))
            return Numeric::make(arena, divide_rounded(dividend, b.coefficient()), scale);
    }
    return Numeric::make(arena, divide(BigNumber(a), BigNumber(b), scale, true));
}

Numeric numeric_divide_whole(Arena& arena, const Numeric& a, const Numeric& b) {
    if (a.is_nan() || b.is_nan()) return Numeric::nan();
    if (a.is_infinite()) {
        if (b.is_infinite()) return Numeric::nan();
        if (b.sign() == 0) throw_division_by_zero();
        return infinity_of_sign(a.sign() * b.sign());
    }
    if (b.is_infinite()) return Numeric(0);
    if (b.sign() == 0) throw_division_by_zero();
    Int128 x, y;
    if (both_small(a, b) && align(a, b, x, y)) return Numeric::make(arena, x / y, 0);
    return Numeric::make(arena, divide(BigNumber(a), BigNumber(b), 0, false));
}

Numeric numeric_remainder(Arena& arena, const Numeric& a, const Numeric& b) {
    if (a.is_nan() || b.is_nan()) return Numeric::nan();
    if (a.is_infinite()) {
        if (b.sign() == 0) throw_division_by_zero();
        return Numeric::nan();
    }
    if (b.is_infinite()) return a;
    if (b.sign() == 0) throw_division_by_zero();
    Int128 x, y;
    if (both_small(a, b) && align(a, b, x, y)) return Numeric::make(arena, x % y, std::max(a.scale(), b.scale()));
    BigNumber left(a), right(b);
    return Numeric::make(arena, left - divide(left, right, 0, false) * right);
}

int numeric_compare(const Numeric& a, const Numeric& b) {
    Int128 x, y;
    if (both_small(a, b) && align(a, b, x, y)) return x < y ? -1 : x > y;
    if (both_finite(a, b)) {
        if (a.sign() != b.sign()) return a.sign() < b.sign() ? -1 : 1;
        return compare(BigNumber(a), BigNumber(b));
    }
    auto rank = [](const Numeric& n) { return n.is_nan() ? 2 : n.is_infinite() ? n.sign() : 0; };
    return rank(a) < rank(b) ? -1 : rank(a) > rank(b);
}

Numeric numeric_negate(Arena& arena, const Numeric& a) {
    if (a.is_small()) return Numeric(-a.coefficient(), a.scale());
    if (a.is_finite()) return Numeric::make(arena, BigNumber(a).negated());
    return a.is_nan() ? a : infinity_of_sign(-a.sign());
}

namespace {

Numeric cut(Arena& arena, const Numeric& a, int scale, bool rounded) {
    if (!a.is_finite()) return a;
    if (a.is_small() && scale >= 0) {
        int dropped = a.scale() - scale;
        if (dropped <= 0) {
            // More digits than there are: zeros.
            if (-dropped <= k_max_shift)
                return Numeric::make(arena, Int128{a.coefficient()} * power_of_ten(-dropped), scale);
        } else if (dropped <= k_max_shift) {
            Int128 unit = power_of_ten(dropped);
            return Numeric::make(arena, rounded ? divide_rounded(a.coefficient(), unit) : a.coefficient() / unit, scale);
        }
    }
    BigNumber number(a);
    if (rounded) number.round(scale);
    else number.truncate(scale);
    number.scale = std::max(scale, 0);
    return Numeric::make(arena, number);
}

}  // namespace

Numeric numeric_round(Arena& arena, const Numeric& a, int scale) { return cut(arena, a, scale, true); }
Numeric numeric_truncate(Arena& arena, const Numeric& a, int scale) { return cut(arena, a, scale, false); }

}  // namespace forklore
