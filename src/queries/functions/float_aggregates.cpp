/// \file
/// Aggregates over floats: sums, and statistics that stay accurate when the values are large and close together
/// (Youngs and Cramer, "Some results relevant to choice of sum and sum-of-product algorithms", 1971).
#include <limits>

#include "queries/functions/families.hpp"
#include "queries/types/float.hpp"

namespace forklore {

namespace {

/// sum, in the type of the values.
template <typename T>
struct FloatSum {
    T sum = 0;
    bool any = false;
    void add(T value) {
        // The first value is taken as it is: a sum of -0 alone is -0.
        T next = any ? sum + value : value;
        if (std::isinf(next) && !std::isinf(sum) && !std::isinf(value)) throw_float_overflow();
        sum = next;
        any = true;
    }
    std::optional<T> result() const { return any ? std::optional<T>(sum) : std::nullopt; }
};

/// Number, sum and sum of squared differences from the mean.
struct Moments {
    double count = 0, sum = 0, squares = 0;
    void add(double value) {
        double sum_before = sum;
        count += 1;
        sum += value;
        if (count > 1) {
            double difference = value * count - sum;
            squares += difference * difference / (count * (count - 1));
            if (std::isinf(sum) || std::isinf(squares)) {
                if (!std::isinf(sum_before) && !std::isinf(value)) throw_float_overflow();
                squares = std::numeric_limits<double>::quiet_NaN();
            }
        } else if (!std::isfinite(value)) {
            squares = std::numeric_limits<double>::quiet_NaN();
        }
    }
};

using MaybeDouble = std::optional<double>;

struct Average : Moments {
    void add(double value) { Moments::add(value); }
    MaybeDouble result() const { return count > 0 ? MaybeDouble(sum / count) : std::nullopt; }
};

/// Variance or standard deviation, of the population or of a sample.
template <typename T, bool sample, bool root>
struct Spread : Moments {
    void add(T value) { Moments::add(value); }
    MaybeDouble result() const {
        double degrees_of_freedom = sample ? count - 1 : count;
        if (degrees_of_freedom <= 0) return std::nullopt;
        double variance = squares / degrees_of_freedom;
        return root ? std::sqrt(variance) : variance;
    }
};

template <typename T>
struct FloatAverage : Average {
    void add(T value) { Average::add(value); }
};

template <typename T>
void add_aggregates(Registry& to, Oid max, Oid min, Oid sum, Oid avg, Oid var_samp, Oid variance, Oid var_pop,
                    Oid stddev_samp, Oid stddev, Oid stddev_pop) {
    to.add(aggregate<Extreme<T, true>>("max", max));
    to.add(aggregate<Extreme<T, false>>("min", min));
    to.add(aggregate<FloatSum<T>>("sum", sum));
    to.add(aggregate<FloatAverage<T>>("avg", avg));
    to.add(aggregate<Spread<T, true, false>>("var_samp", var_samp));
    to.add(aggregate<Spread<T, true, false>>("variance", variance));
    to.add(aggregate<Spread<T, false, false>>("var_pop", var_pop));
    to.add(aggregate<Spread<T, true, true>>("stddev_samp", stddev_samp));
    to.add(aggregate<Spread<T, true, true>>("stddev", stddev));
    to.add(aggregate<Spread<T, false, true>>("stddev_pop", stddev_pop));
}

// ---------------------------------------------------------------- two variables

/// Moments of pairs (y, x), which SQL gives in this order.
struct PairMoments {
    double count = 0, x_sum = 0, x_squares = 0, y_sum = 0, y_squares = 0, products = 0;
    void add(double y, double x) {
        double x_before = x_sum, y_before = y_sum;
        count += 1;
        x_sum += x;
        y_sum += y;
        constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
        if (count > 1) {
            double x_difference = x * count - x_sum, y_difference = y * count - y_sum;
            double scale = 1 / (count * (count - 1));
            x_squares += x_difference * x_difference * scale;
            y_squares += y_difference * y_difference * scale;
            products += x_difference * y_difference * scale;
            bool x_input = std::isinf(x_before) || std::isinf(x), y_input = std::isinf(y_before) || std::isinf(y);
            if (((std::isinf(x_sum) || std::isinf(x_squares)) && !x_input) ||
                ((std::isinf(y_sum) || std::isinf(y_squares)) && !y_input) ||
                (std::isinf(products) && !x_input && !y_input))
                throw_float_overflow();
            if (std::isinf(x_squares)) x_squares = k_nan;
            if (std::isinf(y_squares)) y_squares = k_nan;
            if (std::isinf(products)) products = k_nan;
        } else {
            if (!std::isfinite(x)) x_squares = products = k_nan;
            if (!std::isfinite(y)) y_squares = products = k_nan;
        }
    }
};

/// A statistic of pairs. \tparam compute from the moments to the result
template <auto compute>
struct PairStatistic : PairMoments {
    void add(double y, double x) { PairMoments::add(y, x); }
    MaybeDouble result() const { return compute(static_cast<const PairMoments&>(*this)); }
};

struct PairCount {
    std::int64_t count = 0;
    void add(double, double) { ++count; }
    std::int64_t result() const { return count; }
};

MaybeDouble unless_empty(const PairMoments& m, double value) { return m.count > 0 ? MaybeDouble(value) : std::nullopt; }

MaybeDouble correlation(const PairMoments& m) {
    if (m.count < 1 || m.x_squares == 0 || m.y_squares == 0) return std::nullopt;
    return m.products / std::sqrt(m.x_squares * m.y_squares);
}

MaybeDouble determination(const PairMoments& m) {
    if (m.count < 1 || m.x_squares == 0) return std::nullopt;
    if (m.y_squares == 0) return 1.0;
    return (m.products * m.products) / (m.x_squares * m.y_squares);
}

MaybeDouble sample_covariance(const PairMoments& m) {
    return m.count > 1 ? MaybeDouble(m.products / (m.count - 1)) : std::nullopt;
}

MaybeDouble slope(const PairMoments& m) {
    if (m.count < 1 || m.x_squares == 0) return std::nullopt;
    return m.products / m.x_squares;
}

MaybeDouble intercept(const PairMoments& m) {
    if (m.count < 1 || m.x_squares == 0) return std::nullopt;
    return (m.y_sum - m.x_sum * m.products / m.x_squares) / m.count;
}

template <auto compute>
void add_statistic(Registry& to, const char* name, Oid oid) {
    to.add(aggregate<PairStatistic<compute>>(name, oid));
}

}  // namespace

void register_float_aggregates(Registry& to) {
    add_aggregates<float>(to, 2119, 2135, 2110, 2104, 2644, 2151, 2721, 2715, 2157, 2727);
    add_aggregates<double>(to, 2120, 2136, 2111, 2105, 2645, 2152, 2722, 2716, 2158, 2728);

    using M = PairMoments;
    to.add(aggregate<PairCount>("regr_count", 2818));
    add_statistic<[](const M& m) { return unless_empty(m, m.x_squares); }>(to, "regr_sxx", 2819);
    add_statistic<[](const M& m) { return unless_empty(m, m.y_squares); }>(to, "regr_syy", 2820);
    add_statistic<[](const M& m) { return unless_empty(m, m.products); }>(to, "regr_sxy", 2821);
    add_statistic<[](const M& m) { return unless_empty(m, m.x_sum / m.count); }>(to, "regr_avgx", 2822);
    add_statistic<[](const M& m) { return unless_empty(m, m.y_sum / m.count); }>(to, "regr_avgy", 2823);
    add_statistic<determination>(to, "regr_r2", 2824);
    add_statistic<slope>(to, "regr_slope", 2825);
    add_statistic<intercept>(to, "regr_intercept", 2826);
    add_statistic<[](const M& m) { return unless_empty(m, m.products / m.count); }>(to, "covar_pop", 2827);
    add_statistic<sample_covariance>(to, "covar_samp", 2828);
    add_statistic<correlation>(to, "corr", 2829);
}

}  // namespace forklore
