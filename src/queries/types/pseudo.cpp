/// \file
/// The pseudo types: names for "any type of this kind" in declarations, and the types of things that are not yet, or
/// never, values of a column.
#include "base/error.hpp"
#include "queries/builtins.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

namespace {

Datum refuse_input(const TypeContext& context, std::string_view) {
    throw Error(sqlstate::feature_not_supported, "cannot accept a value of type {}", context.type.name);
}

void refuse_output(const TypeContext& context, Datum, ByteWriter&) {
    throw Error(sqlstate::feature_not_supported, "cannot display a value of type {}", context.type.name);
}

Datum bytes_in(const TypeContext& context, std::string_view text) { return Datum(context.arena.copy(text)); }
void bytes_out(const TypeContext&, Datum value, ByteWriter& to) { to.append(value.view()); }

Datum bytes_receive(const TypeContext& context, ByteReader& from) {
    return Datum(context.arena.copy(from.take(from.rest().size())));
}

Datum void_in(const TypeContext&, std::string_view) { return Datum(std::string_view("")); }
void void_out(const TypeContext&, Datum, ByteWriter&) {}
Datum void_receive(const TypeContext&, ByteReader& from) {
    from.take(from.rest().size());
    return Datum(std::string_view(""));
}

Type pseudo_type(Oid oid, std::string name, std::int16_t length, bool by_reference) {
    Type type{.oid = oid, .name = std::move(name), .sql_name = {}};
    type.length = length;
    type.category = 'P';
    type.kind = 'p';
    type.by_reference = by_reference;
    type.input = refuse_input;
    type.output = refuse_output;
    return type;
}

}  // namespace

void register_pseudo_types(Registry& to) {
    // any's values are never looked at without their actual type, so its own representation does not matter.
    Type any = pseudo_type(k_any, "any", 4, false);
    any.sql_name = "\"any\"";
    to.add(std::move(any));
    to.add(pseudo_type(k_any_element, "anyelement", 4, false));
    to.add(pseudo_type(k_any_array, "anyarray", -1, true));
    to.add(pseudo_type(k_any_non_array, "anynonarray", 4, false));
    to.add(pseudo_type(k_any_enum, "anyenum", 4, false));
    to.add(pseudo_type(k_any_compatible, "anycompatible", 4, false));
    to.add(pseudo_type(k_any_compatible_array, "anycompatiblearray", -1, true));
    to.add(pseudo_type(k_any_compatible_non_array, "anycompatiblenonarray", 4, false));
    to.add(pseudo_type(k_internal, "internal", 8, false));
    to.add(pseudo_type(k_trigger, "trigger", 4, false));


    Type nothing = pseudo_type(k_void, "void", 4, true);
    nothing.input = void_in;
    nothing.output = void_out;
    nothing.receive = void_receive;
    nothing.send = void_out;
    to.add(std::move(nothing));

    Type cstring = pseudo_type(k_cstring, "cstring", -2, true);
    cstring.array = k_cstring_array;
    cstring.input = bytes_in;
    cstring.output = bytes_out;
    cstring.receive = bytes_receive;
    cstring.send = bytes_out;
    to.add(std::move(cstring));

    // A literal whose type nothing has decided yet.
    Type unknown = pseudo_type(k_unknown, "unknown", -2, true);
    unknown.category = 'X';
    unknown.input = bytes_in;
    unknown.output = bytes_out;
    unknown.receive = bytes_receive;
    unknown.send = bytes_out;
    to.add(std::move(unknown));
}

}  // namespace forklore
