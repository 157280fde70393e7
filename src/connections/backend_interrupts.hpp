/// \file
/// What can happen to a backend from outside, and what it does about it at its next check point.
///
/// Counterpart in PostgreSQL: postgres.c (ProcessInterrupts, die, StatementCancelHandler).
#pragma once

#include <string>

namespace forklore {

class Registrar;

class ClientStream;

/// What the process is doing, as far as interrupts need to know.
enum class Doing { starting_up, idle, working, ending };

/// Installs the signal handlers and the check point's actions. \param stream to ask whether the client is
/// still there. \param registrar knows why the server drops everything, when it does.
void start_backend_interrupts(ClientStream& stream, const Registrar& registrar);

/// The same for a process that serves no client. \param subject what is terminated, when it is: `background worker "x"`
/// \param registrar knows why the server drops everything, when it does.
void start_own_interrupts(std::string subject, const Registrar& registrar);

/// Says what the backend is doing from now on. A cancel request or a statement timeout that arrives while it
/// is not working hits nothing. \param what see there.
void now_doing(Doing what);

/// Whether settings shall be read again, since it was last asked.
bool take_reload_request();

/// Exit status of a process that was told to drop everything.
inline constexpr int k_quickly_exited = 2;

}  // namespace forklore
