/// \file
/// The settings of background workers. Each is described where it is defined, in words that `pg_settings` shows.
#pragma once

#include "base/settings.hpp"

namespace forklore {

namespace setting {

/// \name Background workers
/// \{
extern IntSetting max_worker_processes;
extern IntSetting background_worker_stop_timeout;
/// \}

}  // namespace setting

/// Adds them. \param to the process's registry.
void define_worker_settings(Settings& to);

}  // namespace forklore
