/// \file
/// What a new process does first: lets go of all that was the postmaster's, and makes sure that it will not
/// outlive it.
///
/// Counterpart in PostgreSQL: fork_process.c, InitPostmasterChild in miscinit.c, pmsignal.c.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string_view>

#include "base/unique_fd.hpp"

namespace forklore {

/// The descriptors that a child keeps; all others close.
struct ChildDescriptors {
    UniqueFd client;  ///< the client's socket
    UniqueFd registrar;  ///< what its registrar keeps: see there
};

/// Below this number a child orders its own descriptors.
inline constexpr int k_first_kept = 8;

/// Lets all children keep a descriptor, under its number. To be called in the postmaster, before its first child.
/// \param fd at least k_first_kept
void let_children_keep(int fd);

/// Leaves the postmaster behind: closes its descriptors, puts its signal handlers away, gives this process
/// its own interrupt descriptor, log context and random numbers, and asks the kernel for a signal at the
/// postmaster's death. Ends the process at once if the postmaster has already died. \param postmaster the
/// parent's pid, taken before the fork. \param backend_type for the log. \param kept what to keep.
void leave_postmaster(pid_t postmaster, std::string_view backend_type, ChildDescriptors& kept);

/// Makes the signals that this server uses wait until they are let through again. What arrives meanwhile is
/// not lost: a child that is told to go before it can listen will hear it when it does. \param hold false
/// lets them through.
void hold_signals(bool hold);

/// The signal that the kernel sends when the postmaster dies. Anybody else may send it as well: ask then.
inline constexpr int k_postmaster_death_signal = SIGUSR2;
/// Whether the postmaster has died that this process has left behind.
bool postmaster_is_dead() noexcept;

/// Installs a handler that stays until replaced; system calls that it interrupts fail with EINTR.
/// \param signal which. \param handler SIG_DFL, SIG_IGN, or a function that only sets flags.
void handle_signal(int signal, void (*handler)(int));

}  // namespace forklore
