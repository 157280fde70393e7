/// \file
/// Burying children that have ended.
#pragma once

#include <sys/types.h>

#include <functional>

namespace forklore::exercise {

/// Told of each child that has ended: its process id, and the status as waitpid gives it.
using Bury = std::function<void(pid_t, int)>;

/// Begins to listen to SIGCHLD. Called once, before the first fork.
void watch_children();

/// Buries the children that have ended. The postmaster's loop calls it each time something has woken it, be
/// it a client or a signal. Returns at once. \param bury called for each child.
void reap_children(const Bury& bury);

}  // namespace forklore::exercise
