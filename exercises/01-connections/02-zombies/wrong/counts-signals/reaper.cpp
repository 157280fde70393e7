// Believes that there are as many signals as deaths.
#include "reaper.hpp"

#include <sys/wait.h>

#include <csignal>

namespace forklore::exercise {

namespace {

volatile std::sig_atomic_t ended = 0;

void handle_sigchld(int) { ended = ended + 1; }

}  // namespace

void watch_children() {
    struct sigaction action {};
    action.sa_handler = handle_sigchld;
    // Not for children that are only stopped; and no system call of the loop shall fail because of it.
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &action, nullptr);
}

void reap_children(const Bury& bury) {
    while (ended > 0) {
        ended = ended - 1;
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid > 0) bury(pid, status);
    }
}

}  // namespace forklore::exercise
