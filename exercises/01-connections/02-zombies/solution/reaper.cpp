// One SIGCHLD says that at least one child has ended. Signals of one kind do not queue: those that come while
// one is pending are merged into it. So we ask until there is nobody left to bury.
#include "reaper.hpp"

#include <sys/wait.h>

#include <csignal>

namespace forklore::exercise {

namespace {

volatile std::sig_atomic_t child_ended = 0;

void handle_sigchld(int) { child_ended = 1; }

}  // namespace

void watch_children() {
    struct sigaction action {};
    action.sa_handler = handle_sigchld;
    // Not for children that are only stopped; and no system call of the loop shall fail because of it.
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &action, nullptr);
}

void reap_children(const Bury& bury) {
    if (child_ended == 0) return;
    // Cleared before we look: a child that ends after our last look raises the flag again.
    child_ended = 0;
    // 0: the others live. -1 with ECHILD: there are no others. With WNOHANG the call never waits, so EINTR
    // cannot come.
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) bury(pid, status);
}

}  // namespace forklore::exercise
