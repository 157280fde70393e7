// Functions that make jsonb out of jsonb: || - #- jsonb_set, jsonb_insert, jsonb_strip_nulls, jsonb_pretty.
#include "base/error.hpp"
#include "queries/functions/json_families.hpp"
#include "queries/functions/operators.hpp"
#include "queries/types/jsonb.hpp"

namespace forklore {

namespace {

using Text = std::string_view;
using V = JsonbView;

[[noreturn]] void refuse(Text message) { throw Error(sqlstate::invalid_parameter_value, "{}", message); }

void erase_key(JsonbNode& object, Text key) {
    std::erase_if(*object.members, [key](const auto& member) { return member.first == key; });
}

/// As an array: itself, or alone in one.
JsonbNode as_array(JsonbBuilder& builder, const V& value) {
    if (value.kind() == JsonKind::array) return builder.open(value);
    JsonbNode node = builder.array();
    node.elements->push_back(builder.copy(value));
    return node;
}

Jsonb concatenate(EvalContext& context, Jsonb left, Jsonb right) {
    const V a(left.bytes), b(right.bytes);
    JsonbBuilder builder(context.arena);
    if (a.kind() == JsonKind::object && b.kind() == JsonKind::object) {
        JsonbNode node = builder.open(a);
        for (std::uint32_t i = 0; i < b.count(); ++i) node.members->emplace_back(b.key(i), builder.copy(b.value(i)));
        return {builder.finish(node)};
    }
    JsonbNode node = as_array(builder, a);
    const JsonbNode more = as_array(builder, b);
    node.elements->insert(node.elements->end(), more.elements->begin(), more.elements->end());
    return {builder.finish(node)};
}

void erase_name(JsonbNode& node, Text name) {
    if (node.kind == JsonKind::object) return erase_key(node, name);
    std::erase_if(*node.elements, [name](const JsonbNode& element) {
        return element.kind == JsonKind::string && V(element.finished).string() == name;
    });
}

Jsonb without_name(EvalContext& context, Jsonb value, Text name) {
    if (V(value.bytes).is_scalar()) refuse("cannot delete from scalar");
    JsonbBuilder builder(context.arena);
    JsonbNode node = builder.open(V(value.bytes));
    erase_name(node, name);
    return {builder.finish(node)};
}

Jsonb without_names(EvalContext& context, Jsonb value, TextArray names) {
    if (names.dimensions() > 1) throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts");
    if (V(value.bytes).is_scalar()) refuse("cannot delete from scalar");
    JsonbBuilder builder(context.arena);
    JsonbNode node = builder.open(V(value.bytes));
    for (std::uint32_t i = 0; i < names.count(); ++i)
        if (!names.is_null(i)) erase_name(node, names[i].view());
    return {builder.finish(node)};
}

Jsonb without_element(EvalContext& context, Jsonb value, std::int32_t index) {
    const V view(value.bytes);
    if (view.is_scalar()) refuse("cannot delete from scalar");
    if (view.kind() == JsonKind::object) refuse("cannot delete from object using integer index");
    const std::int64_t i = index < 0 ? std::int64_t{index} + view.count() : index;
    if (i < 0 || i >= view.count()) return value;
    JsonbBuilder builder(context.arena);
    JsonbNode node = builder.open(view);
    node.elements->erase(node.elements->begin() + i);
    return {builder.finish(node)};
}

/// What is to happen at the end of a path.
enum class Edit : std::uint8_t { replace, replace_or_create, insert_before, insert_after, remove };

/// Follows a path down a tree and changes what is at its end. What the path does not reach stays as it is.
class PathEditor {
public:
    PathEditor(JsonbBuilder& builder, const ArrayView& path, Edit edit, JsonbNode value) : builder_(builder), path_(path), edit_(edit), value_(value) {}

    JsonbNode apply(const V& view, std::uint32_t level) {
        if (view.is_scalar()) return builder_.copy(view);
        if (path_.is_null(level))
            throw Error(sqlstate::null_value_not_allowed, "path element at position {} is null", level + 1);
        JsonbNode node = builder_.open(view);
        if (node.kind == JsonKind::object) in_object(node, view, level);
        else in_array(node, view, level);
        return node;
    }

private:
    bool last(std::uint32_t level) const { return level + 1 == path_.count(); }
    bool inserting() const { return edit_ == Edit::insert_before || edit_ == Edit::insert_after; }
    bool creating() const { return inserting() || edit_ == Edit::replace_or_create; }

    void in_object(JsonbNode& node, const V& view, std::uint32_t level) {
        const Text key = path_[level].view();
        const std::optional<std::uint32_t> i = view.find(key);
        if (!i) {
            if (last(level) && creating()) node.members->emplace_back(key, value_);
            return;
        }
        JsonbNode& member = (*node.members)[*i].second;
        if (!last(level)) {
            member = apply(view.value(*i), level + 1);
        } else if (edit_ == Edit::remove) {
            erase_key(node, key);
        } else if (inserting()) {
            throw Error(sqlstate::invalid_parameter_value, "cannot replace existing key")
                .hint("Try using the function jsonb_set to replace key value.");
        } else {
            member = value_;
        }
    }

    void in_array(JsonbNode& node, const V& view, std::uint32_t level) {
        const std::optional<std::int32_t> read = json_subscript(path_[level].view());
        if (!read)
            throw Error(sqlstate::invalid_text_representation, "path element at position {} is not an integer: \"{}\"", level + 1, path_[level].view());
        const std::int64_t count = view.count();
        const std::int64_t i = *read < 0 ? *read + count : *read;
        auto& elements = *node.elements;
        if (i < 0 || i >= count) {
            // Beyond either end: what is created goes to that end.
            if (last(level) && creating()) elements.insert(i < 0 ? elements.begin() : elements.end(), value_);
            return;
        }
        if (!last(level)) elements[i] = apply(view.element(static_cast<std::uint32_t>(i)), level + 1);
        else if (edit_ == Edit::remove) elements.erase(elements.begin() + i);
        else if (inserting()) elements.insert(elements.begin() + i + (edit_ == Edit::insert_after ? 1 : 0), value_);
        else elements[i] = value_;
    }

    JsonbBuilder& builder_;
    const ArrayView& path_;
    Edit edit_;
    JsonbNode value_;
};

Jsonb edited(EvalContext& context, Jsonb value, const ArrayView& path, Edit edit, Text replacement) {
    if (path.dimensions() > 1) throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts");
    const V view(value.bytes);
    if (view.is_scalar()) refuse(edit == Edit::remove ? "cannot delete path in scalar" : "cannot set path in scalar");
    if (path.count() == 0 || (view.count() == 0 && (edit == Edit::replace || edit == Edit::remove))) return value;
    JsonbBuilder builder(context.arena);
    const JsonbNode with = replacement.empty() ? JsonbNode{} : builder.copy(V(replacement));
    return {builder.finish(PathEditor(builder, path, edit, with).apply(view, 0))};
}

Jsonb set(EvalContext& context, Jsonb value, TextArray path, Jsonb replacement, bool create) {
    return edited(context, value, path, create ? Edit::replace_or_create : Edit::replace, replacement.bytes);
}
Jsonb set_or_create(EvalContext& context, Jsonb value, TextArray path, Jsonb replacement) { return set(context, value, path, replacement, true); }
Jsonb insert(EvalContext& context, Jsonb value, TextArray path, Jsonb more, bool after) {
    return edited(context, value, path, after ? Edit::insert_after : Edit::insert_before, more.bytes);
}
Jsonb insert_before(EvalContext& context, Jsonb value, TextArray path, Jsonb more) { return insert(context, value, path, more, false); }
Jsonb without_path(EvalContext& context, Jsonb value, TextArray path) { return edited(context, value, path, Edit::remove, {}); }

JsonbNode strip_nulls(JsonbBuilder& builder, const V& view) {
    if (view.is_scalar()) return builder.copy(view);
    JsonbNode node = view.kind() == JsonKind::array ? builder.array() : builder.object();
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        if (node.elements != nullptr) node.elements->push_back(strip_nulls(builder, view.element(i)));
        else if (view.value(i).kind() != JsonKind::null) node.members->emplace_back(view.key(i), strip_nulls(builder, view.value(i)));
    }
    return node;
}

Text pretty(EvalContext& context, Jsonb value) {
    ByteWriter to;
    append_jsonb_pretty(V(value.bytes), 0, to);
    return context.arena.copy(to.view());
}


}  // namespace

void register_jsonb_editing(Registry& to) {
    add_operator(to, {3284, "||"}, function<concatenate>("jsonb_concat", 3301));
    add_operator(to, {3285, "-"}, function<without_name>("jsonb_delete", 3302));
    add_operator(to, {3286, "-"}, function<without_element>("jsonb_delete", 3303));
    Function by_names = function<without_names>("jsonb_delete", 3343);
    by_names.variadic = true;
    add_operator(to, {3398, "-"}, std::move(by_names));
    add_operator(to, {3287, "#-"}, function<without_path>("jsonb_delete_path", 3304));
    to.add(function<set>("jsonb_set", 3305));
    to.add(function<set_or_create>("jsonb_set", 0));
    to.add(function<insert>("jsonb_insert", 3579));
    to.add(function<insert_before>("jsonb_insert", 0));
    to.add(function<[](EvalContext& context, Jsonb value) {
        JsonbBuilder builder(context.arena);
        return Jsonb{builder.finish(strip_nulls(builder, V(value.bytes)))};
    }>("jsonb_strip_nulls", 3262));
    to.add(function<pretty>("jsonb_pretty", 3306));
}

}  // namespace forklore
