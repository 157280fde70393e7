/// \file
/// What SQL sees of modules.
///
/// Counterpart in PostgreSQL: pg_get_loaded_modules(), which came with version 18.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

//! [module-sql]
/// Adds pg_get_loaded_modules(). \param to the process's registry
void register_module_sql(Registry& to);
//! [module-sql]

}  // namespace forklore
