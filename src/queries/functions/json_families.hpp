/// \file
/// The parts of register_json() and register_jsonb() that lie in files of their own.
#pragma once

#include <string_view>

#include "queries/registry.hpp"
#include "queries/types/array.hpp"

namespace forklore {

/// \name Parts of register_jsonb(), which comes after both types are there
/// \param to the registry that is being filled
/// \{
void register_json_access(Registry& to);
void register_jsonb_access(Registry& to);
void register_jsonb_editing(Registry& to);
void register_json_building(Registry& to);
/// \}

/// A step of a path as an array's subscript; none when it is not an integer. \param text the step
std::optional<std::int32_t> json_subscript(std::string_view text);

/// A set-returning function. \param name SQL name \param oid PostgreSQL's \param result of one column \param argument its type \param open its code \param columns when it has several
Function json_set_function(std::string name, Oid oid, Oid result, Oid argument, OpenSource open, std::vector<OutColumn> columns = {});

using TextArray = ArrayOf<k_text_array>;   ///< a path

}  // namespace forklore
