#include "connections/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "connections/lock_file.hpp"

namespace forklore {

//! [handle-signal]
void handle_signal(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

void hold_signals(bool hold) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGALRM, k_postmaster_death_signal})
        sigaddset(&set, signal);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}
//! [handle-signal]

namespace {

//! [keep-descriptors]
/// Moves the descriptors a child keeps to the numbers behind standard error, then closes everything above
/// them in one call: listening sockets, the event loop, other clients' gates. What leaks into a child stays
/// open as long as the child lives, and a client whose socket leaked would never see its connection end.
void keep_descriptors(ChildDescriptors& kept) {
    int next = STDERR_FILENO + 1;
    auto keep = [&](int fd) {
        if (fd < 0) return -1;
        if (fd != next) dup2(fd, next);
        return next++;
    };
    // The three are moved upwards first, so that none is overwritten by another's new place.
    const int lock = fcntl(data_directory_lock(), F_DUPFD, 64),
              client = fcntl(kept.client.release(), F_DUPFD, 64),
              gate = fcntl(kept.gate.release(), F_DUPFD, 64);
    keep(lock);
    kept.client.reset(keep(client));
    kept.gate.reset(keep(gate));
    close_range(static_cast<unsigned>(next), ~0U, 0);
}
//! [keep-descriptors]

}  // namespace

//! [leave-postmaster]
void leave_postmaster(pid_t postmaster, const std::string& backend_type, ChildDescriptors& kept) {
    handle_signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, k_postmaster_death_signal);
    if (getppid() != postmaster) _exit(1);  // it died between fork and prctl: nobody will tell us
    reset_interrupts();  // before descriptor numbers are used again: it closes the one that it inherited
    keep_descriptors(kept);
    log_context_after_fork(backend_type);
}
//! [leave-postmaster]

}  // namespace forklore
