/// \file
/// Roots, exponentials, logarithms and powers of BigNumber. All work with a few digits more than were asked for and
/// round once at the end.
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

constexpr int k_guard = 8;              // digits more than asked for
constexpr double k_ln_10 = 2.302585092994046;
constexpr double k_log10_e = 0.4342944819032518;

[[noreturn]] void throw_overflow() {
    throw Error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
}

BigNumber zero(int scale) {
    BigNumber result;
    result.scale = scale;
    return result;
}

/// The smallest step at a scale: 10^-scale.
BigNumber unit(int scale) { return BigNumber(Int128{1}, scale); }

}  // namespace

double estimate_log10(const BigNumber& a) {
    double mantissa = 0, factor = 1;
    for (std::size_t i = 0; i < std::min<std::size_t>(a.digits.size(), 4); ++i, factor /= BigNumber::k_base)
        mantissa += a.digits[i] * factor;
    return std::log10(mantissa) + a.weight * BigNumber::k_decimals;
}

int estimate_logarithm_weight(const BigNumber& a) {
    BigNumber distance = a - BigNumber(1);
    if (distance.is_zero()) return 0;
    // Near 1 the logarithm is as small as the distance from 1.
    if (compare_magnitudes(distance, BigNumber(Int128{1}, 1)) <= 0)
        return distance.weight * BigNumber::k_decimals + static_cast<int>(std::log10(distance.digits[0]));
    return static_cast<int>(std::log10(std::abs(estimate_log10(a) * k_ln_10)));
}

// ---------------------------------------------------------------- square root

BigNumber square_root(const BigNumber& a, int scale) {
    if (a.is_zero()) return zero(scale);
    // A first guess of some twelve digits, from the logarithm.
    double half = estimate_log10(a) / 2;
    int whole = static_cast<int>(std::floor(half));
    BigNumber guess(static_cast<Int128>(std::pow(10, half - whole + 12)), 0);
    int shift = whole - 12;  // guess * 10^shift
    if (shift >= 0) guess = guess * [&] {
        BigNumber power(power_of_ten(shift % 4));
        power.weight = shift / 4;
        return power;
    }();
    else guess = divide(guess, [&] {
        BigNumber power(power_of_ten(-shift % 4));
        power.weight = -shift / 4;
        return power;
    }(), -shift + 12, false);
    // Newton's step doubles the number of right digits.
    int working = scale + k_guard;
    for (int digits = 10; digits < whole + working + k_guard; digits *= 2) {
        check_for_interrupts();
        BigNumber sum = guess + divide(a, guess, working, false);
        guess = divide(sum, BigNumber(2), working, false);
    }
    // Exactly the largest number of scale + 1 digits whose square is not above a: the last digit rounds.
    guess.truncate(scale + 1);
    BigNumber step = unit(scale + 1);
    while (compare(guess * guess, a) > 0) guess = guess - step;
    for (BigNumber next = guess + step; compare(next * next, a) <= 0; next = guess + step) guess = next;
    guess.round(scale);
    return guess;
}

// ---------------------------------------------------------------- exponential

BigNumber exponential(const BigNumber& a, int scale) {
    if (a.is_zero()) {
        BigNumber one(1);
        one.scale = scale;
        return one;
    }
    // Beyond these limits lies what no numeric holds, or shows.
    constexpr double k_largest = 6000;
    double log10_of_a = estimate_log10(a);
    double value = log10_of_a < 5 ? std::pow(10, log10_of_a) : 2 * k_largest;
    if (value >= k_largest) {
        if (!a.negative) throw_overflow();
        return zero(scale);
    }
    if (a.negative) value = -value;
    // exp(a) = exp(a / 2^halvings)^(2^halvings), and for a small argument the series is short.
    int halvings = 0;
    for (double rest = std::abs(value); rest > 0.01; rest /= 2) ++halvings;
    int significant = std::max(scale + static_cast<int>(value * k_log10_e) + 1, 1);
    int working = significant + k_guard + halvings;
    BigNumber x = a;
    if (halvings > 0) x = divide(a, BigNumber(Int128{1} << halvings), working + 4, true);
    BigNumber sum = BigNumber(1) + x, term = x;
    for (int n = 2;; ++n) {
        check_for_interrupts();
        term = divide(multiply_rounded(term, x, working), BigNumber(n), working, false);
        if (term.is_zero()) break;
        sum = sum + term;
    }
    // A result below one loses digits after the point with each squaring, a large one gains before it.
    double log10_of_result = value * k_log10_e;
    for (int i = halvings; i > 0; --i) {
        double magnitude = log10_of_result / std::pow(2, i - 1);
        sum = multiply_rounded(sum, sum, std::max(working - static_cast<int>(magnitude), 0));
    }
    sum.round(scale);
    return sum;
}

// ---------------------------------------------------------------- logarithm

BigNumber natural_logarithm(const BigNumber& a, int scale) {
    // ln(a) = 2^roots * ln(a^(1 / 2^roots)): roots until the argument is near 1.
    double value = estimate_log10(a) * k_ln_10;
    int roots = 0;
    for (double rest = std::abs(value); rest > 0.1; rest /= 2) ++roots;
    int working = scale + k_guard + roots / 3 + 1;
    BigNumber x = a;
    for (int i = 0; i < roots; ++i) x = square_root(x, working + std::max(0, static_cast<int>(-estimate_log10(x))));
    // ln(x) = 2 * (z + z^3/3 + z^5/5 + …) with z = (x - 1) / (x + 1).
    BigNumber z = divide(x - BigNumber(1), x + BigNumber(1), working, true);
    BigNumber square = multiply_rounded(z, z, working);
    BigNumber sum = z, power = z;
    for (int n = 3;; n += 2) {
        check_for_interrupts();
        power = multiply_rounded(power, square, working);
        BigNumber term = divide(power, BigNumber(n), working, false);
        if (term.is_zero()) break;
        sum = sum + term;
    }
    return multiply_rounded(sum, BigNumber(Int128{2} << roots), scale);
}

// ---------------------------------------------------------------- whole powers

BigNumber whole_power(const BigNumber& a, std::int64_t n, int scale) {
    if (n == 0) {
        BigNumber one(1);
        one.scale = scale;
        return one;
    }
    if (a.is_zero()) return zero(scale);
    auto times = static_cast<std::uint64_t>(n < 0 ? -n : n);
    double log10_of_result = estimate_log10(a) * static_cast<double>(n);
    if (log10_of_result > (k_numeric_max_weight + 1.0) * BigNumber::k_decimals) throw_overflow();
    if (log10_of_result + 1 < -scale || log10_of_result + 1 < -k_numeric_max_result_scale) return zero(scale);
    // So many significant digits are carried through all squarings.
    int significant = scale + static_cast<int>(std::max(log10_of_result, -1.0 * scale)) + 1 + k_guard +
                      static_cast<int>(std::log10(static_cast<double>(times))) + 1;
    auto keep_significant = [&](BigNumber number) {
        if (number.is_zero()) return number;
        number.round(std::max(0, significant - (number.weight + 1) * BigNumber::k_decimals + BigNumber::k_decimals));
        return number;
    };
    // For a negative power the inverse of the base would lose digits that the inverse of the result keeps.
    BigNumber result(1), square = a;
    for (std::uint64_t bits = times; bits != 0; bits >>= 1) {
        check_for_interrupts();
        if ((bits & 1) != 0) result = keep_significant(result * square);
        if (bits > 1) square = keep_significant(square * square);
    }
    if (n < 0) return divide(BigNumber(1), result, scale, true);
    result.round(scale);
    return result;
}

}  // namespace forklore
