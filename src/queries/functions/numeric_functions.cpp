/// \file
/// Functions of numeric that need no series: rounding, scales, divisors, factorial, buckets.
#include <algorithm>

#include "base/interrupts.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/integer.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

using Int4 = std::int32_t;

// ---------------------------------------------------------------- rounding and scales

constexpr Int4 k_max_round = 2 * k_numeric_max_result_scale;

Numeric round_to(EvalContext& context, Numeric a, Int4 scale) {
    return numeric_round(context.arena, a, std::clamp(scale, -k_max_round, k_max_round));
}
Numeric truncate_to(EvalContext& context, Numeric a, Int4 scale) {
    return numeric_truncate(context.arena, a, std::clamp(scale, -k_max_round, k_max_round));
}
Numeric round_whole(EvalContext& context, Numeric a) { return numeric_round(context.arena, a, 0); }
Numeric truncate_whole(EvalContext& context, Numeric a) { return numeric_truncate(context.arena, a, 0); }

/// The next whole number up (1) or down (-1), unless it is whole.
template <int direction>
Numeric next_whole(EvalContext& context, Numeric a) {
    Numeric whole = numeric_truncate(context.arena, a, 0);
    if (!a.is_finite() || a.sign() != direction || numeric_compare(whole, a) == 0) return whole;
    return numeric_add(context.arena, whole, Numeric(direction));
}

Numeric sign(Numeric a) { return a.is_nan() ? a : Numeric(a.sign()); }

std::optional<Int4> scale(Numeric a) { return a.is_finite() ? std::optional<Int4>(a.scale()) : std::nullopt; }

Int4 least_scale(const Numeric& a) {
    if (a.is_small()) {
        Int4 scale = a.scale();
        std::int64_t rest = a.coefficient();
        if (rest == 0) return 0;
        for (; scale > 0 && rest % 10 == 0; --scale) rest /= 10;
        return scale;
    }
    BigNumber number(a);
    if (number.is_zero()) return 0;
    int last_weight = number.weight - static_cast<int>(number.digits.size()) + 1;
    if (last_weight >= 0) return 0;
    Int4 scale = -last_weight * BigNumber::k_decimals;
    for (std::int32_t last = number.digits.back(); last % 10 == 0; last /= 10) --scale;
    return scale;
}

std::optional<Int4> min_scale(Numeric a) { return a.is_finite() ? std::optional<Int4>(least_scale(a)) : std::nullopt; }

Numeric trim_scale(EvalContext& context, Numeric a) {
    return a.is_finite() ? numeric_truncate(context.arena, a, least_scale(a)) : a;
}

// ---------------------------------------------------------------- divisors and factorial

Numeric gcd(EvalContext& context, Numeric a, Numeric b) {
    if (!a.is_finite() || !b.is_finite()) return Numeric::nan();
    int scale = std::max(a.scale(), b.scale());
    while (b.sign() != 0) {
        check_for_interrupts();
        Numeric rest = numeric_remainder(context.arena, a, b);
        a = b;
        b = rest;
    }
    if (a.sign() < 0) a = numeric_negate(context.arena, a);
    return numeric_round(context.arena, a, scale);
}

Numeric lcm(EvalContext& context, Numeric a, Numeric b) {
    if (!a.is_finite() || !b.is_finite()) return Numeric::nan();
    int scale = std::max(a.scale(), b.scale());
    if (a.sign() == 0 || b.sign() == 0) return numeric_round(context.arena, Numeric(0), scale);
    Numeric divisor = gcd(context, a, b);
    Numeric result = numeric_multiply(context.arena, numeric_divide_whole(context.arena, a, divisor), b);
    if (result.sign() < 0) result = numeric_negate(context.arena, result);
    return numeric_round(context.arena, result, scale);
}

Numeric factorial(EvalContext& context, std::int64_t n) {
    if (n < 0)
        throw Error(sqlstate::numeric_value_out_of_range, "factorial of a negative number is undefined");
    constexpr std::int64_t k_largest = 32177;  // whose factorial has at most 131,072 digits
    if (n > k_largest) throw Error(sqlstate::numeric_value_out_of_range, "value overflows numeric format");
    BigNumber result(1);
    // Several factors are gathered in a word, to save passes over the digits.
    Int128 factor = 1;
    for (std::int64_t i = 2; i <= n; ++i) {
        factor *= i;
        if (factor > INT32_MAX || i == n) {
            result = result * BigNumber(factor);
            factor = 1;
        }
    }
    return Numeric::make(context.arena, result);
}

// ---------------------------------------------------------------- buckets

Int4 width_bucket(EvalContext& context, Numeric operand, Numeric low, Numeric high, Int4 count) {
    auto refuse = [](const char* why) {
        throw Error(sqlstate::invalid_argument_for_width_bucket_function, "{}", why);
    };
    if (count <= 0) refuse("count must be greater than zero");
    if (operand.is_nan() || low.is_nan() || high.is_nan()) refuse("operand, lower bound, and upper bound cannot be NaN");
    if (low.is_infinite() || high.is_infinite()) refuse("lower and upper bounds must be finite");
    int order = numeric_compare(low, high);
    if (order == 0) refuse("lower bound cannot equal upper bound");
    // Buckets may run downwards: then left is the greater bound.
    if (numeric_compare(operand, low) * order > 0) return 0;
    if (numeric_compare(operand, high) * order <= 0) return add_integers<Int4>(count, 1);
    Arena& arena = context.arena;
    Numeric part = numeric_multiply(arena, numeric_subtract(arena, operand, low), Numeric(count));
    Numeric bucket = numeric_divide_whole(arena, part, numeric_subtract(arena, high, low));
    return static_cast<Int4>(bucket.coefficient()) + 1;
}

}  // namespace

void register_numeric_functions(Registry& to) {
    to.add(function<round_to>("round", 1707));
    to.add(function<round_whole>("round", 1708));
    to.add(function<truncate_to>("trunc", 1709));
    to.add(function<truncate_whole>("trunc", 1710));
    to.add(function<next_whole<1>>("ceil", 1711));
    to.add(function<next_whole<1>>("ceiling", 2167));
    to.add(function<next_whole<-1>>("floor", 1712));
    to.add(function<sign>("sign", 1706));
    to.add(function<scale>("scale", 3281));
    to.add(function<min_scale>("min_scale", 5042));
    to.add(function<trim_scale>("trim_scale", 5043));
    to.add(function<gcd>("gcd", 5048));
    to.add(function<lcm>("lcm", 5049));
    to.add(function<factorial>("factorial", 1376));
    to.add(function<width_bucket>("width_bucket", 2170));
}

}  // namespace forklore
