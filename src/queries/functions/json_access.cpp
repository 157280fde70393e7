// Operators and functions that take json apart. The text is walked over each time: json is kept as it came.
#include <charconv>

#include "base/error.hpp"
#include "queries/functions/json_families.hpp"
#include "queries/functions/list_source.hpp"
#include "queries/functions/operators.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/types/jsonb.hpp"

namespace forklore {

std::optional<std::int32_t> json_subscript(std::string_view text) {
    std::int32_t value = 0;
    const std::from_chars_result result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return {};
    return value;
}

Function json_set_function(std::string name, Oid oid, Oid result, Oid argument, OpenSource open, std::vector<OutColumn> columns) {
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::set_returning;
    f.result = result;
    f.arguments = {argument};
    f.open = open;
    f.out_columns = std::move(columns);
    return f;
}

namespace {

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;
using MaybeJson = std::optional<Json>;

/// A string in a JSON text, unescaped the way jsonb does it (which may fail where plain json was satisfied).
Text unescaped(Arena& arena, Text written) {
    struct Keep : JsonHandler {
        void string(Text text) override { value = text; }
        Text value;
    } keep;
    if (written.find('\\') == Text::npos) return written.substr(1, written.size() - 2);
    parse_json(written, keep, &arena);
    return keep.value;
}

Text trimmed(Text text) {
    constexpr Text k_blanks = " \t\n\r";
    const std::size_t first = text.find_first_not_of(k_blanks);
    return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

/// A member's name, or none when the text is no object.
MaybeText member(Arena& arena, Text object, Text name) {
    if (json_kind(object) != JsonKind::object) return {};
    MaybeText found;  // of equal names the last counts
    for (JsonCursor cursor(object); cursor.next();)
        if (unescape_json(arena, cursor.key()) == name) found = cursor.value();
    return found;
}

std::int32_t length(Text array) {
    std::int32_t n = 0;
    for (JsonCursor cursor(array); cursor.next();) ++n;
    return n;
}

/// An element; negative numbers count from the end.
MaybeText element(Text array, std::int32_t index) {
    if (json_kind(array) != JsonKind::array) return {};
    if (index < 0) index += length(array);
    if (index < 0) return {};
    for (JsonCursor cursor(array); cursor.next();)
        if (index-- == 0) return cursor.value();
    return {};
}

MaybeText at_path(Arena& arena, Text value, const ArrayView& path) {
    MaybeText at = value;
    for (std::uint32_t i = 0; at && i < path.count(); ++i) {
        if (path.is_null(i)) return {};
        const Text step = path[i].view();
        if (json_kind(*at) == JsonKind::object) {
            at = member(arena, *at, step);
        } else {
            const std::optional<std::int32_t> index = json_subscript(step);
            at = index ? element(*at, *index) : MaybeText();
        }
    }
    return at;
}

/// A value as ->> shows it: strings without quotes, null as SQL's null.
MaybeText as_text(Arena& arena, MaybeText value) {
    if (!value) return {};
    const Text text = trimmed(*value);
    switch (json_kind(text)) {
        case JsonKind::null: return {};
        case JsonKind::string: return unescaped(arena, text);
        default: return text;
    }
}
MaybeJson as_json(MaybeText value) { return value ? MaybeJson(Json{*value}) : MaybeJson(); }

[[noreturn]] void refuse(std::string message) { throw Error(sqlstate::invalid_parameter_value, "{}", std::move(message)); }

bool is_scalar(Text json) { return json_kind(json) != JsonKind::array && json_kind(json) != JsonKind::object; }

std::int32_t array_length(Json json) {
    if (is_scalar(json.bytes)) refuse("cannot get array length of a scalar");
    if (json_kind(json.bytes) != JsonKind::array) refuse("cannot get array length of a non-array");
    return length(json.bytes);
}

// ---------------------------------------------------------------- rows

Datum text_or_null(MaybeText text) { return text ? Datum(*text) : Datum{}; }

template <bool text>
std::unique_ptr<RowSource> elements(EvalContext&, const CallSite& site, std::span<const Datum> arguments) {
    const Text json = arguments[0].view();
    if (is_scalar(json)) refuse(fmt::format("cannot call {} on a scalar", site.function->name));
    if (json_kind(json) != JsonKind::array) refuse(fmt::format("cannot call {} on a non-array", site.function->name));
    auto rows = std::make_unique<ListSource>(1);
    for (JsonCursor cursor(json); cursor.next();)
        rows->add({text ? text_or_null(as_text(rows->arena(), cursor.value())) : Datum(cursor.value())});
    return rows;
}

template <bool text>
std::unique_ptr<RowSource> members(EvalContext&, const CallSite&, std::span<const Datum> arguments) {
    const Text json = arguments[0].view();
    if (is_scalar(json)) refuse("cannot deconstruct a scalar");
    if (json_kind(json) != JsonKind::object) refuse("cannot deconstruct an array as an object");
    auto rows = std::make_unique<ListSource>(2);
    for (JsonCursor cursor(json); cursor.next();)
        rows->add({Datum(unescape_json(rows->arena(), cursor.key())),
                   text ? text_or_null(as_text(rows->arena(), cursor.value())) : Datum(cursor.value())});
    return rows;
}

std::unique_ptr<RowSource> keys(EvalContext&, const CallSite& site, std::span<const Datum> arguments) {
    const Text json = arguments[0].view();
    if (is_scalar(json)) refuse(fmt::format("cannot call {} on a scalar", site.function->name));
    if (json_kind(json) != JsonKind::object) refuse(fmt::format("cannot call {} on an array", site.function->name));
    auto rows = std::make_unique<ListSource>(1);
    for (JsonCursor cursor(json); cursor.next();) rows->add({Datum(unescape_json(rows->arena(), cursor.key()))});
    return rows;
}

/// Writes a text again without members that are null.
void strip_nulls(Arena& arena, Text json, ByteWriter& to) {
    check_stack_depth();
    const JsonKind kind = json_kind(json);
    if (kind == JsonKind::string) return append_json_string(unescaped(arena, trimmed(json)), to);
    if (kind != JsonKind::array && kind != JsonKind::object) return to.append(trimmed(json));
    to.put_char(kind == JsonKind::array ? '[' : '{');
    bool first = true;
    for (JsonCursor cursor(json); cursor.next();) {
        if (kind == JsonKind::object && json_kind(cursor.value()) == JsonKind::null) continue;
        if (!first) to.put_char(',');
        first = false;
        if (kind == JsonKind::object) {
            append_json_string(unescape_json(arena, cursor.key()), to);
            to.put_char(':');
        }
        strip_nulls(arena, cursor.value(), to);
    }
    to.put_char(kind == JsonKind::array ? ']' : '}');
}

Json stripped(EvalContext& context, Json json) {
    ByteWriter to;
    strip_nulls(context.arena, json.bytes, to);
    return {context.arena.copy(to.view())};
}

}  // namespace

void register_json_access(Registry& to) {
    using E = EvalContext&;
    auto variadic = [](Function f) {
        f.variadic = true;
        return f;
    };
    add_operator(to, {3962, "->"}, function<[](E c, Json j, Text name) { return as_json(member(c.arena, j.bytes, name)); }>("json_object_field", 3947));
    add_operator(to, {3963, "->>"}, function<[](E c, Json j, Text name) { return as_text(c.arena, member(c.arena, j.bytes, name)); }>("json_object_field_text", 3948));
    add_operator(to, {3964, "->"}, function<[](Json j, std::int32_t i) { return as_json(element(j.bytes, i)); }>("json_array_element", 3949));
    add_operator(to, {3965, "->>"}, function<[](E c, Json j, std::int32_t i) { return as_text(c.arena, element(j.bytes, i)); }>("json_array_element_text", 3950));
    add_operator(to, {3966, "#>"}, variadic(function<[](E c, Json j, TextArray p) { return as_json(at_path(c.arena, j.bytes, p)); }>("json_extract_path", 3951)));
    add_operator(to, {3967, "#>>"}, variadic(function<[](E c, Json j, TextArray p) { return as_text(c.arena, at_path(c.arena, j.bytes, p)); }>("json_extract_path_text", 3953)));
    to.add(function<array_length>("json_array_length", 3956));
    to.add(function<[](Json j) { return jsonb_kind_name(json_kind(j.bytes)); }>("json_typeof", 3968));
    to.add(function<stripped>("json_strip_nulls", 3261));
    to.add(json_set_function("json_array_elements", 3955, k_json, k_json, elements<false>, {{"value", k_json}}));
    to.add(json_set_function("json_array_elements_text", 3969, k_text, k_json, elements<true>, {{"value", k_text}}));
    to.add(json_set_function("json_each", 3958, k_record, k_json, members<false>, {{"key", k_text}, {"value", k_json}}));
    to.add(json_set_function("json_each_text", 3959, k_record, k_json, members<true>, {{"key", k_text}, {"value", k_text}}));
    to.add(json_set_function("json_object_keys", 3957, k_text, k_json, keys));
}

}  // namespace forklore
