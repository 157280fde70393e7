/// \file
/// BigNumber: decimal numbers without limit, for the numerics that do not fit a machine word.
///
/// The value is the sum of digits[i] * 10,000^(weight - i). All algorithms are the ones taught at school, with a
/// larger base; Knuth's "Algorithm D" (The Art of Computer Programming, 4.3.1) is how a quotient's digits are guessed.
#pragma once

#include <cstdint>
#include <vector>

#include "queries/types/int128.hpp"

namespace forklore {

class Numeric;

/// A finite number with its digits on the heap. Long operations can be interrupted.
class BigNumber {
public:
    static constexpr std::int32_t k_base = 10'000;  ///< of a digit
    static constexpr int k_decimals = 4;            ///< decimal digits in one

    BigNumber() = default;
    /// coefficient / 10^scale. \param coefficient any \param scale decimal digits after the point
    explicit BigNumber(Int128 coefficient, int scale = 0);
    explicit BigNumber(const Numeric& number);  ///< \param number finite

    bool negative = false;               ///< below zero; never set for zero
    int weight = 0;                      ///< power of the base of the first digit
    int scale = 0;                       ///< decimal digits shown after the point
    std::vector<std::int32_t> digits{};  ///< 0 … 9999, first not 0, last not 0; none for zero

    bool is_zero() const { return digits.empty(); }  ///< zero of any scale
    int first_digit() const { return digits.empty() ? 0 : digits[0]; }  ///< 0 for zero

    void strip();                   ///< takes zeros off both ends
    void round(int to_scale);       ///< half away from zero \param to_scale digits kept after the point, may be negative
    void truncate(int to_scale);    ///< toward zero \param to_scale as above
    BigNumber negated() const;      ///< the opposite
    BigNumber magnitude() const;    ///< without sign

    /// The number as coefficient / 10^scale when that has 128 bits at most. \param coefficient the result \return whether
    bool to_int128(Int128& coefficient) const;

    friend BigNumber operator+(const BigNumber& a, const BigNumber& b);   ///< exact \param a left \param b right
    friend BigNumber operator-(const BigNumber& a, const BigNumber& b);   ///< exact \param a left \param b right
    friend BigNumber operator*(const BigNumber& a, const BigNumber& b);   ///< exact; the scales add up \param a left \param b right

private:
    void cut(int to_scale, bool half_up);
};

/// Product rounded to a scale. \param a left \param b right \param scale of the result
BigNumber multiply_rounded(const BigNumber& a, const BigNumber& b, int scale);

/// Quotient. \param a dividend \param b divisor, not zero \param scale of the result \param rounded half away from zero, or truncated
BigNumber divide(const BigNumber& a, const BigNumber& b, int scale, bool rounded);

/// Below zero, zero or above, signs ignored. \param a left \param b right
int compare_magnitudes(const BigNumber& a, const BigNumber& b);

/// Below zero, zero or above. \param a left \param b right
int compare(const BigNumber& a, const BigNumber& b);

// ---------------------------------------------------------------- functions by series

/// Square root. \param a not negative \param scale of the result, half away from zero
BigNumber square_root(const BigNumber& a, int scale);

/// e to the power of a. Throws Error 22003 when that is too large. \param a any \param scale of the result
BigNumber exponential(const BigNumber& a, int scale);

/// Natural logarithm. \param a above zero \param scale of the result
BigNumber natural_logarithm(const BigNumber& a, int scale);

/// a to a whole power. Throws Error 22003 when that is too large. \param a not zero when n is negative \param n the power
/// \param scale of the result
BigNumber whole_power(const BigNumber& a, std::int64_t n, int scale);

/// Decimal logarithm of a number's magnitude, to about twelve digits. \param a not zero
double estimate_log10(const BigNumber& a);

/// The power of ten of a natural logarithm's first digit, roughly. \param a above zero
int estimate_logarithm_weight(const BigNumber& a);

}  // namespace forklore
