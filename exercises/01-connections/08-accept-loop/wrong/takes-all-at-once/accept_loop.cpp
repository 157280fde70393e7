// Accepts until the queue is empty, however long that takes.
#include "connections/accept_loop.hpp"

#include <cerrno>

#include "base/syscalls.hpp"

namespace forklore {

void accept_clients(int listening, ClientLauncher& launcher) {
    for (;;) {
        UniqueFd client(sys::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!client) {
            // A signal, or a client that left while it waited: neither concerns the next one.
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) launcher.accept_failed(errno);
            return;
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
