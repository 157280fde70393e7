/// \file
/// Types int2, int4 and int8: text and arithmetic that notices when a result does not fit.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"

namespace forklore {

/// The name that messages use. \tparam T int16_t, int32_t or int64_t
template <typename T>
constexpr std::string_view k_integer_name = sizeof(T) == 2 ? "smallint" : sizeof(T) == 4 ? "integer" : "bigint";

/// Throws Error 22003 "integer out of range" (or smallint, bigint).
template <typename T>
[[noreturn]] void throw_out_of_range() {
    throw Error(sqlstate::numeric_value_out_of_range, "{} out of range", k_integer_name<T>);
}

/// Throws Error 22012 "division by zero".
[[noreturn]] inline void throw_division_by_zero() { throw Error(sqlstate::division_by_zero, "division by zero"); }

/// Reads a decimal integer with optional sign; white space around it is allowed.
/// Throws Error 22P02 or 22003. \param text the input \return its value
template <typename T>
T parse_integer(std::string_view text);
extern template std::int16_t parse_integer<std::int16_t>(std::string_view);
extern template std::int32_t parse_integer<std::int32_t>(std::string_view);
extern template std::int64_t parse_integer<std::int64_t>(std::string_view);

/// A narrower integer, or Error 22003. \param value what must fit
template <typename To, typename From>
To narrow_integer(From value) {
    if (value < std::numeric_limits<To>::min() || value > std::numeric_limits<To>::max()) throw_out_of_range<To>();
    return static_cast<To>(value);
}

/// Sum of two integers in the type R, or Error 22003. \param a left \param b right
template <typename R, typename A, typename B>
R add_integers(A a, B b) {
    R result;
    if (__builtin_add_overflow(a, b, &result)) throw_out_of_range<R>();
    return result;
}

/// Difference, as add_integers. \param a left \param b right
template <typename R, typename A, typename B>
R subtract_integers(A a, B b) {
    R result;
    if (__builtin_sub_overflow(a, b, &result)) throw_out_of_range<R>();
    return result;
}

/// Product, as add_integers. \param a left \param b right
template <typename R, typename A, typename B>
R multiply_integers(A a, B b) {
    R result;
    if (__builtin_mul_overflow(a, b, &result)) throw_out_of_range<R>();
    return result;
}

/// Quotient, truncated toward zero; Error 22012 or (smallest by -1) 22003. \param a dividend \param b divisor
template <typename R, typename A, typename B>
R divide_integers(A a, B b) {
    if (b == 0) throw_division_by_zero();
    // The processor traps on the smallest number by -1, so that case must not reach its division.
    if (b == -1) return subtract_integers<R>(R{0}, a);
    return static_cast<R>(static_cast<R>(a) / static_cast<R>(b));
}

/// Remainder with the dividend's sign; Error 22012. \param a dividend \param b divisor
template <typename T>
T integer_remainder(T a, T b) {
    if (b == 0) throw_division_by_zero();
    if (b == -1) return 0;
    return static_cast<T>(a % b);
}

/// Absolute value; Error 22003 for the smallest number. \param a any
template <typename T>
T integer_abs(T a) {
    return a < 0 ? subtract_integers<T>(T{0}, a) : a;
}

/// Greatest common divisor, not negative; Error 22003 when it does not fit. \param a any \param b any
template <typename T>
T integer_gcd(T a, T b) {
    using Unsigned = std::make_unsigned_t<T>;
    auto magnitude = [](T x) { return x < 0 ? static_cast<Unsigned>(Unsigned{0} - static_cast<Unsigned>(x)) : static_cast<Unsigned>(x); };
    Unsigned x = magnitude(a), y = magnitude(b);
    while (y != 0) {
        Unsigned rest = x % y;
        x = y;
        y = rest;
    }
    if (x > static_cast<Unsigned>(std::numeric_limits<T>::max())) throw_out_of_range<T>();
    return static_cast<T>(x);
}

/// Least common multiple, not negative; Error 22003 when it does not fit. \param a any \param b any
template <typename T>
T integer_lcm(T a, T b) {
    if (a == 0 || b == 0) return 0;
    return integer_abs<T>(multiply_integers<T>(static_cast<T>(a / integer_gcd(a, b)), b));
}

}  // namespace forklore
