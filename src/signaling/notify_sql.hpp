/// \file
/// What SQL sees of LISTEN and NOTIFY: functions and views.
#pragma once

#include "queries/registry.hpp"

namespace forklore {

/// Adds pg_notify, pg_listening_channels, pg_notification_queue_usage, pg_stat_notify and pg_stat_notify_listeners.
/// \param to the process's registry.
void register_notify_sql(Registry& to);

}  // namespace forklore
