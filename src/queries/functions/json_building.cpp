// Functions and aggregates that make JSON: to_json, json_build_object, json_agg, … and their jsonb twins.
#include "base/error.hpp"
#include "queries/functions/json_families.hpp"
#include "queries/functions/json_values.hpp"

namespace forklore {

namespace {

Json json_of(EvalContext& context, const ByteWriter& text) { return {context.arena.copy(text.view())}; }

// ---------------------------------------------------------------- one value

Json to_json(EvalContext& context, const CallSite& site, Datum value) {
    ByteWriter to;
    append_json(context, *site.arguments[0], value, to);
    return json_of(context, to);
}

Jsonb to_jsonb(EvalContext& context, const CallSite& site, Datum value) {
    JsonbBuilder builder(context.arena);
    return {builder.finish(json_node(context, builder, *site.arguments[0], value))};
}

Json array_to_json(EvalContext& context, const CallSite& site, Datum value) { return to_json(context, site, value); }
Json array_to_json_lines(EvalContext& context, const CallSite& site, Datum value, bool lines) {
    ByteWriter to;
    append_json(context, *site.arguments[0], value, to, lines);
    return json_of(context, to);
}

// ---------------------------------------------------------------- from arguments

/// The arguments of a call with any number of them: one by one, or (after VARIADIC) as the elements of an array.
struct Arguments {
    std::pmr::vector<Datum> values;
    std::pmr::vector<const Type*> types;
    bool is_null = false;  // VARIADIC NULL

    Arguments(EvalContext& context, const CallSite& site, const Column* columns, std::uint32_t row) : values(&context.arena), types(&context.arena) {
        if (site.variadic_array) {
            is_null = columns[0][row].is_null;
            if (is_null) return;
            const ArrayView array(columns[0][row]);
            for (std::uint32_t i = 0; i < array.count(); ++i) values.push_back(array[i]);
            types.assign(values.size(), &registry().type(array.element()));
            return;
        }
        for (std::size_t i = 0; i < site.arguments.size(); ++i) {
            values.push_back(columns[i][row]);
            types.push_back(site.arguments[i]);
        }
    }
};

[[noreturn]] void odd_arguments(std::string_view name) {
    throw Error(sqlstate::invalid_parameter_value, "argument list must have even number of elements")
        .hint(fmt::format("The arguments of {}() must consist of alternating keys and values.", name));
}

Datum build_object(EvalContext& context, const CallSite&, const Arguments& args) {
    if (args.values.size() % 2 != 0) odd_arguments("json_build_object");
    ByteWriter to;
    to.put_char('{');
    for (std::size_t i = 0; i < args.values.size(); i += 2) {
        if (i != 0) to.append(", ");
        if (args.values[i].is_null)
            throw Error(sqlstate::invalid_parameter_value, "argument {} cannot be null", i + 1).hint("Object keys should be text.");
        append_json_string(json_key(context, *args.types[i], args.values[i]), to);
        to.append(" : ");
        append_json(context, *args.types[i + 1], args.values[i + 1], to);
    }
    to.put_char('}');
    return Datum(json_of(context, to).bytes);
}

Datum build_array(EvalContext& context, const CallSite&, const Arguments& args) {
    ByteWriter to;
    to.put_char('[');
    for (std::size_t i = 0; i < args.values.size(); ++i) {
        if (i != 0) to.append(", ");
        append_json(context, *args.types[i], args.values[i], to);
    }
    to.put_char(']');
    return Datum(json_of(context, to).bytes);
}

Datum build_jsonb_object(EvalContext& context, const CallSite&, const Arguments& args) {
    if (args.values.size() % 2 != 0) odd_arguments("jsonb_build_object");
    JsonbBuilder builder(context.arena);
    const JsonbNode object = builder.object();
    for (std::size_t i = 0; i < args.values.size(); i += 2) {
        if (args.values[i].is_null) throw Error(sqlstate::invalid_parameter_value, "argument {}: key must not be null", i + 1);
        object.members->emplace_back(json_key(context, *args.types[i], args.values[i]), json_node(context, builder, *args.types[i + 1], args.values[i + 1]));
    }
    return Datum(builder.finish(object));
}

Datum build_jsonb_array(EvalContext& context, const CallSite&, const Arguments& args) {
    JsonbBuilder builder(context.arena);
    const JsonbNode array = builder.array();
    for (std::size_t i = 0; i < args.values.size(); ++i) array.elements->push_back(json_node(context, builder, *args.types[i], args.values[i]));
    return Datum(builder.finish(array));
}

template <auto Build>
void add_variadic(Registry& to, const std::string& name, Oid oid, Oid empty_oid, Oid result) {
    Function f;
    f.oid = oid;
    f.name = name;
    f.result = result;
    f.arguments = {k_any};
    f.variadic = true;
    f.strict = false;
    f.volatility = Volatility::stable;
    f.kernel = [](EvalContext& context, const CallSite& site, const Column* columns, Rows rows, Datum* results) {
        rows.each([&](std::uint32_t row) {
            const Arguments arguments(context, site, columns, row);
            results[row] = arguments.is_null ? Datum{} : Build(context, site, arguments);
        });
    };
    to.add(f);
    f.oid = empty_oid;
    f.arguments = {};
    f.variadic = false;
    to.add(std::move(f));
}

// ---------------------------------------------------------------- from arrays of text

[[noreturn]] void null_key() { throw Error(sqlstate::null_value_not_allowed, "null value not allowed for object key"); }

/// Keys and values in turn: in a row, or in pairs.
void check_pairs(const ArrayView& array) {
    if (array.dimensions() > 2) throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts");
    if (array.dimensions() == 2 && array.shape()[1].length != 2) throw Error(sqlstate::array_subscript_error, "array must have two columns");
    if (array.dimensions() == 1 && array.count() % 2 != 0)
        throw Error(sqlstate::array_subscript_error, "array must have even number of elements");
}
void check_two(const ArrayView& keys, const ArrayView& values) {
    if (keys.dimensions() > 1 || keys.dimensions() != values.dimensions())
        throw Error(sqlstate::array_subscript_error, "wrong number of array subscripts");
    if (keys.count() != values.count()) throw Error(sqlstate::array_subscript_error, "mismatched array dimensions");
}

template <typename Key, typename Value>
Json text_object(EvalContext& context, std::uint32_t count, Key&& key, Value&& value) {
    ByteWriter to;
    to.put_char('{');
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i != 0) to.append(", ");
        const Datum k = key(i), v = value(i);
        if (k.is_null) null_key();
        append_json_string(k.view(), to);
        to.append(" : ");
        if (v.is_null) to.append("null");
        else append_json_string(v.view(), to);
    }
    to.put_char('}');
    return json_of(context, to);
}

template <typename Key, typename Value>
Jsonb text_jsonb_object(EvalContext& context, std::uint32_t count, Key&& key, Value&& value) {
    JsonbBuilder builder(context.arena);
    const JsonbNode object = builder.object();
    for (std::uint32_t i = 0; i < count; ++i) {
        const Datum k = key(i), v = value(i);
        if (k.is_null) null_key();
        object.members->emplace_back(k.view(), v.is_null ? builder.null() : builder.string(v.view()));
    }
    return {builder.finish(object)};
}

auto item(const ArrayView& array, std::uint32_t step, std::uint32_t offset) {
    return [&array, step, offset](std::uint32_t i) { return array[i * step + offset]; };
}

// ---------------------------------------------------------------- aggregates

/// Text that grows in an arena.
struct GrowingText {
    char* bytes = nullptr;
    std::uint32_t size = 0, capacity = 0;
    void append(Arena& arena, std::string_view more) {
        if (more.size() > capacity - size) {
            const std::size_t wanted = std::max<std::size_t>(64, (std::size_t{size} + more.size()) * 2);
            if (wanted > Arena::k_largest_request) throw Error(sqlstate::program_limit_exceeded, "out of memory").detail("The JSON value would be too large.");
            char* grown = static_cast<char*>(arena.allocate_bytes(wanted, 1));
            if (size != 0) std::memcpy(grown, bytes, size);
            bytes = grown;
            capacity = static_cast<std::uint32_t>(wanted);
        }
        if (!more.empty()) std::memcpy(bytes + size, more.data(), more.size());
        size += static_cast<std::uint32_t>(more.size());
    }
    std::string_view view() const { return {bytes, size}; }
};

/// All four aggregates collect a JSON text; those of jsonb read it at the end.
template <bool object>
void collect(Arena& arena, EvalContext& context, const CallSite& site, void* const* states, std::uint32_t stride, const Column* arguments, Rows rows) {
    ByteWriter piece;
    rows.each([&](std::uint32_t row) {
        auto& text = *static_cast<GrowingText*>(states[row * stride]);
        piece.clear();
        if constexpr (object) {
            piece.append(text.size == 0 ? "{ " : ", ");
            const Datum& key = arguments[0][row];
            if (key.is_null) throw Error(sqlstate::invalid_parameter_value, "field name must not be null");
            append_json_string(json_key(context, *site.arguments[0], key), piece);
            piece.append(" : ");
            append_json(context, *site.arguments[1], arguments[1][row], piece);
        } else {
            const Datum& value = arguments[0][row];
            piece.append(text.size == 0 ? "[" : ", ");
            if (text.size != 0 && !value.is_null && site.arguments[0]->category == 'A') piece.append("\n ");
            append_json(context, *site.arguments[0], value, piece);
        }
        text.append(arena, piece.view());
    });
}

template <bool object, bool binary>
Datum finish(EvalContext& context, const CallSite&, const void* state) {
    const auto& text = *static_cast<const GrowingText*>(state);
    if (text.size == 0) return {};
    ByteWriter whole;
    whole.append(text.view());
    whole.append(object ? " }" : "]");
    if constexpr (binary) return Datum(parse_jsonb(context.arena, context.arena.copy(whole.view())));
    else return Datum(context.arena.copy(whole.view()));
}

template <bool object, bool binary>
void add_aggregate(Registry& to, std::string name, Oid oid) {
    Function f;
    f.oid = oid;
    f.name = std::move(name);
    f.kind = FunctionKind::aggregate;
    f.result = binary ? k_jsonb : k_json;
    f.arguments = object ? std::vector<Oid>{k_any, k_any} : std::vector<Oid>{k_any_element};
    f.strict = false;
    f.volatility = Volatility::stable;
    f.aggregate.state_size = (sizeof(GrowingText) + 15) & ~std::uint32_t{15};
    f.aggregate.initialise = [](void* state) { new (state) GrowingText(); };
    f.aggregate.update = collect<object>;
    f.aggregate.finish = finish<object, binary>;
    to.add(std::move(f));
}

}  // namespace

void register_json_building(Registry& to) {
    const Declared stable{.volatility = Volatility::stable};
    using E = EvalContext&;
    to.add(function<to_json>("to_json", 3176, stable));
    to.add(function<to_jsonb>("to_jsonb", 3787, stable));
    to.add(function<array_to_json>("array_to_json", 3153, {.volatility = Volatility::stable, .arguments = {k_any_array}}));
    to.add(function<array_to_json_lines>("array_to_json", 3154, {.volatility = Volatility::stable, .arguments = {k_any_array, k_bool}}));
    add_variadic<build_object>(to, "json_build_object", 3200, 3201, k_json);
    add_variadic<build_array>(to, "json_build_array", 3198, 3199, k_json);
    add_variadic<build_jsonb_object>(to, "jsonb_build_object", 3273, 3274, k_jsonb);
    add_variadic<build_jsonb_array>(to, "jsonb_build_array", 3271, 3272, k_jsonb);
    to.add(function<[](E c, TextArray a) { check_pairs(a); return text_object(c, a.count() / 2, item(a, 2, 0), item(a, 2, 1)); }>("json_object", 3202));
    to.add(function<[](E c, TextArray a) { check_pairs(a); return text_jsonb_object(c, a.count() / 2, item(a, 2, 0), item(a, 2, 1)); }>("jsonb_object", 3263));
    to.add(function<[](E c, TextArray k, TextArray v) { check_two(k, v); return text_object(c, k.count(), item(k, 1, 0), item(v, 1, 0)); }>("json_object", 3203));
    to.add(function<[](E c, TextArray k, TextArray v) { check_two(k, v); return text_jsonb_object(c, k.count(), item(k, 1, 0), item(v, 1, 0)); }>("jsonb_object", 3264));
    add_aggregate<false, false>(to, "json_agg", 3175);
    add_aggregate<true, false>(to, "json_object_agg", 3197);
    add_aggregate<false, true>(to, "jsonb_agg", 3267);
    add_aggregate<true, true>(to, "jsonb_object_agg", 3270);
}

}  // namespace forklore
