/// \file
/// Where others may step in while a client is let in.
///
/// Counterpart in PostgreSQL: ClientAuthentication_hook (auth.c).
#pragma once

#include "base/hook.hpp"
#include "connections/hba.hpp"
#include "queries/session.hpp"

namespace forklore {

//! [connection-hooks]
/// A client is to prove who it is. The way on throws Fatal when it cannot; whoever steps in may throw as well, or wait a while before it
/// lets an error pass.
extern Hook<void(const Applicant&)> client_authentication_hook;

/// A client has been let in and its session is about to begin: its settings are applied, nothing has been asked. Who throws ends it.
extern Hook<void(Session&)> session_start_hook;
//! [connection-hooks]

}  // namespace forklore
