// Comparisons of arrays, containment and overlap; min and max; and what an array says of its shape.
#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/functions/array_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/array.hpp"
#include "queries/types/array_type.hpp"

namespace forklore {

namespace {

std::string_view title(const Type& type) { return type.sql_name.empty() ? type.name : type.sql_name; }

const Type& with_equality(const Type& element) {
    if (element.compare == nullptr) throw Error(sqlstate::undefined_function, "could not identify an equality operator for type {}", title(element));
    return element;
}
const Type& with_order(const Type& element) {
    if (element.compare == nullptr) throw Error(sqlstate::undefined_function, "could not identify a comparison function for type {}", title(element));
    return element;
}

bool equal(const CallSite& site, const Datum& a, const Datum& b) {
    with_equality(element_type(site));
    return array_compare(*site.arguments[0], a, b) == 0;
}
int order(const CallSite& site, const Datum& a, const Datum& b) {
    with_order(element_type(site));
    return array_compare(*site.arguments[0], a, b);
}

bool contains_element(const Type& element, const ArrayView& array, const Datum& value) {
    for (std::uint32_t i = 0; i < array.count(); ++i)
        if (!array.is_null(i) && element.compare(element, array[i], value) == 0) return true;
    return false;
}

/// Whether all (or any) elements of one array are in another. A null is in none.
template <bool all>
bool found_in(const CallSite& site, const ArrayView& these, const ArrayView& in) {
    const Type& element = with_equality(element_type(site));
    for (std::uint32_t i = 0; i < these.count(); ++i) {
        const bool found = !these.is_null(i) && contains_element(element, in, these[i]);
        if (found != all) return !all;
    }
    return all;
}

/// The state of min and max: a copy of the best array so far.
struct ExtremeArray {
    const char* bytes = nullptr;
    std::uint32_t size = 0;
};

template <bool want_greater>
Function extreme(std::string name, Oid oid) {
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::aggregate;
    f.result = k_any_array;
    f.arguments = {k_any_array};
    f.strict = false;
    f.aggregate.state_size = (sizeof(ExtremeArray) + 15) & ~std::uint32_t{15};
    f.aggregate.initialise = [](void* state) { new (state) ExtremeArray(); };
    f.aggregate.update = [](Arena& arena, EvalContext&, const CallSite& site, void* const* states, std::uint32_t stride, const Column* arguments, Rows rows) {
        rows.each([&](std::uint32_t row) {
            const Datum& value = arguments[0][row];
            if (value.is_null) return;
            auto& best = *static_cast<ExtremeArray*>(states[row * stride]);
            if (best.bytes != nullptr) {
                const int comparison = order(site, value, Datum(std::string_view(best.bytes, best.size)));
                if (want_greater ? comparison <= 0 : comparison >= 0) return;
            }
            const std::string_view copy = arena.copy(value.view());
            best = {copy.data(), static_cast<std::uint32_t>(copy.size())};
        });
    };
    f.aggregate.finish = [](EvalContext& context, const CallSite&, const void* state) {
        const auto& best = *static_cast<const ExtremeArray*>(state);
        return best.bytes == nullptr ? Datum{} : Datum(context.arena.copy({best.bytes, best.size}));
    };
    return f;
}

/// Adds an operator over two arrays.
template <auto F>
void add(Registry& to, const OperatorName& op, std::string name, Oid oid) {
    add_operator(to, op, function<F>(std::move(name), oid, {.arguments = {k_any_array, k_any_array}}));
}

// ---------------------------------------------------------------- shape

using MaybeInt = std::optional<std::int32_t>;

MaybeInt number_of_dimensions(AnyArray array) { return array.dimensions() == 0 ? MaybeInt() : array.dimensions(); }

std::optional<std::string> dimensions_text(AnyArray array) {
    if (array.dimensions() == 0) return {};
    std::string text;
    for (const ArrayDimension& d : array.shape()) text += fmt::format("[{}:{}]", d.lower, d.lower + d.length - 1);
    return text;
}

std::optional<ArrayDimension> dimension(const ArrayView& array, std::int32_t which) {
    if (which < 1 || which > array.dimensions()) return {};
    return array.shape()[which - 1];
}
MaybeInt length(AnyArray array, std::int32_t which) {
    const auto d = dimension(array, which);
    return d ? MaybeInt(d->length) : MaybeInt();
}
MaybeInt lower(AnyArray array, std::int32_t which) {
    const auto d = dimension(array, which);
    return d ? MaybeInt(d->lower) : MaybeInt();
}
MaybeInt upper(AnyArray array, std::int32_t which) {
    const auto d = dimension(array, which);
    return d ? MaybeInt(d->lower + d->length - 1) : MaybeInt();
}

}  // namespace

void register_array_operators(Registry& to) {
    using D = Datum;
    using S = const CallSite&;
    using E = EvalContext&;
    add<[](E, S s, D a, D b) { return equal(s, a, b); }>(to, {1070, "=", "=", "<>"}, "array_eq", 744);
    add<[](E, S s, D a, D b) { return !equal(s, a, b); }>(to, {1071, "<>", "<>", "="}, "array_ne", 390);
    add<[](E, S s, D a, D b) { return order(s, a, b) < 0; }>(to, {1072, "<", ">", ">="}, "array_lt", 391);
    add<[](E, S s, D a, D b) { return 0 < order(s, a, b); }>(to, {1073, ">", "<", "<="}, "array_gt", 392);
    add<[](E, S s, D a, D b) { return order(s, a, b) <= 0; }>(to, {1074, "<=", ">=", ">"}, "array_le", 393);
    add<[](E, S s, D a, D b) { return 0 <= order(s, a, b); }>(to, {1075, ">=", "<=", "<"}, "array_ge", 396);
    add<[](E, S s, AnyArray a, AnyArray b) { return found_in<false>(s, a, b); }>(to, {2750, "&&", "&&"}, "arrayoverlap", 2747);
    add<[](E, S s, AnyArray a, AnyArray b) { return found_in<true>(s, b, a); }>(to, {2751, "@>", "<@"}, "arraycontains", 2748);
    add<[](E, S s, AnyArray a, AnyArray b) { return found_in<true>(s, a, b); }>(to, {2752, "<@", "@>"}, "arraycontained", 2749);
    const Declared two{.arguments = {k_any_array, k_any_array}};
    const Declared pick{.arguments = {k_any_array, k_any_array}, .result = k_any_array};
    to.add(function<[](E, S s, D a, D b) { return static_cast<std::int32_t>(order(s, a, b)); }>("btarraycmp", 382, two));
    to.add(function<[](E, S s, D a, D b) { return order(s, a, b) < 0 ? b : a; }>("array_larger", 515, pick));
    to.add(function<[](E, S s, D a, D b) { return order(s, a, b) < 0 ? a : b; }>("array_smaller", 516, pick));
    to.add(extreme<true>("max", 2050));
    to.add(extreme<false>("min", 2051));

    to.add(function<number_of_dimensions>("array_ndims", 748));
    to.add(function<dimensions_text>("array_dims", 747));
    to.add(function<length>("array_length", 2176));
    to.add(function<lower>("array_lower", 2091));
    to.add(function<upper>("array_upper", 2092));
    to.add(function<[](AnyArray array) { return static_cast<std::int32_t>(array.count()); }>("cardinality", 3179));
}

void register_arrays(Registry& to) {
    register_array_operators(to);
    register_array_editing(to);
    register_array_searching(to);
    register_array_text(to);
    register_array_sets(to);
}

}  // namespace forklore
