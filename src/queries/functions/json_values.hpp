/// \file
/// SQL values of any type as JSON.
#pragma once

#include "queries/registry.hpp"
#include "queries/types/jsonb.hpp"

namespace forklore {

/// Appends a value as JSON text: numbers and truth values as such, json as it is, arrays as arrays, moments in ISO 8601,
/// all else as strings. \param context for output routines \param type of the value \param value may be null
/// \param to where to \param lines whether elements of an array's first dimension stand on lines of their own
void append_json(EvalContext& context, const Type& type, const Datum& value, ByteWriter& to, bool lines = false);

/// The same as a jsonb value under construction. \param context for output routines \param builder makes the nodes
/// \param type of the value \param value may be null
JsonbNode json_node(EvalContext& context, JsonbBuilder& builder, const Type& type, const Datum& value);

/// A value as an object's key. Throws Error 22023 for arrays and json. \param context for output routines
/// \param type of the value \param value not null \return bytes in the context's arena
std::string_view json_key(EvalContext& context, const Type& type, const Datum& value);

}  // namespace forklore
