/// \file
/// Settings of LISTEN and NOTIFY.
///
/// Counterpart in PostgreSQL: guc_tables.c; max_notify_queue_pages and notify_buffers are there from version 17 on.
#pragma once

#include "base/setting.hpp"
#include "base/settings.hpp"

namespace forklore {

//! [notify-settings]
namespace setting {
extern IntSetting notify_buffers;          ///< pages of the queue in shared memory
extern IntSetting max_notify_queue_pages;  ///< pages of the queue in all, on disk too
extern IntSetting max_notify_channels;     ///< channels that the server tells apart
extern BoolSetting trace_notify;           ///< tells the client what is done
}  // namespace setting

/// Adds them. \param to the process's registry.
void define_notify_settings(Settings& to);
//! [notify-settings]

}  // namespace forklore
