/// \file
/// Backend: the life of a process that serves one client, from its first step to its last.
///
/// Counterpart in PostgreSQL: BackendRun and PostgresMain, postinit.c.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "connections/registrar.hpp"
#include "connections/session_parts.hpp"

namespace forklore {

/// What a backend is born with.
struct BackendStart {
    UniqueFd client;             ///< the connected socket, non-blocking
    Registrar& registrar;        ///< where it asks for a place
    SessionParts parts;          ///< what the layers put into its session
    pid_t postmaster = 0;        ///< its parent
    std::string data_directory;  ///< where the server lives
    const char* refusal = nullptr;  ///< what the client will be told, and let go; null: it may stay
};

/// What is said of the exception that is being handled, when it ends a process.
Report last_report();

/// Serves the client. \param start taken over \return the process's exit status: 0 after a goodbye, 1 after a
/// fatal error
int run_backend(BackendStart start);

}  // namespace forklore
