/// \file
/// What SQL can ask of this layer.
#pragma once

namespace forklore {

class Registry;

/// Adds pg_stat_activity, pg_shmem_allocations and their kin. \param to the process's registry.
void register_shared_memory_sql(Registry& to);

}  // namespace forklore
