/// \file
/// Functions of float8: rounding, powers, logarithms, trigonometry, buckets.
#include <numbers>

#include "queries/functions/families.hpp"
#include "queries/types/float.hpp"
#include "queries/types/integer.hpp"

namespace forklore {

namespace {

[[noreturn]] void throw_out_of_domain() {
    throw Error(sqlstate::numeric_value_out_of_range, "input is out of range");
}

// ---------------------------------------------------------------- powers and logarithms

double square_root(double a) {
    if (a < 0)
        throw Error(sqlstate::invalid_argument_for_power_function, "cannot take square root of a negative number");
    return std::sqrt(a);
}

double power(double base, double exponent) {
    // IEEE 754 knows the answers for NaN: anything to the 0 is 1, and 1 to the anything is 1.
    if (std::isnan(base)) return exponent == 0 ? 1 : base;
    if (std::isnan(exponent)) return base == 1 ? 1 : exponent;
    if (base == 0 && exponent < 0)
        throw Error(sqlstate::invalid_argument_for_power_function, "zero raised to a negative power is undefined");
    if (base < 0 && std::floor(exponent) != exponent)
        throw Error(sqlstate::invalid_argument_for_power_function,
                    "a negative number raised to a non-integer power yields a complex result");
    double result = std::pow(base, exponent);
    if (std::isinf(base) || std::isinf(exponent)) return result;
    if (std::isinf(result)) throw_float_overflow();
    if (result == 0 && base != 0) throw_float_underflow();
    return result;
}

double exponential(double a) {
    double result = std::exp(a);
    if (std::isinf(result) && !std::isinf(a)) throw_float_overflow();
    if (result == 0 && !std::isinf(a)) throw_float_underflow();
    return result;
}

void check_logarithm(double a) {
    if (a == 0) throw Error(sqlstate::invalid_argument_for_log, "cannot take logarithm of zero");
    if (a < 0) throw Error(sqlstate::invalid_argument_for_log, "cannot take logarithm of a negative number");
}

double natural_logarithm(double a) {
    check_logarithm(a);
    return std::log(a);
}

double decimal_logarithm(double a) {
    check_logarithm(a);
    return std::log10(a);
}

double sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : 0; }

// ---------------------------------------------------------------- trigonometry in radians

/// A function that is not defined at infinity.
template <double (*f)(double)>
double of_finite(double a) {
    if (std::isinf(a)) throw_out_of_domain();
    return f(a);
}

/// A function that is defined between -1 and 1.
template <double (*f)(double)>
double of_unit(double a) {
    if (a < -1 || a > 1) throw_out_of_domain();
    return f(a);
}

double cotangent(double a) { return 1 / std::tan(a); }

double hyperbolic_arc_tangent(double a) {
    if (a < -1 || a > 1) throw_out_of_domain();
    return std::atanh(a);
}

double hyperbolic_arc_cosine(double a) {
    if (a < 1) throw_out_of_domain();
    return std::acosh(a);
}

// ---------------------------------------------------------------- trigonometry in degrees

// Angles are brought into 0…90 degrees first, and results are scaled so that the round angles (30, 45, 60, 90) come
// out exactly, which plain conversion to radians would miss by a bit or two.

constexpr double k_radian = std::numbers::pi / 180;

double sine_to_30(double degrees) { return std::sin(degrees * k_radian) / std::sin(30 * k_radian) / 2; }
double cosine_to_60(double degrees) {
    return 1 - (1 - std::cos(degrees * k_radian)) / (1 - std::cos(60 * k_radian)) / 2;
}
double sine_to_90(double degrees) { return degrees <= 30 ? sine_to_30(degrees) : cosine_to_60(90 - degrees); }
double cosine_to_90(double degrees) { return degrees <= 60 ? cosine_to_60(degrees) : sine_to_30(90 - degrees); }

double sine_of_degrees(double a) {
    if (std::isnan(a)) return a;
    if (std::isinf(a)) throw_out_of_domain();
    a = std::fmod(a, 360);
    double sign = 1;
    if (a < 0) {
        a = -a;
        sign = -sign;
    }
    if (a > 180) {
        a = 360 - a;
        sign = -sign;
    }
    if (a > 90) a = 180 - a;
    return sign * sine_to_90(a);
}

double cosine_of_degrees(double a) {
    if (std::isnan(a)) return a;
    if (std::isinf(a)) throw_out_of_domain();
    a = std::abs(std::fmod(a, 360));
    double sign = 1;
    if (a > 180) a = 360 - a;
    if (a > 90) {
        a = 180 - a;
        sign = -1;
    }
    return sign * cosine_to_90(a);
}

/// Tangent or, with the quotient turned over, cotangent.
template <bool over>
double tangent_of_degrees(double a) {
    if (std::isnan(a)) return a;
    if (std::isinf(a)) throw_out_of_domain();
    a = std::fmod(a, 360);
    double sign = 1;
    if (a < 0) {
        a = -a;
        sign = -sign;
    }
    if (a > 180) {
        a = 360 - a;
        sign = -sign;
    }
    if (a > 90) {
        a = 180 - a;
        sign = -sign;
    }
    auto quotient = [](double x) {
        return over ? cosine_to_90(x) / sine_to_90(x) : sine_to_90(x) / cosine_to_90(x);
    };
    double result = sign * (quotient(a) / quotient(45));
    // A zero has no sign here, whatever the quadrant.
    return result == 0 ? 0 : result;
}

double arc_sine_to_90(double a) {
    if (a <= 0.5) return std::asin(a) / std::asin(0.5) * 30;
    return 90 - std::acos(a) / std::acos(0.5) * 60;
}
double arc_cosine_to_90(double a) {
    if (a <= 0.5) return 90 - std::asin(a) / std::asin(0.5) * 30;
    return std::acos(a) / std::acos(0.5) * 60;
}
double arc_sine_in_degrees(double a) {
    if (std::isnan(a)) return a;
    if (a < -1 || a > 1) throw_out_of_domain();
    return a >= 0 ? arc_sine_to_90(a) : -arc_sine_to_90(-a);
}
double arc_cosine_in_degrees(double a) {
    if (std::isnan(a)) return a;
    if (a < -1 || a > 1) throw_out_of_domain();
    return a >= 0 ? arc_cosine_to_90(a) : 90 + arc_sine_to_90(-a);
}
double arc_tangent_in_degrees(double a) { return std::atan(a) / std::atan(1.0) * 45; }
double arc_tangent_2_in_degrees(double y, double x) { return std::atan2(y, x) / std::atan(1.0) * 45; }

double degrees(double a) {
    double result = a / k_radian;
    if (std::isinf(result) && !std::isinf(a)) throw_float_overflow();
    return result;
}
double radians(double a) { return a * k_radian; }

// ---------------------------------------------------------------- buckets

std::int32_t width_bucket(double operand, double low, double high, std::int32_t count) {
    auto refuse = [](const char* why) {
        throw Error(sqlstate::invalid_argument_for_width_bucket_function, "{}", why);
    };
    if (count <= 0) refuse("count must be greater than zero");
    if (std::isnan(operand) || std::isnan(low) || std::isnan(high))
        refuse("operand, lower bound, and upper bound cannot be NaN");
    if (std::isinf(low) || std::isinf(high)) refuse("lower and upper bounds must be finite");
    if (low == high) refuse("lower bound cannot equal upper bound");
    // Buckets may run downwards: then left is the greater bound.
    bool down = low > high;
    if (down ? operand > low : operand < low) return 0;
    if (down ? operand <= high : operand >= high) return add_integers<std::int32_t>(count, 1);
    double width = high - low;
    double part = std::isinf(width) ? (operand / 2 - low / 2) / (high / 2 - low / 2) : (operand - low) / width;
    double bucket = part * count;
    // Rounding may lift the very last value below the bound into the bucket beyond.
    return (bucket >= count ? count - 1 : static_cast<std::int32_t>(bucket)) + 1;
}

}  // namespace

void register_float_functions(Registry& to) {
    auto both = [&](Function function, Oid other_oid, const char* other_name) {
        Function other = function;
        other.oid = other_oid;
        other.name = other_name;
        to.add(std::move(other));
        return function;
    };
    constexpr auto k_round = [](double a) { return std::rint(a); };
    constexpr auto k_truncate = [](double a) { return std::trunc(a); };
    constexpr auto k_ceiling = [](double a) { return std::ceil(a); };
    constexpr auto k_cube_root = [](double a) { return std::cbrt(a); };
    to.add(both(function<k_round>("round", 1342), 228, "dround"));
    to.add(both(function<k_truncate>("trunc", 1343), 229, "dtrunc"));
    to.add(both(function<k_ceiling>("ceil", 2308), 2320, "ceiling"));
    to.add(function<[](double a) { return std::floor(a); }>("floor", 2309));
    to.add(function<sign>("sign", 2310));
    to.add(function<[](float a) { return std::abs(a); }>("abs", 1394));
    to.add(function<[](double a) { return std::abs(a); }>("abs", 1395));

    add_operator(to, {596, "|/"}, both(function<square_root>("dsqrt", 230), 1344, "sqrt"));
    add_operator(to, {597, "||/"}, both(function<k_cube_root>("dcbrt", 231), 1345, "cbrt"));
    add_operator(to, {965, "^"}, both(both(function<power>("dpow", 232), 1346, "pow"), 1368, "power"));
    to.add(both(function<exponential>("exp", 1347), 233, "dexp"));
    to.add(both(function<natural_logarithm>("ln", 1341), 234, "dlog1"));
    to.add(both(both(function<decimal_logarithm>("log", 1340), 1194, "log10"), 1339, "dlog10"));

    to.add(function<of_finite<std::sin>>("sin", 1604));
    to.add(function<of_finite<std::cos>>("cos", 1605));
    to.add(function<of_finite<std::tan>>("tan", 1606));
    to.add(function<of_finite<cotangent>>("cot", 1607));
    to.add(function<of_unit<std::asin>>("asin", 1600));
    to.add(function<of_unit<std::acos>>("acos", 1601));
    to.add(function<[](double a) { return std::atan(a); }>("atan", 1602));
    to.add(function<[](double y, double x) { return std::atan2(y, x); }>("atan2", 1603));
    to.add(function<[](double a) { return std::sinh(a); }>("sinh", 2462));
    to.add(function<[](double a) { return std::cosh(a); }>("cosh", 2463));
    to.add(function<[](double a) { return std::tanh(a); }>("tanh", 2464));
    to.add(function<[](double a) { return std::asinh(a); }>("asinh", 2465));
    to.add(function<hyperbolic_arc_cosine>("acosh", 2466));
    to.add(function<hyperbolic_arc_tangent>("atanh", 2467));
    to.add(function<sine_of_degrees>("sind", 2735));
    to.add(function<cosine_of_degrees>("cosd", 2736));
    to.add(function<tangent_of_degrees<false>>("tand", 2737));
    to.add(function<tangent_of_degrees<true>>("cotd", 2738));
    to.add(function<arc_sine_in_degrees>("asind", 2731));
    to.add(function<arc_cosine_in_degrees>("acosd", 2732));
    to.add(function<arc_tangent_in_degrees>("atand", 2733));
    to.add(function<arc_tangent_2_in_degrees>("atan2d", 2734));
    to.add(function<degrees>("degrees", 1608));
    to.add(function<radians>("radians", 1609));
    to.add(function<[]() { return std::numbers::pi; }>("pi", 1610));
    to.add(function<width_bucket>("width_bucket", 320));
}

}  // namespace forklore
