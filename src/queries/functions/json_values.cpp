#include "queries/functions/json_values.hpp"

#include <cstdlib>

#include "base/error.hpp"
#include "queries/types/array.hpp"
#include "queries/types/datetime_output.hpp"

namespace forklore {

namespace {

bool is_number(Oid type) {
    return type == k_int2 || type == k_int4 || type == k_int8 || type == k_float4 || type == k_float8 || type == k_numeric;
}

/// `2000-01-31T04:05:06.789+00:00`
void append_iso(const DateTimeFields& fields, bool with_time, ByteWriter& to) {
    const DateTimeStyle iso{.date_style = DateStyle::iso, .time_zone = nullptr, .abbreviations = nullptr};
    CivilDate date = fields.date;
    if (date.year <= 0) date.year = -(date.year - 1);
    append_date(date, iso, to);
    if (with_time) {
        to.put_char('T');
        append_time(fields, to);
    }
    if (fields.zone) {
        append_zone_offset(fields.zone->offset, to);
        if (fields.zone->offset % 3600 == 0) to.append(":00");
    }
    if (fields.date.year <= 0) to.append(" BC");
}

/// A value's text as a string of JSON has it, without quotes.
void append_text_of(EvalContext& context, const Type& type, const Datum& value, ByteWriter& to) {
    if (type.oid == k_date && SqlType<Date>::get(value).finite())
        return append_iso({.date = civil_from_days(value.int4), .zone = {}}, false, to);
    if (type.oid == k_timestamp && SqlType<Timestamp>::get(value).finite()) return append_iso(fields_of(value.int8), true, to);
    if (type.oid == k_timestamptz && SqlType<TimestampTz>::get(value).finite())
        return append_iso(fields_of(value.int8, *datetime_style().time_zone), true, to);
    type.output({context.arena, type, -1}, value, to);
}

std::string_view text_of(EvalContext& context, const Type& type, const Datum& value) {
    ByteWriter text;
    append_text_of(context, type, value, text);
    return context.arena.copy(text.view());
}

bool is_finite_number(std::string_view text) { return (text.back() >= '0' && text.back() <= '9') || text.back() == '.'; }

/// Elements of an array, dimension by dimension. `each` gets an element, `open` and `close` surround a run.
template <typename Each, typename Open, typename Close>
void walk(const ArrayView& array, Each&& each, Open&& open, Close&& close) {
    std::uint32_t next = 0;
    auto dimension = [&](auto& self, int d) -> void {
        open(d);
        for (std::int32_t i = 0; i < array.shape()[static_cast<std::size_t>(d)].length; ++i) {
            if (d + 1 == array.dimensions()) each(d, i, array[next++]);
            else {
                each(d, i, Datum{});
                self(self, d + 1);
            }
        }
        close(d);
    };
    dimension(dimension, 0);
}

}  // namespace

void append_json(EvalContext& context, const Type& type, const Datum& value, ByteWriter& to, bool lines) {
    if (value.is_null) return to.append("null");
    if (type.oid == k_bool) return to.append(value.boolean ? "true" : "false");
    if (type.oid == k_json) return to.append(value.view());
    if (type.oid == k_jsonb) return append_jsonb(JsonbView(value.view()), to);
    if (type.element != 0 && type.category == 'A') {
        const ArrayView array(value);
        if (array.dimensions() == 0) return to.append("[]");
        const Type& element = registry().type(array.element());
        return walk(
            array,
            [&](int d, std::int32_t i, const Datum& x) {
                if (i != 0) to.append(lines && d == 0 ? ",\n " : ",");
                if (d + 1 == array.dimensions()) append_json(context, element, x, to);
            },
            [&](int) { to.put_char('['); }, [&](int) { to.put_char(']'); });
    }
    const std::string_view text = text_of(context, type, value);
    if (is_number(type.oid) && is_finite_number(text)) return to.append(text);
    append_json_string(text, to);
}

JsonbNode json_node(EvalContext& context, JsonbBuilder& builder, const Type& type, const Datum& value) {
    if (value.is_null) return builder.null();
    if (type.oid == k_bool) return builder.boolean(value.boolean);
    if (type.oid == k_json) return builder.copy(JsonbView(parse_jsonb(context.arena, value.view())));
    if (type.oid == k_jsonb) return builder.copy(JsonbView(value.view()));
    if (type.element != 0 && type.category == 'A') {
        const ArrayView array(value);
        JsonbNode root = builder.array();
        if (array.dimensions() == 0) return root;
        const Type& element = registry().type(array.element());
        std::vector<JsonbNode> open;
        walk(
            array,
            [&](int d, std::int32_t, const Datum& x) {
                if (d + 1 == array.dimensions()) open.back().elements->push_back(json_node(context, builder, element, x));
            },
            [&](int d) { open.push_back(d == 0 ? root : builder.array()); },
            [&](int) {
                const JsonbNode done = open.back();
                open.pop_back();
                if (!open.empty()) open.back().elements->push_back(done);
            });
        return root;
    }
    const std::string_view text = text_of(context, type, value);
    if (is_number(type.oid) && is_finite_number(text)) return builder.number(parse_numeric(context.arena, text));
    return builder.string(text);
}

std::string_view json_key(EvalContext& context, const Type& type, const Datum& value) {
    if (type.category == 'A' || type.oid == k_json || type.oid == k_jsonb || type.oid == k_record)
        throw Error(sqlstate::invalid_parameter_value, "key value must be scalar, not array, composite, or json");
    if (type.oid == k_bool) return value.boolean ? "true" : "false";
    return text_of(context, type, value);
}

}  // namespace forklore
