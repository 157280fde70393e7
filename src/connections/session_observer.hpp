/// \file
/// SessionObserver: told what a session does, by which chapter 2 shows it to other processes.
///
/// Counterpart in PostgreSQL: backend_status.c (pgstat_bestart, pgstat_report_activity).
#pragma once

#include <string_view>

#include "connections/hba.hpp"
#include "queries/session.hpp"

namespace forklore {

//! [session-observer]
/// See the top of this file. This one does nothing.
class SessionObserver {
public:
    virtual ~SessionObserver() = default;
    /// A client is there. \param from its address
    virtual void connected(const ClientAddress& from) noexcept { (void)from; }
    /// It has been let in. \param session its
    virtual void entered(const Session& session) noexcept { (void)session; }
    /// A statement begins. \param session its \param text as the client sent it, secrets included
    virtual void working(const Session& session, std::string_view text) noexcept { (void)session, (void)text; }
    /// The session waits for its client. \param session its
    virtual void resting(const Session& session) noexcept { (void)session; }
};

/// This process's observer; never null. \return may be replaced before the session begins
SessionObserver*& session_observer();
//! [session-observer]

}  // namespace forklore
