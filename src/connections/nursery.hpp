/// \file
/// Nursery: where the layers have processes of their own born.
///
/// A client brings its process along: the postmaster forks when somebody connects. The processes that serve the server itself are
/// wanted by layers, which alone know how many, when, and what is to follow when one ends. The postmaster alone can fork them. So it
/// calls Subsystem::tend() whenever something has happened that may matter, and a layer does there what it wants to be done.
///
/// Counterpart in PostgreSQL: maybe_start_bgworkers and its neighbours in postmaster.c.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "connections/registrar.hpp"
#include "connections/session_parts.hpp"

namespace forklore {

//! [server-state]
/// The life of the server. It only moves downwards in this list.
enum class ServerState {
    running,             ///< clients are welcome
    smart_shutdown,      ///< no new clients; those that are here may finish
    fast_shutdown,       ///< all have been told to end
    immediate_shutdown,  ///< all have been told to drop everything
};
//! [server-state]

//! [nursery]
/// How far the server's start has come.
enum class StartMoment : std::uint8_t {
    postmaster_start,   ///< there is shared memory, and nothing else yet
    consistent_state,   ///< what is stored can be read
    recovery_finished,  ///< and changed
};

/// What a process of a layer's own finds.
struct OwnStart {
    Registrar& registrar;  ///< in which it stands
    SessionParts parts;    ///< for its session, if it has one
};

/// A process that a layer wants.
struct OwnProcess {
    ProcessKind kind = ProcessKind::none;  ///< what for
    std::string name{};                    ///< for the log: `background worker "x"`
    std::string type{};                    ///< what others see that it is; empty: the kind's name
    /// Runs in it, with the signals of child_process.hpp still held; returns its exit status.
    std::function<int(OwnStart)> life{};
    std::int32_t buries = k_no_place;  ///< an undertaker: whom, by the place in the register
};

/// What the postmaster does for its layers.
class Nursery {
public:
    virtual ~Nursery() = default;
    /// Whether the server runs, or how it shuts down.
    virtual ServerState state() const = 0;
    /// How far its start has come.
    virtual StartMoment reached() const = 0;
    /// Whether what is shared is broken: nobody new can take part in it, and soon everything begins anew.
    virtual bool condemned() const = 0;
    /// Forks a process. Its end is told by Subsystem::child_exited(). \param process what for \return its pid; 0 when there is none, which
    /// has been logged
    virtual pid_t start(const OwnProcess& process) = 0;
    /// Sends a signal, if it is a child that lives. \param child its pid \param signal which
    virtual void signal(pid_t child, int signal) = 0;
    /// Asks for another call of tend(), by that time at the latest. \param monotonic_us when; a time that is over means at once
    virtual void call_at(std::int64_t monotonic_us) = 0;
};
//! [nursery]

}  // namespace forklore
