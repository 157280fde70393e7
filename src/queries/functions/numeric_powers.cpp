/// \file
/// Roots, powers, exponentials and logarithms of numeric.
#include <algorithm>
#include <cmath>

#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

/// The scale of a result whose first digit stands for 10^weight: sixteen significant digits, and within the limits.
int result_scale(int weight, int at_least) {
    return std::min(std::max({k_numeric_significant_digits - weight, at_least, 0}), k_numeric_max_result_scale);
}

Numeric root(EvalContext& context, Numeric a) {
    if (a.is_nan() || (a.is_infinite() && a.sign() > 0)) return a;
    if (a.sign() < 0)
        throw Error(sqlstate::invalid_argument_for_power_function, "cannot take square root of a negative number");
    BigNumber number(a);
    int weight = (number.weight + 1) * BigNumber::k_decimals / 2 - 1;
    return Numeric::make(context.arena, square_root(number, result_scale(weight, a.scale())));
}

Numeric exp(EvalContext& context, Numeric a) {
    if (a.is_nan()) return a;
    if (a.is_infinite()) return a.sign() > 0 ? a : Numeric(0);
    BigNumber number(a);
    double log10_of_result = 0;
    if (!number.is_zero()) {
        log10_of_result = std::pow(10, std::min(estimate_log10(number), 9.0)) * 0.434294481903252;
        if (number.negative) log10_of_result = -log10_of_result;
    }
    constexpr double k_limit = 2.0 * k_numeric_max_result_scale;
    int weight = static_cast<int>(std::clamp(log10_of_result, -k_limit, k_limit));
    return Numeric::make(context.arena, exponential(number, result_scale(weight, a.scale())));
}

void check_logarithm(const Numeric& a) {
    if (a.is_zero()) throw Error(sqlstate::invalid_argument_for_log, "cannot take logarithm of zero");
    if (a.sign() < 0) throw Error(sqlstate::invalid_argument_for_log, "cannot take logarithm of a negative number");
}

Numeric ln(EvalContext& context, Numeric a) {
    if (a.is_nan()) return a;
    check_logarithm(a);
    if (a.is_infinite()) return a;
    BigNumber number(a);
    int scale = result_scale(estimate_logarithm_weight(number), a.scale());
    return Numeric::make(context.arena, natural_logarithm(number, scale));
}

Numeric log(EvalContext& context, Numeric base, Numeric a) {
    if (base.is_nan() || a.is_nan()) return Numeric::nan();
    check_logarithm(base);
    check_logarithm(a);
    if (base.is_infinite()) return a.is_infinite() ? Numeric::nan() : Numeric(0);
    if (a.is_infinite()) return a;
    BigNumber b(base), x(a);
    int base_weight = estimate_logarithm_weight(b), x_weight = estimate_logarithm_weight(x);
    int weight = x_weight - base_weight;
    int scale = result_scale(weight, std::max(base.scale(), a.scale()));
    // Both logarithms with as many significant digits as the quotient, and some more.
    constexpr int k_more = 8;
    BigNumber divisor = natural_logarithm(b, std::max(0, scale + weight - base_weight + k_more));
    if (divisor.is_zero()) throw_division_by_zero();
    BigNumber dividend = natural_logarithm(x, std::max(0, scale + weight - x_weight + k_more));
    return Numeric::make(context.arena, divide(dividend, divisor, scale, true));
}

Numeric log10(EvalContext& context, Numeric a) { return log(context, Numeric(10), a); }

bool is_whole(const Numeric& a) {
    BigNumber number(a);
    return number.is_zero() || static_cast<int>(number.digits.size()) <= number.weight + 1;
}

/// Whether a whole number is odd.
bool is_odd(const Numeric& a) {
    BigNumber number(a);
    return static_cast<int>(number.digits.size()) == number.weight + 1 && number.digits.back() % 2 != 0;
}

/// Powers with an infinity in them, as IEEE 754 has them.
Numeric infinite_power(const Numeric& base, const Numeric& exponent) {
    if (exponent.is_infinite()) {
        Numeric one(1), minus_one(-1);
        if (numeric_compare(base, one) == 0 || numeric_compare(base, minus_one) == 0) return one;
        // Whether the power grows depends on whether the base's magnitude is above one.
        bool above_one = numeric_compare(base, one) > 0 || numeric_compare(base, minus_one) < 0;
        return above_one == (exponent.sign() > 0) ? Numeric::infinity() : Numeric(0);
    }
    if (exponent.sign() == 0) return Numeric(1);
    if (exponent.sign() < 0) return Numeric(0);
    if (base.sign() > 0 || !is_odd(exponent)) return Numeric::infinity();
    return Numeric::minus_infinity();
}

Numeric power(EvalContext& context, Numeric base, Numeric exponent) {
    if (base.is_nan()) return exponent.is_zero() ? Numeric(1) : base;
    if (exponent.is_nan()) return numeric_compare(base, Numeric(1)) == 0 ? Numeric(1) : exponent;
    if (base.is_zero() && exponent.sign() < 0)
        throw Error(sqlstate::invalid_argument_for_power_function, "zero raised to a negative power is undefined");
    if (base.sign() < 0 && exponent.is_finite() && !is_whole(exponent))
        throw Error(sqlstate::invalid_argument_for_power_function,
                    "a negative number raised to a non-integer power yields a complex result");
    if (base.is_infinite() || exponent.is_infinite()) return infinite_power(base, exponent);

    BigNumber b(base), e(exponent);
    std::int64_t whole;
    if (is_whole(exponent) && numeric_to_int8(exponent, whole) && whole >= INT32_MIN && whole <= INT32_MAX) {
        int scale = result_scale(0, base.scale());
        return Numeric::make(context.arena, whole_power(b, whole, scale));
    }
    if (b.is_zero()) return numeric_round(context.arena, Numeric(0), k_numeric_significant_digits);

    // base^exponent = e^(exponent * ln(base)), negative when base is and exponent is odd.
    bool negative = b.negative && is_odd(exponent);
    b.negative = false;
    double value = estimate_log10(b) * 2.302585092994046;
    int ln_weight = estimate_logarithm_weight(b);
    if (ln_weight < -8) value = natural_logarithm(b, 16 - ln_weight).negative ? -std::pow(10, ln_weight) : std::pow(10, ln_weight);
    value *= std::pow(10, std::min(estimate_log10(e), 300.0)) * (e.negative ? -1 : 1);
    double log10_of_result = value * 0.434294481903252;
    constexpr double k_limit = 2.0 * k_numeric_max_result_scale;
    if (std::abs(value) > 3.01 * k_limit) {
        if (value > 0) throw Error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
        return numeric_round(context.arena, Numeric(0), k_numeric_max_result_scale);
    }
    int weight = static_cast<int>(std::clamp(log10_of_result, -k_limit, k_limit));
    int scale = result_scale(weight, std::max(base.scale(), exponent.scale()));
    int significant = std::max(scale + weight, 0) + 10;
    int exponent_digits = std::max(static_cast<int>(estimate_log10(e)), 0);
    BigNumber logarithm = natural_logarithm(b, significant + exponent_digits + 2);
    BigNumber result = exponential(multiply_rounded(logarithm, e, significant), scale);
    return Numeric::make(context.arena, negative ? result.negated() : result);
}

}  // namespace

void register_numeric_powers(Registry& to) {
    to.add(function<root>("sqrt", 1730));
    to.add(function<root>("numeric_sqrt", 1731));
    to.add(function<exp>("exp", 1732));
    to.add(function<exp>("numeric_exp", 1733));
    to.add(function<ln>("ln", 1734));
    to.add(function<ln>("numeric_ln", 1735));
    to.add(function<log>("log", 1736));
    to.add(function<log>("numeric_log", 1737));
    to.add(function<log10>("log", 1741));
    to.add(function<log10>("log10", 1481));
    add_operator(to, {1038, "^"}, function<power>("numeric_power", 1739));
    to.add(function<power>("power", 2169));
    to.add(function<power>("pow", 1738));
}

}  // namespace forklore
