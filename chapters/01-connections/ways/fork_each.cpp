/// \file
/// A process for each client.
#include <sys/wait.h>

#include "canned.hpp"

//! [loop]
int main(int argc, char** argv) {
    const int listener = ways::listen_at(argc, argv);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        while (waitpid(-1, nullptr, WNOHANG) > 0) continue;  // buries those who have ended meanwhile
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
