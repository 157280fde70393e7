/// \file
/// Stands in for a chapter's server in the tests of the session runner: says that it is ready, and waits to be stopped.
/// `-c deaf=on`: it does not stop when asked. `-c leave=on`: it leaves a child behind.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

int main(int argc, char** argv) {
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, nullptr);
    if (argc > 1 && std::strcmp(argv[1], "run") != 0) {
        std::printf("fake %s\n", argv[1]);
        return 0;
    }
    bool deaf = false;
    for (int i = 1; i < argc; ++i) {
        deaf = deaf || std::strcmp(argv[i], "deaf=on") == 0;
        if (std::strcmp(argv[i], "leave=on") == 0 && fork() == 0) {
            for (;;) pause();
        }
        if (std::strcmp(argv[i], "fail=on") == 0) {
            std::fprintf(stderr, "FATAL:  cannot start\n");
            return 1;
        }
        if (std::strcmp(argv[i], "--port") == 0) std::fprintf(stderr, "LOG:  listening on port %s\n", argv[i + 1]);
    }
    std::fprintf(stderr, "LOG:  ready to accept connections\n");
    int signal = 0;
    do {
        sigwait(&stop, &signal);
    } while (deaf);
    std::fprintf(stderr, "LOG:  shutting down\n");
    return 0;
}
