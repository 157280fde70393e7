/// \file
/// Operators and casts of numeric.
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/float.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

/// NaN equals itself and is above all numbers.
template <>
struct Ordering<Numeric, Numeric> {
    static bool equal(const Numeric& a, const Numeric& b) { return numeric_compare(a, b) == 0; }
    static bool less(const Numeric& a, const Numeric& b) { return numeric_compare(a, b) < 0; }
    static bool greater(const Numeric& a, const Numeric& b) { return numeric_compare(a, b) > 0; }
};

namespace {

/// An arithmetic function as SQL calls it.
template <Numeric (*f)(Arena&, const Numeric&, const Numeric&)>
Numeric binary(EvalContext& context, Numeric a, Numeric b) {
    return f(context.arena, a, b);
}

Numeric negate(EvalContext& context, Numeric a) { return numeric_negate(context.arena, a); }
Numeric absolute(EvalContext& context, Numeric a) { return a.sign() < 0 ? numeric_negate(context.arena, a) : a; }

Numeric fit(EvalContext& context, Numeric value, std::int32_t typmod) {
    return apply_numeric_typmod(context.arena, value, typmod);
}

/// Rounded half away from zero; Error 0A000 or 22003.
template <typename T>
T to_integer(Numeric value) {
    if (!value.is_finite())
        throw Error(sqlstate::feature_not_supported, "cannot convert {} to {}", value.is_nan() ? "NaN" : "infinity",
                    k_integer_name<T>);
    std::int64_t result;
    if (!numeric_to_int8(value, result)) throw_out_of_range<T>();
    return narrow_integer<T>(result);
}

float to_float4(Numeric value) {
    ByteWriter text;
    format_numeric(text, value);
    return parse_float<float>(text.view());
}

}  // namespace

void register_numeric_operators(Registry& to) {
    add_comparisons<Numeric>(to, "numeric_", "numeric_", {1718, 1719, 1722, 1723, 1720, 1721},
                             {1752, 1753, 1754, 1755, 1756, 1757});
    add_operator(to, {1758, "+", "+"}, function<binary<numeric_add>>("numeric_add", 1724));
    add_operator(to, {1759, "-"}, function<binary<numeric_subtract>>("numeric_sub", 1725));
    add_operator(to, {1760, "*", "*"}, function<binary<numeric_multiply>>("numeric_mul", 1726));
    add_operator(to, {1761, "/"}, function<binary<numeric_divide>>("numeric_div", 1727));
    add_operator(to, {1762, "%"}, function<binary<numeric_remainder>>("numeric_mod", 1729));
    add_operator(to, {1921, "+"}, function<[](Numeric a) { return a; }>("numeric_uplus", 1915));
    add_operator(to, {1751, "-"}, function<negate>("numeric_uminus", 1771));
    add_operator(to, {1763, "@"}, function<absolute>("numeric_abs", 1704));
    to.add(function<absolute>("abs", 1705));
    to.add(function<binary<numeric_remainder>>("mod", 1728));
    to.add(function<binary<numeric_divide_whole>>("div", 1973));
    to.add(function<binary<numeric_divide_whole>>("numeric_div_trunc", 1980));
    to.add(function<[](Numeric a, Numeric b) { return std::int32_t{numeric_compare(a, b)}; }>("numeric_cmp", 1769));
    to.add(function<[](Numeric a, Numeric b) { return (numeric_compare(a, b) > 0) ? a : b; }>("numeric_larger", 1767));
    to.add(function<[](Numeric a, Numeric b) { return numeric_compare(a, b) < 0 ? a : b; }>("numeric_smaller", 1766));
    to.add(function<[](EvalContext& c, Numeric a) { return numeric_add(c.arena, a, Numeric(1)); }>("numeric_inc", 1764));

    constexpr auto k_implicit = CastContext::implicit;
    constexpr auto k_assignment = CastContext::assignment;
    add_cast(to, function<fit>("numeric", 1703), k_implicit);
    add_cast(to, function<[](std::int16_t a) { return Numeric(a); }>("numeric", 1782), k_implicit);
    add_cast(to, function<[](std::int32_t a) { return Numeric(a); }>("numeric", 1740), k_implicit);
    add_cast(to, function<[](EvalContext& c, std::int64_t a) { return Numeric::make(c.arena, a, 0); }>("numeric", 1781), k_implicit);
    add_cast(to, function<[](EvalContext& c, float a) { return numeric_from_double(c.arena, a, 6); }>("numeric", 1742), k_assignment);
    add_cast(to, function<[](EvalContext& c, double a) { return numeric_from_double(c.arena, a, 15); }>("numeric", 1743), k_assignment);
    add_cast(to, function<to_integer<std::int16_t>>("int2", 1783), k_assignment);
    add_cast(to, function<to_integer<std::int32_t>>("int4", 1744), k_assignment);
    add_cast(to, function<to_integer<std::int64_t>>("int8", 1779), k_assignment);
    add_cast(to, function<to_float4>("float4", 1745), k_implicit);
    add_cast(to, function<[](Numeric a) { return numeric_to_double(a); }>("float8", 1746), k_implicit);
}

}  // namespace forklore
