// Arrays into rows and rows into arrays: unnest, generate_subscripts, array_agg.
#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "queries/functions/array_families.hpp"
#include "queries/types/array.hpp"

namespace forklore {

namespace {

/// Yields numbered values batch by batch. \tparam Value gives the i-th
template <typename Value>
class CountedSource : public RowSource {
public:
    CountedSource(std::uint32_t count, Value value) : count_(count), value_(std::move(value)) {}

    bool next(Batch& to) override {
        if (at_ == count_) return false;
        const std::uint32_t n = std::min(k_batch_rows, count_ - at_);
        for (std::uint32_t i = 0; i < n; ++i) values_[i] = value_(at_ + i);
        at_ += n;
        to = Batch{{&column_, 1}, Rows(n)};
        return true;
    }

private:
    std::uint32_t count_, at_ = 0;
    Value value_;
    std::array<Datum, k_batch_rows> values_;
    Column column_{values_.data(), 1};
};

template <typename Value>
std::unique_ptr<RowSource> counted(std::uint32_t count, Value value) { return std::make_unique<CountedSource<Value>>(count, std::move(value)); }

std::unique_ptr<RowSource> unnest(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    const ArrayView array(arguments[0]);
    return counted(array.count(), [array](std::uint32_t i) { return array[i]; });
}

/// The subscripts of a dimension, forwards or backwards; none when there is no such dimension.
std::unique_ptr<RowSource> subscripts(EvalContext& context, const CallSite&, std::span<const Datum> arguments) {
    const ArrayView array(arguments[0]);
    const std::int32_t which = arguments[1].int4;
    const bool reverse = arguments.size() > 2 && arguments[2].boolean;
    const ArrayDimension d = which >= 1 && which <= array.dimensions() ? array.shape()[which - 1] : ArrayDimension{};
    Arena& arena = context.arena;
    return counted(static_cast<std::uint32_t>(d.length), [&arena, d, reverse](std::uint32_t i) {
        const auto step = static_cast<std::int32_t>(i);
        return SqlType<std::int32_t>::put(arena, reverse ? d.lower + d.length - 1 - step : d.lower + step);
    });
}

Function set_function(std::string name, Oid oid, Oid result, std::vector<Oid> arguments, OpenSource open) {
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::set_returning;
    f.result = result;
    f.arguments = std::move(arguments);
    f.open = open;
    return f;
}

// ---------------------------------------------------------------- array_agg

/// A growing list of datums in an arena. Old blocks are left behind, which at most doubles what is used.
struct DatumList {
    Datum* values = nullptr;
    std::uint32_t count = 0, capacity = 0;

    void add(Arena& arena, const Datum& value, bool by_reference) {
        if (count == capacity) {
            if (count >= static_cast<std::uint32_t>(k_max_array_elements))
                throw Error(sqlstate::program_limit_exceeded, "array size exceeds the maximum allowed ({})", k_max_array_elements);
            capacity = capacity == 0 ? 8 : capacity * 2;
            Datum* grown = arena.make_array<Datum>(capacity).data();
            std::copy(values, values + count, grown);
            values = grown;
        }
        Datum kept = value;
        if (by_reference && !value.is_null) kept = Datum(arena.copy(value.view()));
        values[count++] = kept;
    }
};

/// array_agg over scalars.
struct Elements {
    DatumList list;
};

/// array_agg over arrays: all of one shape, which becomes the inner dimensions.
struct Arrays {
    DatumList list;
    std::int32_t arrays = 0;
    std::int32_t dimensions = 0;
    ArrayDimension shape[k_max_array_dimensions];

    void add(Arena& arena, const Type& element, const Datum& value) {
        if (value.is_null) throw Error(sqlstate::null_value_not_allowed, "cannot accumulate null arrays");
        const ArrayView array(value);
        if (arrays == 0) {
            if (array.dimensions() == 0) throw Error(sqlstate::array_subscript_error, "cannot accumulate empty arrays");
            if (array.dimensions() + 1 > k_max_array_dimensions)
                throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})",
                            array.dimensions() + 1, k_max_array_dimensions);
            dimensions = array.dimensions() + 1;
            std::ranges::copy(array.shape(), shape + 1);
        } else if (!std::ranges::equal(array.shape(), ArrayShape(shape + 1, static_cast<std::size_t>(dimensions - 1)))) {
            throw Error(sqlstate::array_subscript_error, "cannot accumulate arrays of different dimensionality");
        }
        ++arrays;
        for (std::uint32_t i = 0; i < array.count(); ++i) list.add(arena, array[i], element.by_reference);
    }
};

template <typename State>
Function array_aggregate(Oid oid, Oid argument, decltype(AggregateCode::update) update, decltype(AggregateCode::finish) finish) {
    Function f;
    f.oid = oid;
    f.name = "array_agg";
    f.kind = FunctionKind::aggregate;
    f.result = k_any_array;
    f.arguments = {argument};
    f.strict = false;
    f.aggregate.state_size = (sizeof(State) + 15) & ~std::uint32_t{15};
    f.aggregate.initialise = [](void* state) { new (state) State(); };
    f.aggregate.update = update;
    f.aggregate.finish = finish;
    return f;
}

void update_elements(Arena& arena, EvalContext&, const CallSite& site, void* const* states, std::uint32_t stride, const Column* arguments, Rows rows) {
    const bool by_reference = site.arguments[0]->by_reference;
    rows.each([&](std::uint32_t row) { static_cast<Elements*>(states[row * stride])->list.add(arena, arguments[0][row], by_reference); });
}

Datum finish_elements(EvalContext& context, const CallSite& site, const void* state) {
    const DatumList& list = static_cast<const Elements*>(state)->list;
    if (list.count == 0) return {};
    return make_array(context.arena, registry().type(site.result->element), {list.values, list.count});
}

void update_arrays(Arena& arena, EvalContext&, const CallSite& site, void* const* states, std::uint32_t stride, const Column* arguments, Rows rows) {
    const Type& element = element_type(site);
    rows.each([&](std::uint32_t row) { static_cast<Arrays*>(states[row * stride])->add(arena, element, arguments[0][row]); });
}

Datum finish_arrays(EvalContext& context, const CallSite& site, const void* state) {
    const Arrays& all = *static_cast<const Arrays*>(state);
    if (all.arrays == 0) return {};
    ArrayDimension shape[k_max_array_dimensions];
    std::copy(std::begin(all.shape), std::end(all.shape), shape);
    shape[0] = {all.arrays, 1};
    return make_array(context.arena, registry().type(site.result->element), {all.list.values, all.list.count}, {shape, static_cast<std::size_t>(all.dimensions)});
}

}  // namespace

void register_array_sets(Registry& to) {
    to.add(set_function("unnest", 2331, k_any_element, {k_any_array}, unnest));
    to.add(set_function("generate_subscripts", 1192, k_int4, {k_any_array, k_int4}, subscripts));
    to.add(set_function("generate_subscripts", 1191, k_int4, {k_any_array, k_int4, k_bool}, subscripts));
    to.add(array_aggregate<Elements>(2335, k_any_non_array, update_elements, finish_elements));
    to.add(array_aggregate<Arrays>(4053, k_any_array, update_arrays, finish_arrays));
}

}  // namespace forklore
