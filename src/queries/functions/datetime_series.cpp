// generate_series over timestamps.
#include <array>

#include "base/error.hpp"
#include "queries/functions/datetime_arithmetic.hpp"
#include "queries/functions/datetime_families.hpp"

namespace forklore {

namespace {

/// Moments from a first to a last one, an interval apart; months and days are counted on the calendar.
template <typename T>
class Series : public RowSource {
public:
    Series(T first, T last, Interval step) : at_(first), last_(last), step_(step), forward_(Interval{} < step) {
        if (step == Interval{}) throw Error(sqlstate::invalid_parameter_value, "step size cannot equal zero");
    }

    bool next(Batch& to) override {
        std::uint32_t n = 0;
        while (n < k_batch_rows && !done_ && (forward_ ? at_ <= last_ : last_ <= at_)) {
            values_[n].int8 = at_.us;
            values_[n++].is_null = false;
            // An infinite moment never moves on.
            if (!at_.finite()) done_ = true;
            else at_ = add(at_, step_);
        }
        if (n == 0) return false;
        to = Batch{{&column_, 1}, Rows(n)};
        return true;
    }

private:
    T at_, last_;
    Interval step_;
    bool forward_, done_ = false;
    std::array<Datum, k_batch_rows> values_;
    Column column_{values_.data(), 1};
};

template <typename T>
Function series(Oid oid, Volatility volatility) {
    Function f;
    f.oid = oid;
    f.name = "generate_series";
    f.kind = FunctionKind::set_returning;
    f.result = SqlType<T>::oid;
    f.arguments = {SqlType<T>::oid, SqlType<T>::oid, k_interval};
    f.volatility = volatility;
    f.open = [](EvalContext&, const CallSite&, std::span<const Datum> a) -> std::unique_ptr<RowSource> {
        return std::make_unique<Series<T>>(SqlType<T>::get(a[0]), SqlType<T>::get(a[1]), SqlType<Interval>::get(a[2]));
    };
    return f;
}

}  // namespace

void register_datetime_series(Registry& to) {
    to.add(series<Timestamp>(938, Volatility::immutable));
    to.add(series<TimestampTz>(939, Volatility::stable));
}

}  // namespace forklore
