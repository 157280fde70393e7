/// \file
/// Process signals: telling another process one of many things, though there is one signal to tell it by.
///
/// The signal is SIGUSR1 (its sibling SIGUSR2 tells a child that the postmaster is dead). A signal that arrives twice before it is looked at has
/// arrived once, so it only says: look. What there is to see stands in a word in shared memory that each process has, a bit for each
/// reason. The handler raises the interrupt; the next check point takes the reasons and serves them, also in a session that is idle.
///
/// The word carries its owner's pid, so that nobody is told what was meant for somebody who had the slot before.
///
/// Counterpart in PostgreSQL: procsignal.c (SendProcSignal).
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [reasons]
/// What a process can be told. The same thing twice, before it is served, is once.
enum class ProcessSignal : std::uint8_t {
    barrier,              ///< absorb the global barrier
    log_memory_contexts,  ///< write to the log what memory there is
    catch_up,             ///< read what lies in the invalidation queue
    k_count
};
//! [reasons]

//! [process-signal]
/// Says what serving a reason is. In the postmaster, before the first child.
/// \param reason what for. \param handler called at a check point; what it throws is logged, and ends there.
void on_process_signal(ProcessSignal reason, void (*handler)());

/// Tells a process. For anybody, at any time. \param pid of it. \param reason what.
/// \return false when there is no such process of this server, or no longer.
bool send_process_signal(pid_t pid, ProcessSignal reason);

/// Tells whoever has a slot. \param to its number. \param reason what. \return false when nobody has it.
bool send_process_signal_to_slot(SlotNumber to, ProcessSignal reason);

/// For an undertaker: sends the signal again to all who have been told something and have not served it. Whoever told them may have been
/// killed before it could send it.
void signal_all_again() noexcept;

/// Serves at once what this process has been told. Check points do it by themselves.
void serve_process_signals() noexcept;

/// Begins to listen: to be called in a child, once it has its slot.
void attach_process_signals();
/// Ends it. \param of the slot of a process that leaves, or is dead
void detach_process_signals(SlotNumber of) noexcept;

namespace detail {
bool can_be_told(SlotNumber process);  // listens
}  // namespace detail
//! [process-signal]

}  // namespace forklore
