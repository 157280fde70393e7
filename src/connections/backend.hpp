/// \file
/// Backend: the life of a process that serves one client, from its first step to its last.
///
/// Counterpart in PostgreSQL: BackendRun and PostgresMain, postinit.c.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique_fd.hpp"
#include "connections/gate.hpp"

namespace forklore {

/// What a backend is born with.
struct BackendStart {
    UniqueFd client;             ///< the connected socket, non-blocking
    UniqueFd gate;               ///< its end of the gate
    CancelKey cancel_key{};      ///< the secret that its client will know
    pid_t postmaster = 0;        ///< its parent
    std::string data_directory;  ///< where the server lives
    bool shutting_down = false;  ///< the client will be told so and let go
};

/// Serves the client, then ends the process: status 0 after a goodbye, 1 after a fatal error. \param start
/// taken over
[[noreturn]] void run_backend(BackendStart start);

}  // namespace forklore
