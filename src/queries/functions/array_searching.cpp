// array_position, array_positions, width_bucket over an array of thresholds.
#include "base/error.hpp"
#include "queries/functions/array_families.hpp"
#include "queries/types/array.hpp"

namespace forklore {

namespace {

using Maybe = std::optional<Datum>;
using MaybeArray = std::optional<AnyArray>;
using MaybeInt = std::optional<std::int32_t>;

void check_dimensions(const ArrayView& array) {
    if (array.dimensions() > 1)
        throw Error(sqlstate::feature_not_supported, "searching for elements in multidimensional arrays is not supported");
}

/// Whether element and value are the same; two nulls are.
bool same(const Type& element, const Datum& x, const Maybe& value) {
    if (x.is_null || !value) return x.is_null && !value;
    if (element.compare == nullptr)
        throw Error(sqlstate::undefined_function, "could not identify an equality operator for type {}", element.sql_name.empty() ? element.name : element.sql_name);
    return element.compare(element, x, *value) == 0;
}

MaybeInt find_from(const CallSite& site, const ArrayView& array, const Maybe& value, std::int32_t first) {
    if (array.dimensions() == 0) return {};
    const Type& element = element_type(site);
    const std::int32_t lower = array.shape()[0].lower;
    const std::int64_t begin = std::max<std::int64_t>(0, std::int64_t{first} - lower);
    for (std::int64_t i = begin; i < array.count(); ++i)
        if (same(element, array[static_cast<std::uint32_t>(i)], value)) return static_cast<std::int32_t>(lower + i);
    return {};
}

MaybeInt position(EvalContext&, const CallSite& site, MaybeArray array, Maybe value) {
    if (!array) return {};
    check_dimensions(*array);
    return find_from(site, *array, value, std::numeric_limits<std::int32_t>::min());
}

MaybeInt position_from(EvalContext&, const CallSite& site, MaybeArray array, Maybe value, MaybeInt first) {
    if (!array) return {};
    check_dimensions(*array);
    if (array->dimensions() == 0) return {};
    if (!first) throw Error(sqlstate::null_value_not_allowed, "initial position must not be null");
    return find_from(site, *array, value, *first);
}

Maybe positions(EvalContext& context, const CallSite& site, MaybeArray array, Maybe value) {
    if (!array) return {};
    check_dimensions(*array);
    const Type& element = element_type(site);
    std::pmr::vector<Datum> found(&context.arena);
    for (std::uint32_t i = 0; i < array->count(); ++i)
        if (same(element, (*array)[i], value))
            found.push_back(SqlType<std::int32_t>::put(context.arena, array->shape()[0].lower + static_cast<std::int32_t>(i)));
    return make_array(context.arena, registry().type(k_int4), found);
}

/// How many thresholds (ascending) a value reaches.
std::int32_t bucket(EvalContext&, const CallSite& site, Datum value, AnyArray thresholds) {
    if (thresholds.dimensions() > 1) throw Error(sqlstate::array_subscript_error, "thresholds must be one-dimensional array");
    if (thresholds.has_nulls()) throw Error(sqlstate::null_value_not_allowed, "thresholds array must not contain NULLs");
    const Type& element = element_type(site, 1);
    if (element.compare == nullptr)
        throw Error(sqlstate::undefined_function, "could not identify a comparison function for type {}", element.sql_name.empty() ? element.name : element.sql_name);
    std::uint32_t low = 0, high = thresholds.count();
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (element.compare(element, value, thresholds[middle]) < 0) high = middle;
        else low = middle + 1;
    }
    return static_cast<std::int32_t>(low);
}

}  // namespace

void register_array_searching(Registry& to) {
    constexpr Oid k_array = k_any_compatible_array, k_element = k_any_compatible;
    to.add(function<position>("array_position", 3277, {.arguments = {k_array, k_element}}));
    to.add(function<position_from>("array_position", 3278, {.arguments = {k_array, k_element, k_int4}}));
    to.add(function<positions>("array_positions", 3279, {.arguments = {k_array, k_element}, .result = k_int4_array}));
    to.add(function<bucket>("width_bucket", 3218, {.arguments = {k_element, k_array}}));
}

}  // namespace forklore
