/// \file
/// Process titles: what `ps` shows of a process.
///
/// Counterpart in PostgreSQL: ps_status.c.
#pragma once

#include <string_view>

namespace forklore {

/// Makes room for titles. Call it first thing in main(), before anything keeps a pointer into the
/// environment. \param argc from main \param argv from main
void prepare_process_title(int argc, char** argv);

/// Sets the part that stays: who this process is. \param identity "alice postgres [local]"
void set_process_title(std::string_view identity);

/// Sets the part that changes: what the process is doing; costs nothing when it is the same as before, or
/// when `update_process_title` is off. \param activity "idle", "SELECT", …
void show_activity(std::string_view activity);

}  // namespace forklore
