#include "connections/accept_loop.hpp"

#include <cerrno>

#include "base/syscalls.hpp"

namespace forklore {

//! [accept-clients]
void accept_clients(int listening, ClientLauncher& launcher) {
    for (int turn = 0; turn < k_accepts_per_turn; ++turn) {
        UniqueFd client(sys::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!client) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;  // a signal; a client that left while it queued
            if (errno != EAGAIN && errno != EWOULDBLOCK) launcher.accept_failed(errno);
            return;  // the queue is empty, or there is no room to take anybody
        }
        launcher.prepare();
        const pid_t child = sys::fork();
        if (child == 0) launcher.become_backend(std::move(client));
        if (child > 0)
            launcher.child_started(child);
        else
            launcher.fork_failed(std::move(client), errno);
        // Here the parent's copy of the socket closes: the connection is now the child's alone.
    }
}
//! [accept-clients]

}  // namespace forklore
