/// \file
/// What SQL sees of the registrations of workers; their processes are in pg_stat_activity.
#pragma once

namespace forklore {

class Registry;

/// Adds pg_stat_background_workers. \param to the process's registry.
void register_worker_views(Registry& to);

}  // namespace forklore
