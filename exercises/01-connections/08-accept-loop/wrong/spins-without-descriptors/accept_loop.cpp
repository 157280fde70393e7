// Tries again whatever has gone wrong.
#include "connections/accept_loop.hpp"

#include <cerrno>

#include "base/syscalls.hpp"

namespace forklore {

void accept_clients(int listening, ClientLauncher& launcher) {
    for (int turn = 0; turn < k_accepts_per_turn; ++turn) {
        UniqueFd client(sys::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!client) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) return;
            continue;
        }
        launcher.prepare();
        const pid_t child = sys::fork();
        if (child == 0) launcher.become_backend(std::move(client));
        if (child > 0) {
            launcher.child_started(child);
        } else {
            launcher.fork_failed(std::move(client), errno);
        }
    }
}

}  // namespace forklore
