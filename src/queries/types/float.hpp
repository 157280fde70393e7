/// \file
/// Types float4 and float8: text that reads back as the same value, and an order in which NaN has a place.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/error.hpp"
#include "queries/functions/operators.hpp"

namespace forklore {

/// The name that messages use. \tparam T float or double
template <typename T>
constexpr std::string_view k_float_name = sizeof(T) == 4 ? "real" : "double precision";

/// Room for the longest text of a float.
inline constexpr std::size_t k_float_text = 32;

/// Reads a number, "NaN", "Infinity" or "inf" with optional sign and white space around it.
/// Throws Error 22P02, or 22003 for a number that is too large or too small. \param text the input \return its value
template <typename T>
T parse_float(std::string_view text);
extern template float parse_float<float>(std::string_view);
extern template double parse_float<double>(std::string_view);

/// Writes a number. \param value any \param extra_digits the setting's value: above 0 writes the shortest text that
/// reads back as the same value \param to at least k_float_text bytes \return how many were written
template <typename T>
std::size_t format_float(T value, int extra_digits, char* to);
extern template std::size_t format_float<float>(float, int, char*);
extern template std::size_t format_float<double>(double, int, char*);

/// Throws Error 22003 "value out of range: overflow".
[[noreturn]] void throw_float_overflow();
/// Throws Error 22003 "value out of range: underflow".
[[noreturn]] void throw_float_underflow();

/// Order of floats: NaN equals itself and is greater than all numbers.
template <typename A, typename B>
struct FloatOrdering {
    static bool equal(A a, B b) { return std::isnan(a) ? std::isnan(b) : a == b; }                    ///< = \param a left \param b right
    static bool less(A a, B b) { return !std::isnan(a) && (std::isnan(b) || a < b); }                 ///< < \param a left \param b right
    static bool greater(A a, B b) { return !std::isnan(b) && (std::isnan(a) || a > b); }              ///< > \param a left \param b right
};
/// \copydoc FloatOrdering
template <> struct Ordering<float, float> : FloatOrdering<float, float> {};
/// \copydoc FloatOrdering
template <> struct Ordering<double, double> : FloatOrdering<double, double> {};
/// \copydoc FloatOrdering
template <> struct Ordering<float, double> : FloatOrdering<float, double> {};
/// \copydoc FloatOrdering
template <> struct Ordering<double, float> : FloatOrdering<double, float> {};

/// Below zero, zero or above, in this order. \param a left \param b right
template <typename A, typename B>
int compare_floats(A a, B b) {
    return Ordering<A, B>::less(a, b) ? -1 : Ordering<A, B>::greater(a, b);
}

}  // namespace forklore
