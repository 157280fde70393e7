/// \file
/// What SQL can see of locks.
///
/// Counterpart in PostgreSQL: none, except in builds with LWLOCK_STATS, whose processes print what they have counted when they end.
#pragma once

#include "base/settings.hpp"
#include "queries/registry.hpp"

namespace forklore {

//! [views]
/// Adds `track_lwlocks`. \param to the process's registry.
void define_lw_lock_settings(Settings& to);

/// Adds the view pg_stat_lwlocks, a row for each lock that is listed (tranches.hpp), and pg_stat_reset_lwlocks(), which sets all counts to
/// nought. \param to the process's registry.
void register_lw_lock_sql(Registry& to);
//! [views]

}  // namespace forklore
