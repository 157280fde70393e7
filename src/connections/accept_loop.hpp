/// \file
/// The accept-and-fork loop: the few lines that make this server what it is.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique_fd.hpp"

namespace forklore {

/// What the loop needs from the postmaster: a say in whether and how a child is born.
class ClientLauncher {
public:
    virtual ~ClientLauncher() = default;

    /// Before the fork: makes what parent and child will share.
    virtual void prepare() = 0;

    /// In the child: serves the client and never returns. \param client the connected socket.
    [[noreturn]] virtual void become_backend(UniqueFd client) = 0;

    /// In the parent: keeps the books. \param child the new process.
    virtual void child_started(pid_t child) = 0;

    /// In the parent: no process could be made. The client is told so and let go. \param client the connected
    /// socket. \param error errno of fork.
    virtual void fork_failed(UniqueFd client, int error) = 0;

    /// The kernel has no descriptor or memory left for a connection: nothing can be accepted for a while.
    /// \param error errno of accept.
    virtual void accept_failed(int error) = 0;
};

/// How many clients one call takes at most, so that signals and dead children get their turn in a storm of
/// clients.
inline constexpr int k_accepts_per_turn = 16;

/// Accepts what waits on a listening socket, and forks a process for each client at once. Reads nothing from
/// anybody. \param listening a non-blocking listening socket. \param launcher see there.
void accept_clients(int listening, ClientLauncher& launcher);

}  // namespace forklore
