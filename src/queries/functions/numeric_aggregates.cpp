/// \file
/// Aggregates whose result is numeric, over numeric and over integers.
#include "queries/functions/exact_sum.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

using MaybeNumeric = std::optional<Numeric>;

/// How a value goes into sums: an integer as it is, a numeric by its parts.
template <typename T>
void add_value(ExactSum& sum, Arena& arena, T value) {
    if constexpr (std::is_integral_v<T>) sum.add(arena, Int128{value}, 0);
    else sum.add(arena, value);
}

template <typename T>
void add_square(ExactSum& sum, Arena& arena, T value) {
    if constexpr (std::is_integral_v<T>) {
        sum.add(arena, Int128{value} * value, 0);
    } else if (value.is_small()) {
        sum.add(arena, Int128{value.coefficient()} * value.coefficient(), 2 * value.scale());
    } else {
        Arena scratch(256);
        sum.add(arena, numeric_multiply(scratch, value, value));
    }
}

/// Counts what is no number, which sums cannot hold.
struct Specials {
    std::int64_t nans = 0, infinities = 0, minus_infinities = 0;
    /// \return whether the value was one of them
    template <typename T>
    bool take(const T& value) {
        if constexpr (!std::is_integral_v<T>) {
            if (value.is_finite()) return false;
            ++(value.is_nan() ? nans : value.sign() > 0 ? infinities : minus_infinities);
            return true;
        }
        return false;
    }
    bool any() const { return nans + infinities + minus_infinities > 0; }
    Numeric sum() const {
        if (nans > 0 || (infinities > 0 && minus_infinities > 0)) return Numeric::nan();
        return infinities > 0 ? Numeric::infinity() : Numeric::minus_infinity();
    }
};

/// sum of int8: 128 bits hold more than any number of rows can add up to.
struct IntegerSum {
    Int128 sum = 0;
    std::int64_t rows = 0;
    void add(std::int64_t value) {
        sum += value;
        ++rows;
    }
    MaybeNumeric result(EvalContext& context) const {
        return rows > 0 ? MaybeNumeric(Numeric::make(context.arena, sum, 0)) : std::nullopt;
    }
};

/// avg of integers.
template <typename T>
struct IntegerAverage {
    Int128 sum = 0;
    std::int64_t rows = 0;
    void add(T value) {
        sum += value;
        ++rows;
    }
    MaybeNumeric result(EvalContext& context) const {
        if (rows == 0) return std::nullopt;
        return numeric_divide(context.arena, Numeric::make(context.arena, sum, 0), Numeric(rows));
    }
};

/// sum and avg of numeric.
template <bool average>
struct NumericSum {
    ExactSum sum;
    Specials specials;
    std::int64_t rows = 0;
    void add(Arena& arena, Numeric value) {
        ++rows;
        if (!specials.take(value)) sum.add(arena, value);
    }
    MaybeNumeric result(EvalContext& context) const {
        if (rows == 0) return std::nullopt;
        if (specials.any()) return specials.sum();
        Numeric total = sum.result(context.arena);
        return average ? numeric_divide(context.arena, total, Numeric(rows)) : total;
    }
};

/// Variance or standard deviation, of the population or of a sample.
template <typename T, bool sample, bool root>
struct NumericSpread {
    ExactSum sum, squares;
    Specials specials;
    std::int64_t rows = 0;
    void add(Arena& arena, T value) {
        ++rows;
        if (specials.take(value)) return;
        add_value(sum, arena, value);
        add_square(squares, arena, value);
    }
    MaybeNumeric result(EvalContext& context) const {
        if (rows < (sample ? 2 : 1)) return std::nullopt;
        if (specials.any()) return Numeric::nan();
        Arena& arena = context.arena;
        // (n * sum of squares - square of sum) / (n * (n or n - 1)): exact up to the one division.
        Numeric count(rows), total = sum.result(arena);
        Numeric numerator = numeric_subtract(arena, numeric_multiply(arena, count, squares.result(arena)),
                                             numeric_multiply(arena, total, total));
        if (numerator.sign() <= 0) return Numeric(0);
        Numeric denominator = numeric_multiply(arena, count, Numeric(sample ? rows - 1 : rows));
        int scale = numeric_quotient_scale(numerator, denominator);
        BigNumber variance = divide(BigNumber(numerator), BigNumber(denominator), scale, true);
        return Numeric::make(arena, root ? square_root(variance, scale) : variance);
    }
};

/// min and max. A big number is copied, as the row that brought it will go away.
template <bool want_greater>
struct NumericExtreme {
    Numeric best;
    bool any = false;
    void add(Arena& arena, Numeric value) {
        // Of equal values with different scales the last one counts, as in PostgreSQL.
        if (any && (want_greater ? numeric_compare(best, value) > 0 : numeric_compare(best, value) < 0)) return;
        any = true;
        best = value.is_small() ? value : Numeric::decode(arena.copy(value.encode(arena)));
    }
    MaybeNumeric result() const { return any ? MaybeNumeric(best) : std::nullopt; }
};

template <typename T>
void add_spreads(Registry& to, Oid var_samp, Oid variance, Oid var_pop, Oid stddev_samp, Oid stddev, Oid stddev_pop) {
    to.add(aggregate<NumericSpread<T, true, false>>("var_samp", var_samp));
    to.add(aggregate<NumericSpread<T, true, false>>("variance", variance));
    to.add(aggregate<NumericSpread<T, false, false>>("var_pop", var_pop));
    to.add(aggregate<NumericSpread<T, true, true>>("stddev_samp", stddev_samp));
    to.add(aggregate<NumericSpread<T, true, true>>("stddev", stddev));
    to.add(aggregate<NumericSpread<T, false, true>>("stddev_pop", stddev_pop));
}

}  // namespace

void register_numeric_aggregates(Registry& to) {
    to.add(aggregate<IntegerSum>("sum", 2107));
    to.add(aggregate<IntegerAverage<std::int16_t>>("avg", 2102));
    to.add(aggregate<IntegerAverage<std::int32_t>>("avg", 2101));
    to.add(aggregate<IntegerAverage<std::int64_t>>("avg", 2100));
    to.add(aggregate<NumericSum<false>>("sum", 2114));
    to.add(aggregate<NumericSum<true>>("avg", 2103));
    to.add(aggregate<NumericExtreme<true>>("max", 2130));
    to.add(aggregate<NumericExtreme<false>>("min", 2146));
    add_spreads<std::int16_t>(to, 2643, 2150, 2720, 2714, 2156, 2726);
    add_spreads<std::int32_t>(to, 2642, 2149, 2719, 2713, 2155, 2725);
    add_spreads<std::int64_t>(to, 2641, 2148, 2718, 2712, 2154, 2724);
    add_spreads<Numeric>(to, 2646, 2153, 2723, 2717, 2159, 2729);
}

}  // namespace forklore
