/// \file
/// Type numeric: exact decimal numbers of any size, with NaN and the two infinities.
///
/// A value is kept in one of two ways. Small: a 64-bit whole number and how many of its decimal digits stand after the
/// point; nearly every number that an application knows is of this kind, and its arithmetic is that of the processor.
/// Big: digits to the base of 10,000, aligned to the decimal point, as PostgreSQL keeps and sends all of them. Every
/// number knows its scale, the digits that are shown after the point: 1.0 and 1.00 are equal but print differently.
///
/// Counterpart in PostgreSQL: numeric.c; the rules for the scale of a result are its rules.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "queries/declare.hpp"
#include "queries/types/int128.hpp"

namespace forklore {

class BigNumber;

/// Limits, as PostgreSQL has them.
/// \{
inline constexpr int k_numeric_max_precision = 1000;        ///< of a declared type
inline constexpr int k_numeric_max_result_scale = 1000;     ///< digits after the point that a division or root gives
inline constexpr int k_numeric_max_scale = 16383;           ///< digits after the point of any value
inline constexpr int k_numeric_max_weight = 32767;          ///< power of 10,000 of the first digit of any value
inline constexpr int k_numeric_significant_digits = 16;     ///< at least so many in the result of a division or root
/// \}

/// A numeric value. Cheap to copy; the digits of a big one are somebody else's (an arena's, a page's).
class Numeric {
public:
    /// What kind of number it is, and how it is kept.
    enum class Kind : std::uint8_t { small, big, big_negative, nan, infinity, minus_infinity };

    /// The number coefficient / 10^scale.
    /// \param coefficient above the smallest int64 \param scale at most k_max_small_scale
    constexpr explicit Numeric(std::int64_t coefficient = 0, int scale = 0)
        : scale_(static_cast<std::uint16_t>(scale)), coefficient_(coefficient) {}

    static constexpr Numeric nan() { return Numeric(Kind::nan); }                        ///< not a number; equal to itself and above all others
    static constexpr Numeric infinity() { return Numeric(Kind::infinity); }              ///< above all numbers but nan
    static constexpr Numeric minus_infinity() { return Numeric(Kind::minus_infinity); }  ///< below all numbers

    /// Any 128-bit coefficient. \param arena where a big number lives \param coefficient the digits
    /// \param scale how many of them stand after the point
    static Numeric make(Arena& arena, Int128 coefficient, int scale) {
        if (scale <= k_max_small_scale && coefficient <= INT64_MAX && coefficient > INT64_MIN)
            return Numeric(static_cast<std::int64_t>(coefficient), scale);
        return make_big(arena, coefficient, scale);
    }
    static Numeric make(Arena& arena, const BigNumber& number);  ///< throws Error 22003 when too large \param arena where a big number lives \param number any

    static Numeric decode(std::string_view bytes);   ///< reads a stored value; a big one refers to these bytes \param bytes from encode()
    std::string_view encode(Arena& arena) const;     ///< bytes to store \param arena where they live

    Kind kind() const { return kind_; }                                            ///< what it is
    bool is_small() const { return kind_ == Kind::small; }                         ///< has a coefficient
    bool is_finite() const { return kind_ <= Kind::big_negative; }                 ///< neither NaN nor infinite
    bool is_nan() const { return kind_ == Kind::nan; }                             ///< NaN
    bool is_infinite() const { return kind_ >= Kind::infinity; }                   ///< one of the infinities
    bool is_zero() const { return is_small() ? coefficient_ == 0 : is_finite() && count_ == 0; }  ///< zero of any scale
    /// -1, 0 or 1; 0 for NaN.
    int sign() const {
        switch (kind_) {
            case Kind::small: return coefficient_ < 0 ? -1 : coefficient_ > 0;
            case Kind::big: return count_ == 0 ? 0 : 1;
            case Kind::infinity: return 1;
            case Kind::nan: return 0;
            default: return -1;
        }
    }
    int scale() const { return scale_; }                                           ///< digits after the point
    std::int64_t coefficient() const { return coefficient_; }                      ///< of a small number

    /// \name Digits of a big number
    /// \{
    int weight() const { return weight_; }                                         ///< power of 10,000 of digit 0
    std::uint32_t count() const { return count_; }                                 ///< how many; none for zero
    /// A digit, 0 to 9999. \param i below count()
    std::int32_t digit(std::uint32_t i) const {
        std::uint16_t value;
        std::memcpy(&value, digits_ + i * sizeof value, sizeof value);
        return value;
    }
    /// \}

    /// A small number may have so many digits after the point.
    static constexpr int k_max_small_scale = 255;

private:
    constexpr explicit Numeric(Kind kind) : kind_(kind) {}
    static Numeric make_big(Arena& arena, Int128 coefficient, int scale);

    Kind kind_ = Kind::small;
    std::uint16_t scale_ = 0;
    std::int32_t weight_ = 0;
    std::uint32_t count_ = 0;
    union {
        std::int64_t coefficient_ = 0;
        const char* digits_;
    };
};

/// \copydoc Numeric
template <>
struct SqlType<Numeric> {
    static constexpr Oid oid = k_numeric;                                                          ///< numeric
    static Numeric get(const Datum& d) { return Numeric::decode(d.view()); }                       ///< \param d a numeric
    static Datum put(Arena& arena, Numeric value) { return Datum(value.encode(arena)); }           ///< \param arena where it lives \param value what
};

/// Reads a number, NaN or an infinity; white space around it is allowed. Throws Error 22P02 or 22003.
/// \param arena where a big number lives \param text the input
Numeric parse_numeric(Arena& arena, std::string_view text);

/// Appends a number's text, with as many digits after the point as its scale says. \param to where \param value any
void format_numeric(ByteWriter& to, const Numeric& value);

/// Fits a value into numeric(p, s). Throws Error 22003 "numeric field overflow".
/// \param arena where a big number lives \param value any \param typmod as of the type; -1 lets anything pass
Numeric apply_numeric_typmod(Arena& arena, const Numeric& value, std::int32_t typmod);

// ---------------------------------------------------------------- arithmetic

/// \name Arithmetic
/// Results follow PostgreSQL's rules for scale, NaN and infinities.
/// \param arena where a big result lives \param a left \param b right
/// \{
Numeric numeric_add(Arena& arena, const Numeric& a, const Numeric& b);
Numeric numeric_subtract(Arena& arena, const Numeric& a, const Numeric& b);
Numeric numeric_multiply(Arena& arena, const Numeric& a, const Numeric& b);
Numeric numeric_divide(Arena& arena, const Numeric& a, const Numeric& b);           ///< throws Error 22012
Numeric numeric_divide_whole(Arena& arena, const Numeric& a, const Numeric& b);     ///< truncated to a whole number; throws Error 22012
Numeric numeric_remainder(Arena& arena, const Numeric& a, const Numeric& b);        ///< sign of the dividend; throws Error 22012
/// \}

/// Below zero, zero or above. NaN is above all. \param a left \param b right
int numeric_compare(const Numeric& a, const Numeric& b);

/// The opposite. \param arena where a big result lives \param a any
Numeric numeric_negate(Arena& arena, const Numeric& a);

/// To so many digits after the point (before it, when negative), half away from zero.
/// \param arena where a big result lives \param a any \param scale digits
Numeric numeric_round(Arena& arena, const Numeric& a, int scale);

/// As numeric_round, but toward zero. \param arena where a big result lives \param a any \param scale digits
Numeric numeric_truncate(Arena& arena, const Numeric& a, int scale);

/// Digits after the point that a quotient gets: at least 16 significant ones, and no fewer than either operand has.
/// \param a dividend \param b divisor
int numeric_quotient_scale(const Numeric& a, const Numeric& b);

/// Nearest double. \param a any
double numeric_to_double(const Numeric& a);

/// A double's value in 15 significant digits (a float's in 6). \param arena where a big result lives \param value any \param digits how many
Numeric numeric_from_double(Arena& arena, double value, int digits);

/// Rounded to a whole number of 64 bits; false when it does not fit. \param a finite \param result the number
bool numeric_to_int8(const Numeric& a, std::int64_t& result);

/// Ten to the power of n. \param n 0 to 38
constexpr Int128 power_of_ten(int n) {
    Int128 result = 1;
    for (; n > 0; --n) result *= 10;
    return result;
}

}  // namespace forklore
