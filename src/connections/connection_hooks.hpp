/// \file
/// Where others may step in while a client is let in.
///
/// Counterpart in PostgreSQL: ClientAuthentication_hook (auth.c), process_session_preload_libraries (miscinit.c).
#pragma once

#include "base/hook.hpp"
#include "connections/hba.hpp"
#include "queries/session.hpp"

namespace forklore {

//! [connection-hooks]
/// A client is to prove who it is. The way on throws Fatal when it cannot; whoever steps in may throw as well, or wait a while before it
/// lets an error pass.
extern Hook<void(const Applicant&)> client_authentication_hook;

/// A client has been let in, and its settings are applied: libraries that its session shall have are loaded here. Who throws ends it.
extern Hook<void()> session_preload_hook;

/// A session is about to begin, a client's or a worker's; nothing has been asked. Who throws ends it.
extern Hook<void(Session&)> session_start_hook;

/// What a session begins with: it follows its role, others see it, and those who have stepped in are called. \param session lives as long as
/// its process, or until `is_superuser` is told to follow it no longer
void begin_session(Session& session);
//! [connection-hooks]

}  // namespace forklore
