/// \file
/// Operators of float4 and float8, also between the two, and casts to and from integers.
#include <limits>

#include "queries/functions/families.hpp"
#include "queries/types/float.hpp"
#include "queries/types/integer.hpp"

namespace forklore {

namespace {

// A result may be infinite only when an operand was, and zero only when that is exact.
template <typename R, typename A, typename B>
R add_floats(A a, B b) {
    R result = R(a) + R(b);
    if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) throw_float_overflow();
    return result;
}

template <typename R, typename A, typename B>
R subtract_floats(A a, B b) {
    R result = R(a) - R(b);
    if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) throw_float_overflow();
    return result;
}

template <typename R, typename A, typename B>
R multiply_floats(A a, B b) {
    R result = R(a) * R(b);
    if (std::isinf(result) && !std::isinf(a) && !std::isinf(b)) throw_float_overflow();
    if (result == 0 && a != 0 && b != 0) throw_float_underflow();
    return result;
}

template <typename R, typename A, typename B>
R divide_floats(A a, B b) {
    if (b == 0 && !std::isnan(a)) throw_division_by_zero();
    R result = R(a) / R(b);
    if (std::isinf(result) && !std::isinf(a)) throw_float_overflow();
    if (result == 0 && a != 0 && !std::isinf(b)) throw_float_underflow();
    return result;
}

/// OIDs of an operator and its function.
struct Pair {
    Oid op, function;
};

template <typename A, typename B>
void add_arithmetic(Registry& to, const std::string& prefix, Pair plus, Pair minus, Pair times, Pair over) {
    using R = std::conditional_t<(sizeof(A) > sizeof(B)), A, B>;
    add_operator(to, {plus.op, "+", "+"}, function<add_floats<R, A, B>>(prefix + "pl", plus.function));
    add_operator(to, {minus.op, "-"}, function<subtract_floats<R, A, B>>(prefix + "mi", minus.function));
    add_operator(to, {times.op, "*", "*"}, function<multiply_floats<R, A, B>>(prefix + "mul", times.function));
    add_operator(to, {over.op, "/"}, function<divide_floats<R, A, B>>(prefix + "div", over.function));
}

template <typename T>
void add_unary(Registry& to, const std::string& prefix, Pair plus, Pair minus, Pair absolute) {
    add_operator(to, {plus.op, "+"}, function<[](T a) { return a; }>(prefix + "up", plus.function));
    add_operator(to, {minus.op, "-"}, function<[](T a) { return -a; }>(prefix + "um", minus.function));
    add_operator(to, {absolute.op, "@"}, function<[](T a) { return std::abs(a); }>(prefix + "abs", absolute.function));
}

template <typename A, typename B>
std::int32_t float_order(A a, B b) {
    return compare_floats(a, b);
}

/// Rounds to the nearest integer, half to even; Error 22003 when it does not fit.
template <typename To, typename From>
To float_to_integer(From value) {
    From rounded = std::rint(value);
    // The negated lower bound is a power of two, exact in every float type; the upper bound is not.
    constexpr From k_bound = -static_cast<From>(std::numeric_limits<To>::min());
    if (!(rounded >= -k_bound && rounded < k_bound)) throw_out_of_range<To>();
    return static_cast<To>(rounded);
}

float narrow_float(double value) {
    float result = static_cast<float>(value);
    if (std::isinf(result) && !std::isinf(value)) throw_float_overflow();
    if (result == 0 && value != 0) throw_float_underflow();
    return result;
}

void add_casts(Registry& to) {
    using Int2 = std::int16_t;
    using Int4 = std::int32_t;
    using Int8 = std::int64_t;
    constexpr auto k_implicit = CastContext::implicit;
    constexpr auto k_assignment = CastContext::assignment;
    add_cast(to, function<[](float a) { return double{a}; }>("float8", 311), k_implicit);
    add_cast(to, function<narrow_float>("float4", 312), k_assignment);
    add_cast(to, function<[](Int2 a) { return double(a); }>("float8", 235), k_implicit);
    add_cast(to, function<[](Int4 a) { return double(a); }>("float8", 316), k_implicit);
    add_cast(to, function<[](Int8 a) { return double(a); }>("float8", 482), k_implicit);
    add_cast(to, function<[](Int2 a) { return float(a); }>("float4", 236), k_implicit);
    add_cast(to, function<[](Int4 a) { return float(a); }>("float4", 318), k_implicit);
    add_cast(to, function<[](Int8 a) { return float(a); }>("float4", 652), k_implicit);
    add_cast(to, function<float_to_integer<Int2, double>>("int2", 237), k_assignment);
    add_cast(to, function<float_to_integer<Int4, double>>("int4", 317), k_assignment);
    add_cast(to, function<float_to_integer<Int8, double>>("int8", 483), k_assignment);
    add_cast(to, function<float_to_integer<Int2, float>>("int2", 238), k_assignment);
    add_cast(to, function<float_to_integer<Int4, float>>("int4", 319), k_assignment);
    add_cast(to, function<float_to_integer<Int8, float>>("int8", 653), k_assignment);
}

}  // namespace

void register_float_operators(Registry& to) {
    add_comparisons<float>(to, "float4", "float4", {287, 288, 289, 290, 291, 292}, {620, 621, 622, 624, 623, 625});
    add_comparisons<double>(to, "float8", "float8", {293, 294, 295, 296, 297, 298}, {670, 671, 672, 673, 674, 675});
    add_comparisons<float, double>(to, "float48", "float48", {299, 300, 301, 302, 303, 304},
                                   {1120, 1121, 1122, 1124, 1123, 1125});
    add_comparisons<double, float>(to, "float84", "float84", {305, 306, 307, 308, 309, 310},
                                   {1130, 1131, 1132, 1134, 1133, 1135});
    add_arithmetic<float, float>(to, "float4", {586, 204}, {587, 205}, {589, 202}, {588, 203});
    add_arithmetic<double, double>(to, "float8", {591, 218}, {592, 219}, {594, 216}, {593, 217});
    add_arithmetic<float, double>(to, "float48", {1116, 281}, {1117, 282}, {1119, 279}, {1118, 280});
    add_arithmetic<double, float>(to, "float84", {1126, 285}, {1127, 286}, {1129, 283}, {1128, 284});
    add_unary<float>(to, "float4", {1919, 1913}, {584, 206}, {590, 207});
    add_unary<double>(to, "float8", {1920, 1914}, {585, 220}, {595, 221});
    to.add(function<float_order<float, float>>("btfloat4cmp", 354));
    to.add(function<float_order<double, double>>("btfloat8cmp", 355));
    to.add(function<float_order<float, double>>("btfloat48cmp", 2194));
    to.add(function<float_order<double, float>>("btfloat84cmp", 2195));
    add_casts(to);
}

}  // namespace forklore
