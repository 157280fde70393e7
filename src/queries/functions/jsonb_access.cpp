// Operators and functions that take jsonb apart, and the casts of its scalars.
#include <cmath>

#include "base/error.hpp"
#include "queries/functions/json_families.hpp"
#include "queries/functions/list_source.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/jsonb.hpp"

namespace forklore {

namespace {

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;
using MaybeJsonb = std::optional<Jsonb>;
using MaybeView = std::optional<JsonbView>;

[[noreturn]] void refuse(std::string message) { throw Error(sqlstate::invalid_parameter_value, "{}", std::move(message)); }

MaybeView member(const JsonbView& object, Text name) {
    if (object.kind() != JsonKind::object) return {};
    const std::optional<std::uint32_t> i = object.find(name);
    return i ? MaybeView(object.value(*i)) : MaybeView();
}

/// An element; negative numbers count from the end. A scalar by itself is its own only element.
MaybeView element(const JsonbView& array, std::int32_t index) {
    if (array.is_scalar()) return index == 0 || index == -1 ? MaybeView(array) : MaybeView();
    if (array.kind() != JsonKind::array) return {};
    const std::int64_t i = index < 0 ? std::int64_t{index} + array.count() : index;
    if (i < 0 || i >= array.count()) return {};
    return array.element(static_cast<std::uint32_t>(i));
}

MaybeView at_path(const JsonbView& value, const ArrayView& path) {
    MaybeView at = value;
    for (std::uint32_t i = 0; at && i < path.count(); ++i) {
        if (path.is_null(i) || at->is_scalar()) return {};
        const Text step = path[i].view();
        if (at->kind() == JsonKind::object) {
            at = member(*at, step);
        } else {
            const std::optional<std::int32_t> index = json_subscript(step);
            at = index ? element(*at, *index) : MaybeView();
        }
    }
    return at;
}

MaybeText as_text(Arena& arena, const MaybeView& value) {
    if (!value || value->kind() == JsonKind::null) return {};
    if (value->kind() == JsonKind::string) return value->string();
    ByteWriter to;
    append_jsonb(*value, to);
    return arena.copy(to.view());
}
MaybeJsonb as_jsonb(const MaybeView& value) { return value ? MaybeJsonb(Jsonb{value->bytes()}) : MaybeJsonb(); }

/// Whether a string is a key of an object, an element of an array, or the string itself.
bool exists(const JsonbView& value, Text name) {
    if (value.kind() == JsonKind::object) return value.find(name).has_value();
    if (value.kind() == JsonKind::string) return value.string() == name;
    for (std::uint32_t i = 0; i < value.count(); ++i)
        if (value.element(i).kind() == JsonKind::string && value.element(i).string() == name) return true;
    return false;
}
template <bool all>
bool exist(Jsonb value, TextArray names) {
    for (std::uint32_t i = 0; i < names.count(); ++i)
        if (!names.is_null(i) && exists(JsonbView(value.bytes), names[i].view()) != all) return !all;
    return all;
}

std::int32_t array_length(Jsonb value) {
    const JsonbView view(value.bytes);
    if (view.is_scalar()) refuse("cannot get array length of a scalar");
    if (view.kind() != JsonKind::array) refuse("cannot get array length of a non-array");
    return static_cast<std::int32_t>(view.count());
}

// ---------------------------------------------------------------- rows

Datum shown(Arena& arena, const JsonbView& value, bool text) {
    if (!text) return Datum(value.bytes());
    const MaybeText shown = as_text(arena, value);
    return shown ? Datum(*shown) : Datum{};
}

template <bool text>
std::unique_ptr<RowSource> elements(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    const JsonbView array(arguments[0].view());
    if (array.is_scalar()) refuse("cannot extract elements from a scalar");
    if (array.kind() != JsonKind::array) refuse("cannot extract elements from an object");
    auto rows = std::make_unique<ListSource>(1);
    for (std::uint32_t i = 0; i < array.count(); ++i) rows->add({shown(rows->arena(), array.element(i), text)});
    return rows;
}

template <bool text>
std::unique_ptr<RowSource> members(EvalContext&, const CallSite& site, std::span<const Datum> arguments) {
    const JsonbView object(arguments[0].view());
    if (object.kind() != JsonKind::object) refuse(fmt::format("cannot call {} on a non-object", site.function->name));
    auto rows = std::make_unique<ListSource>(2);
    for (std::uint32_t i = 0; i < object.count(); ++i) rows->add({Datum(object.key(i)), shown(rows->arena(), object.value(i), text)});
    return rows;
}

std::unique_ptr<RowSource> keys(EvalContext&, const CallSite& site, std::span<const Datum> arguments) {
    const JsonbView object(arguments[0].view());
    if (object.is_scalar()) refuse(fmt::format("cannot call {} on a scalar", site.function->name));
    if (object.kind() != JsonKind::object) refuse(fmt::format("cannot call {} on an array", site.function->name));
    auto rows = std::make_unique<ListSource>(1);
    for (std::uint32_t i = 0; i < object.count(); ++i) rows->add({Datum(object.key(i))});
    return rows;
}

// ---------------------------------------------------------------- casts

JsonbView scalar_of(Jsonb value, JsonKind wanted, Text target) {
    const JsonbView view(value.bytes);
    if (view.kind() != wanted) {
        const Text kind = view.kind() == JsonKind::number ? "numeric" : jsonb_kind_name(view.kind());
        refuse(fmt::format("cannot cast jsonb {} to type {}", kind, target));
    }
    return view;
}

template <typename T>
T to_integer(Jsonb value, Text target, Text out_of_range) {
    std::int64_t number = 0;
    if (!numeric_to_int8(scalar_of(value, JsonKind::number, target).number(), number) || number != static_cast<T>(number))
        throw Error(sqlstate::numeric_value_out_of_range, "{} out of range", out_of_range);
    return static_cast<T>(number);
}

}  // namespace

void register_jsonb_access(Registry& to) {
    using E = EvalContext&;
    using V = JsonbView;
    auto variadic = [](Function f) {
        f.variadic = true;
        return f;
    };
    add_operator(to, {3211, "->"}, function<[](Jsonb j, Text name) { return as_jsonb(member(V(j.bytes), name)); }>("jsonb_object_field", 3478));
    add_operator(to, {3477, "->>"}, function<[](E c, Jsonb j, Text name) { return as_text(c.arena, member(V(j.bytes), name)); }>("jsonb_object_field_text", 3214));
    add_operator(to, {3212, "->"}, function<[](Jsonb j, std::int32_t i) { return as_jsonb(element(V(j.bytes), i)); }>("jsonb_array_element", 3215));
    add_operator(to, {3481, "->>"}, function<[](E c, Jsonb j, std::int32_t i) { return as_text(c.arena, element(V(j.bytes), i)); }>("jsonb_array_element_text", 3216));
    add_operator(to, {3213, "#>"}, variadic(function<[](Jsonb j, TextArray p) { return as_jsonb(at_path(V(j.bytes), p)); }>("jsonb_extract_path", 3217)));
    add_operator(to, {3206, "#>>"}, variadic(function<[](E c, Jsonb j, TextArray p) { return as_text(c.arena, at_path(V(j.bytes), p)); }>("jsonb_extract_path_text", 3940)));
    add_operator(to, {3246, "@>", "<@"}, function<[](Jsonb a, Jsonb b) { return jsonb_contains(V(a.bytes), V(b.bytes)); }>("jsonb_contains", 4046));
    add_operator(to, {3250, "<@", "@>"}, function<[](Jsonb a, Jsonb b) { return jsonb_contains(V(b.bytes), V(a.bytes)); }>("jsonb_contained", 4050));
    add_operator(to, {3247, "?"}, function<[](Jsonb j, Text name) { return exists(V(j.bytes), name); }>("jsonb_exists", 4047));
    add_operator(to, {3248, "?|"}, function<exist<false>>("jsonb_exists_any", 4048));
    add_operator(to, {3249, "?&"}, function<exist<true>>("jsonb_exists_all", 4049));
    to.add(function<array_length>("jsonb_array_length", 3207));
    to.add(function<[](Jsonb j) { return jsonb_kind_name(V(j.bytes).kind()); }>("jsonb_typeof", 3210));
    to.add(json_set_function("jsonb_array_elements", 3219, k_jsonb, k_jsonb, elements<false>, {{"value", k_jsonb}}));
    to.add(json_set_function("jsonb_array_elements_text", 3465, k_text, k_jsonb, elements<true>, {{"value", k_text}}));
    to.add(json_set_function("jsonb_each", 3208, k_record, k_jsonb, members<false>, {{"key", k_text}, {"value", k_jsonb}}));
    to.add(json_set_function("jsonb_each_text", 3932, k_record, k_jsonb, members<true>, {{"key", k_text}, {"value", k_text}}));
    to.add(json_set_function("jsonb_object_keys", 3931, k_text, k_jsonb, keys));

    using enum CastContext;
    add_cast(to, function<[](Jsonb j) { return scalar_of(j, JsonKind::boolean, "boolean").boolean(); }>("bool", 3556), explicit_);
    add_cast(to, function<[](Jsonb j) { return scalar_of(j, JsonKind::number, "numeric").number(); }>("numeric", 3449), explicit_);
    add_cast(to, function<[](Jsonb j) { return to_integer<std::int16_t>(j, "smallint", "smallint"); }>("int2", 3450), explicit_);
    add_cast(to, function<[](Jsonb j) { return to_integer<std::int32_t>(j, "integer", "integer"); }>("int4", 3451), explicit_);
    add_cast(to, function<[](Jsonb j) { return to_integer<std::int64_t>(j, "bigint", "bigint"); }>("int8", 3452), explicit_);
    add_cast(to, function<[](Jsonb j) { return static_cast<float>(numeric_to_double(scalar_of(j, JsonKind::number, "real").number())); }>("float4", 3453), explicit_);
    add_cast(to, function<[](Jsonb j) { return numeric_to_double(scalar_of(j, JsonKind::number, "double precision").number()); }>("float8", 2580), explicit_);
}

}  // namespace forklore
