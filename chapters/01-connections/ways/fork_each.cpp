/// \file
/// A process for each client.
#include <csignal>

#include "canned.hpp"

//! [loop]
int main(int argc, char** argv) {
    signal(SIGCHLD, SIG_IGN);  // the kernel may bury the dead without asking us
    const int listener = ways::listen_at(argc, argv);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client < 0) continue;
        if (fork() == 0) {
            close(listener);
            ways::serve(client);
            _exit(0);
        }
        close(client);  // ours; the child has its own
    }
}
//! [loop]
