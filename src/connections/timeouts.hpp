/// \file
/// Timeouts: the time limits of a session, all on one timer of the process.
///
/// The timer is never turned off when a limit is lifted, only when it has rung: most statements end long
/// before their limit, and a system call for each of them would cost more than a wake-up now and then.
///
/// Counterpart in PostgreSQL: timeout.c.
#pragma once

#include <cstdint>

namespace forklore {

/// The limits. When several are over at once the first in this list is acted on.
enum class Timeout : std::uint8_t {
    authentication,
    statement,
    idle_in_transaction,
    idle_session,
    client_check,
    news,  // that are sent to a client which does not read
    k_count
};

/// Begins a limit, or begins it anew. \param which limit. \param milliseconds from now; 0 lifts it.
void set_timeout(Timeout which, std::int64_t milliseconds);

/// Lifts a limit; a system call is not needed. \param which limit.
void clear_timeout(Timeout which);

/// Whether a limit has run out since it was begun; it is lifted by the question. \param which limit.
bool take_timeout(Timeout which);

/// To be called at a check point after the timer has rung: finds out which limits are over and sets the timer
/// for the next.
void note_timeouts();

/// In a new child: no limits, and the timer's signal is handled.
void start_timeouts();

}  // namespace forklore
