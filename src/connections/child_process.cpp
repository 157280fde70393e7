#include "connections/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

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

//! [keep-descriptors]
namespace {

std::vector<int> kept_by_all;

/// Moves the descriptors a child keeps to the numbers behind standard error, then closes everything above
/// them, but what all children keep: listening sockets, the event loop, other clients' sockets. What leaks into a child stays
/// open as long as the child lives, and a client whose socket leaked would never see its connection end.
void keep_descriptors(ChildDescriptors& kept) {
    int next = STDERR_FILENO + 1;
    auto keep = [&](int fd) {
        if (fd < 0) return -1;
        if (fd != next) dup3(fd, next, O_CLOEXEC);  // what a module executes must not hold them open
        return next++;
    };
    // They are moved upwards first, so that none is overwritten by another's new place.
    auto lift = [](int fd) { return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, k_first_kept); };
    const int lock = lift(data_directory_lock()), client = lift(kept.client.release()),
              registrar = lift(kept.registrar.release());
    keep(lock);
    kept.client.reset(keep(client));
    kept.registrar.reset(keep(registrar));
    for (const int fd : kept_by_all) {
        close_range(static_cast<unsigned>(next), static_cast<unsigned>(fd) - 1, 0);
        next = fd + 1;
    }
    close_range(static_cast<unsigned>(next), ~0U, 0);
}

}  // namespace

void let_children_keep(int fd) {
    kept_by_all.insert(std::upper_bound(kept_by_all.begin(), kept_by_all.end(), fd), fd);
}
//! [keep-descriptors]

//! [leave-postmaster]
namespace {
pid_t postmaster_left;
}

bool postmaster_is_dead() noexcept { return getppid() != postmaster_left; }

void leave_postmaster(pid_t postmaster, std::string_view backend_type, ChildDescriptors& kept) {
    handle_signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, k_postmaster_death_signal);
    postmaster_left = postmaster;
    if (postmaster_is_dead()) _exit(1);  // it died between fork and prctl: nobody will tell us
    reset_interrupts();  // before descriptor numbers are used again: it closes the one that it inherited
    keep_descriptors(kept);
    log_context_after_fork(std::string(backend_type));
}
//! [leave-postmaster]

}  // namespace forklore
