// Functions that make arrays out of arrays: append, prepend, concatenate, remove, replace, fill, trim.
#include <algorithm>

#include "base/error.hpp"
#include "queries/functions/array_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/array_operations.hpp"

namespace forklore {

namespace {

using Maybe = std::optional<Datum>;
using IntArray = ArrayOf<k_int4_array>;

const Type& result_element(const CallSite& site) { return registry().type(site.result->element); }

Datum empty_array(EvalContext& context, const CallSite& site) { return make_array(context.arena, result_element(site), {}, {}); }

/// The array with an element more, at its end or before its beginning. Its first subscript stays.
Datum extended(EvalContext& context, const CallSite& site, const Maybe& array, const Maybe& element, bool at_end) {
    const ArrayView old(array ? *array : empty_array(context, site));
    if (old.dimensions() > 1) throw Error(sqlstate::data_exception, "argument must be empty or one-dimensional array");
    ArrayDimension shape = old.dimensions() == 1 ? old.shape()[0] : ArrayDimension{};
    if (std::int64_t{shape.lower} + shape.length > std::numeric_limits<std::int32_t>::max())
        throw Error(sqlstate::numeric_value_out_of_range, "integer out of range");
    ++shape.length;
    const std::span<Datum> elements = context.arena.make_array<Datum>(old.count() + 1);
    for (std::uint32_t i = 0; i < old.count(); ++i) elements[i + (at_end ? 0 : 1)] = old[i];
    elements[at_end ? old.count() : 0] = element.value_or(Datum{});
    return make_array(context.arena, result_element(site), elements, {&shape, 1});
}

Datum append(EvalContext& context, const CallSite& site, Maybe array, Maybe element) { return extended(context, site, array, element, true); }
Datum prepend(EvalContext& context, const CallSite& site, Maybe element, Maybe array) { return extended(context, site, array, element, false); }

/// Dimensions of two arrays laid behind each other along the first: both have as many, or one is an element of the other.
ArrayShape joined_shape(const ArrayView& a, const ArrayView& b, ArrayDimension* shape) {
    const auto refuse = [](std::string detail) {
        throw Error(sqlstate::array_subscript_error, "cannot concatenate incompatible arrays").detail(std::move(detail));
    };
    const int difference = a.dimensions() - b.dimensions();
    if (difference < -1 || difference > 1)
        refuse(fmt::format("Arrays of {} and {} dimensions are not compatible for concatenation.", a.dimensions(), b.dimensions()));
    const ArrayView& whole = difference < 0 ? b : a;
    const ArrayView& other = difference < 0 ? a : b;
    const ArrayShape inner = whole.shape().subspan(1);
    if (difference == 0 && !std::ranges::equal(inner, other.shape().subspan(1)))
        refuse("Arrays with differing element dimensions are not compatible for concatenation.");
    if (difference != 0 && !std::ranges::equal(inner, other.shape()))
        refuse("Arrays with differing dimensions are not compatible for concatenation.");
    std::copy(whole.shape().begin(), whole.shape().end(), shape);
    if (__builtin_add_overflow(shape[0].length, difference == 0 ? other.shape()[0].length : 1, &shape[0].length)) shape[0].length = -1;
    return {shape, whole.shape().size()};
}

Maybe concatenate(EvalContext& context, const CallSite& site, Maybe left, Maybe right) {
    if (!left || !right) return left ? left : right;
    const ArrayView a(*left), b(*right);
    if (a.dimensions() == 0 && b.dimensions() != 0) return right;
    if (b.dimensions() == 0) return left;
    ArrayDimension dimensions[k_max_array_dimensions];
    const ArrayShape shape = joined_shape(a, b, dimensions);
    array_count(shape);
    const std::span<Datum> elements = context.arena.make_array<Datum>(std::size_t{a.count()} + b.count());
    for (std::uint32_t i = 0; i < a.count(); ++i) elements[i] = a[i];
    for (std::uint32_t i = 0; i < b.count(); ++i) elements[a.count() + i] = b[i];
    return make_array(context.arena, result_element(site), elements, shape);
}

/// Whether an element is what is looked for: nulls are alike here.
bool matches(const Type& element, const Datum& x, const Maybe& wanted) {
    if (x.is_null || !wanted) return x.is_null && !wanted;
    if (element.compare == nullptr)
        throw Error(sqlstate::undefined_function, "could not identify an equality operator for type {}", element.sql_name.empty() ? element.name : element.sql_name);
    return element.compare(element, x, *wanted) == 0;
}

Maybe remove(EvalContext& context, const CallSite& site, Maybe array, Maybe wanted) {
    if (!array) return {};
    const ArrayView old(*array);
    if (old.dimensions() > 1)
        throw Error(sqlstate::feature_not_supported, "removing elements from multidimensional arrays is not supported");
    const Type& element = element_type(site);
    std::pmr::vector<Datum> kept(&context.arena);
    for (std::uint32_t i = 0; i < old.count(); ++i)
        if (const Datum x = old[i]; !matches(element, x, wanted)) kept.push_back(x);
    if (kept.size() == old.count()) return array;
    const ArrayDimension shape{static_cast<std::int32_t>(kept.size()), old.shape()[0].lower};
    return make_array(context.arena, element, kept, {&shape, 1});
}

Maybe replace(EvalContext& context, const CallSite& site, Maybe array, Maybe wanted, Maybe replacement) {
    if (!array) return {};
    const ArrayView old(*array);
    const Type& element = element_type(site);
    const std::span<Datum> elements = array_elements(context.arena, old);
    for (Datum& x : elements)
        if (matches(element, x, wanted)) x = replacement.value_or(Datum{});
    return make_array(context.arena, element, elements, old.shape());
}

/// The integers of an array that gives dimensions or subscripts.
std::pmr::vector<std::int32_t> subscripts_of(Arena& arena, const std::optional<IntArray>& array) {
    if (!array) throw Error(sqlstate::null_value_not_allowed, "dimension array or low bound array cannot be null");
    if (array->dimensions() > 1)
        throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts").detail("Dimension array must be one dimensional.");
    if (array->has_nulls()) throw Error(sqlstate::null_value_not_allowed, "dimension values cannot be null");
    std::pmr::vector<std::int32_t> numbers(&arena);
    for (std::uint32_t i = 0; i < array->count(); ++i) numbers.push_back((*array)[i].int4);
    return numbers;
}

void check_dimensions(std::size_t count) {
    if (count > static_cast<std::size_t>(k_max_array_dimensions))
        throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})", count, k_max_array_dimensions);
}

Datum filled(EvalContext& context, const CallSite& site, const Maybe& value, std::span<const std::int32_t> lengths, std::span<const std::int32_t> lowers) {
    check_dimensions(lengths.size());
    ArrayDimension shape[k_max_array_dimensions];
    for (std::size_t i = 0; i < lengths.size(); ++i) shape[i] = {lengths[i], lowers.empty() ? 1 : lowers[i]};
    const std::uint32_t count = array_count({shape, lengths.size()});
    const std::span<Datum> elements = context.arena.make_array<Datum>(count);
    std::fill(elements.begin(), elements.end(), value.value_or(Datum{}));
    return make_array(context.arena, result_element(site), elements, {shape, lengths.size()});
}

Datum fill(EvalContext& context, const CallSite& site, Maybe value, std::optional<IntArray> lengths) {
    return filled(context, site, value, subscripts_of(context.arena, lengths), {});
}

Datum fill_from(EvalContext& context, const CallSite& site, Maybe value, std::optional<IntArray> lengths, std::optional<IntArray> lowers) {
    if (!lengths || !lowers) subscripts_of(context.arena, std::nullopt);
    const auto sizes = subscripts_of(context.arena, lengths);
    check_dimensions(sizes.size());
    const auto firsts = subscripts_of(context.arena, lowers);
    if (sizes.size() != firsts.size())
        throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts").detail("Low bound array has different size than dimensions array.");
    return filled(context, site, value, sizes, firsts);
}

Datum trim(EvalContext& context, const CallSite&, AnyArray array, std::int32_t count) {
    const std::int32_t length = array.dimensions() == 0 ? 0 : array.shape()[0].length;
    if (count < 0 || count > length)
        throw Error(sqlstate::array_subscript_error, "number of elements to trim must be between 0 and {}", length);
    const std::int32_t lower = array.dimensions() == 0 ? 1 : array.shape()[0].lower;
    const std::optional<std::int32_t> from, to = lower + length - count - 1;
    return array_slice(context.arena, array, {&from, 1}, {&to, 1});
}

}  // namespace

void register_array_editing(Registry& to) {
    constexpr Oid k_array = k_any_compatible_array, k_element = k_any_compatible;
    add_operator(to, {349, "||"}, function<append>("array_append", 378, {.arguments = {k_array, k_element}, .result = k_array}));
    add_operator(to, {374, "||"}, function<prepend>("array_prepend", 379, {.arguments = {k_element, k_array}, .result = k_array}));
    add_operator(to, {375, "||"}, function<concatenate>("array_cat", 383, {.arguments = {k_array, k_array}, .result = k_array}));
    to.add(function<remove>("array_remove", 3167, {.arguments = {k_array, k_element}, .result = k_array}));
    to.add(function<replace>("array_replace", 3168, {.arguments = {k_array, k_element, k_element}, .result = k_array}));
    to.add(function<fill>("array_fill", 1193, {.arguments = {k_any_element, k_int4_array}, .result = k_any_array}));
    to.add(function<fill_from>("array_fill", 1286, {.arguments = {k_any_element, k_int4_array, k_int4_array}, .result = k_any_array}));
    to.add(function<trim>("trim_array", 6172, {.result = k_any_array}));
}

}  // namespace forklore
