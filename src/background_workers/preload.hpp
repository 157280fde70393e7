/// \file
/// Preloading: libraries that are loaded before anybody asks for something that is in them.
///
/// Counterpart in PostgreSQL: process_shared_preload_libraries and process_session_preload_libraries (miscinit.c).
#pragma once

#include "base/settings.hpp"

namespace forklore {

//! [preload]
namespace setting {
extern StringSetting
    dynamic_library_path;  ///< where names without a slash are looked for, directories with colons between
}

/// Adds shared_preload_libraries and its kin. \param to the process's settings
void define_preload_settings(Settings& to);

/// Loads what `shared_preload_libraries` names. In the postmaster, before there is shared memory. Throws what Modules::load() throws.
void preload_shared_libraries();

/// Loads what `session_preload_libraries` and `local_preload_libraries` name. In a backend that knows its client. Throws what
/// Modules::load() throws.
void preload_session_libraries();
//! [preload]

}  // namespace forklore
