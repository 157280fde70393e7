/// \file
/// generate_series of numbers.
#include <array>

#include "base/error.hpp"
#include "queries/functions/families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/numeric.hpp"

namespace forklore {

namespace {

[[noreturn]] void throw_zero_step() {
    throw Error(sqlstate::invalid_parameter_value, "step size cannot equal zero");
}

/// Integers from first to last. Each batch is written over the one before.
template <typename T>
class IntegerSeries : public RowSource {
public:
    IntegerSeries(T first, T last, T step) : next_(first), last_(last), step_(step) {
        if (step == 0) throw_zero_step();
        for (Datum& value : values_) value.is_null = false;
    }

    bool next(Batch& to) override {
        if (done_) return false;
        std::uint32_t count = 0;
        T value = next_;
        if (step_ == 1 && value <= last_ && std::uint64_t(last_) - std::uint64_t(value) >= k_batch_rows) {
            // A whole batch of neighbours, as nearly all are: nothing to check for each.
            for (; count < k_batch_rows; ++count) put(count, static_cast<T>(value + static_cast<T>(count)));
            value = static_cast<T>(value + static_cast<T>(k_batch_rows));
        } else {
            while (count < k_batch_rows && (step_ > 0 ? value <= last_ : value >= last_)) {
                put(count++, value);
                // The end of the type's range ends the series.
                if (__builtin_add_overflow(value, step_, &value)) {
                    done_ = true;
                    break;
                }
            }
            if (count == 0) return false;
        }
        next_ = value;
        to = Batch{{&column_, 1}, Rows(count)};
        return true;
    }

private:
    void put(std::uint32_t i, T value) {
        if constexpr (sizeof(T) == 4) values_[i].int4 = value;
        else values_[i].int8 = value;
    }

    T next_, last_, step_;
    bool done_ = false;
    std::array<Datum, k_batch_rows> values_;
    Column column_{values_.data(), 1};
};

template <typename T>
std::unique_ptr<RowSource> integer_series(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    T step = arguments.size() > 2 ? SqlType<T>::get(arguments[2]) : T{1};
    return std::make_unique<IntegerSeries<T>>(SqlType<T>::get(arguments[0]), SqlType<T>::get(arguments[1]), step);
}

/// Numerics from first to last.
class NumericSeries : public RowSource {
public:
    NumericSeries(const Numeric& first, const Numeric& last, const Numeric& step)
        : next_(kept(first)), last_(kept(last)), step_(kept(step)) {
        auto check = [](const Numeric& value, const char* what) {
            if (!value.is_finite())
                throw Error(sqlstate::invalid_parameter_value, "{} cannot be {}", what, value.is_nan() ? "NaN" : "infinity");
        };
        check(first, "start value");
        check(last, "stop value");
        check(step, "step size");
        if (step.sign() == 0) throw_zero_step();
    }

    bool next(Batch& to) override {
        arena_.reset();
        Numeric value = Numeric::decode(next_);
        const Numeric last = Numeric::decode(last_), step = Numeric::decode(step_);
        std::uint32_t count = 0;
        while (count < k_batch_rows && numeric_compare(value, last) * step.sign() <= 0) {
            values_[count++] = SqlType<Numeric>::put(arena_, value);
            value = numeric_add(arena_, value, step);
        }
        if (count == 0) return false;
        next_ = kept(value);
        to = Batch{{&column_, 1}, Rows(count)};
        return true;
    }

private:
    static std::string kept(const Numeric& value) {
        Arena scratch(64);
        return std::string(value.encode(scratch));
    }

    std::string next_, last_, step_;
    Arena arena_;
    std::array<Datum, k_batch_rows> values_;
    Column column_{values_.data(), 1};
};

std::unique_ptr<RowSource> numeric_series(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    auto argument = [&](std::size_t i) { return SqlType<Numeric>::get(arguments[i]); };
    return std::make_unique<NumericSeries>(argument(0), argument(1), arguments.size() > 2 ? argument(2) : Numeric(1));
}

void add_series(Registry& to, Oid type, Oid oid, Oid oid_with_step, OpenSource open) {
    Function f;
    f.oid = oid;
    f.name = "generate_series";
    f.kind = FunctionKind::set_returning;
    f.result = type;
    f.arguments = {type, type};
    f.open = open;
    to.add(f);
    f.oid = oid_with_step;
    f.arguments.push_back(type);
    to.add(std::move(f));
}

}  // namespace

void register_integer_series(Registry& to) {
    add_series(to, k_int4, 1067, 1066, integer_series<std::int32_t>);
    add_series(to, k_int8, 1069, 1068, integer_series<std::int64_t>);
}

void register_numeric_series(Registry& to) { add_series(to, k_numeric, 3260, 3259, numeric_series); }

}  // namespace forklore
