/// \file
/// The type of arrays of a type: one set of routines serves all of them.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// The array type that belongs to an element type: named `_element`, with routines that call the element's own. It can
/// be compared, hashed, sent or received when the element can.
/// \param element a type whose `array` is the OID of the result.
Type array_type_of(const Type& element);

/// \name The routines of every array type
/// They find the element type through `TypeContext::type.element` (or `Type::element`).
/// \{
Datum array_input(const TypeContext& context, std::string_view text);              ///< `{…}` or `[l:u]={…}`; throws 22P02, 2202E, 54000 and what the elements throw \param context the array type \param text the literal
void array_output(const TypeContext& context, Datum value, ByteWriter& to);        ///< \param context the array type \param value the array \param to where to
Datum array_receive(const TypeContext& context, ByteReader& from);                 ///< throws 22P03, 42804 and what the elements throw \param context the array type \param from the message
void array_send(const TypeContext& context, Datum value, ByteWriter& to);          ///< \param context the array type \param value the array \param to where to
int array_compare(const Type& type, const Datum& left, const Datum& right);        ///< by elements, then length, then shape; nulls are greatest \param type the array type \param left one \param right other
std::uint64_t array_hash(const Type& type, const Datum& value);                    ///< \param type the array type \param value the array
/// \}

}  // namespace forklore
