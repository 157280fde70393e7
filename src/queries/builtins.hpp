/// \file
/// The parts of register_builtins(): each family of types and functions adds its own rows.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// \name One function for each family, called in this order
/// Each adds types first, then functions, operators and casts among its own and earlier families.
/// \param to the registry that is being filled
/// \{
void register_pseudo_types(Registry& to);  ///< any, anyelement, void, unknown, cstring, …: first of all
void register_records(Registry& to);       ///< record: what ROW(…) makes
void register_booleans(Registry& to);
void register_integers(Registry& to);
void register_floats(Registry& to);
void register_numeric(Registry& to);
void register_text(Registry& to);
void register_bytea(Registry& to);
void register_uuid(Registry& to);
void register_dates(Registry& to);
void register_intervals(Registry& to);
void register_json(Registry& to);
void register_jsonb(Registry& to);
void register_xml(Registry& to);
void register_inet(Registry& to);
void register_arrays(Registry& to);
void register_object_identifiers(Registry& to);
void register_reg_types(Registry& to);      ///< regtype, regproc
void register_system_functions(Registry& to);
void register_privileges(Registry& to);      ///< has_…_privilege, pg_has_role
void register_system_views(Registry& to);
/// \}

}  // namespace forklore
