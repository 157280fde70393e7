#include "connections/backend_interrupts.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "base/interrupts.hpp"
#include "connections/child_process.hpp"
#include "connections/client_stream.hpp"
#include "connections/connection_settings.hpp"
#include "connections/conversation.hpp"
#include "connections/registrar.hpp"
#include "connections/timeouts.hpp"

namespace forklore {

//! [backend-signals]
namespace {

volatile std::sig_atomic_t cancel_requested, end_requested, quit_requested, reload_requested, postmaster_died;
Doing doing;
ClientStream* client;  // null: there is none
std::string subject = "connection";
const Registrar* registrar;

void note_signal(int signal) {
    const int saved = errno;
    switch (signal) {
        case SIGINT: cancel_requested = 1; break;
        case SIGTERM: end_requested = 1; break;
        case SIGQUIT: quit_requested = 1; break;
        case SIGHUP: reload_requested = 1; break;
        case k_postmaster_death_signal: postmaster_died = 1; break;
    }
    raise_interrupt();
    errno = saved;
}
//! [backend-signals]

//! [quit-now]
/// SIGQUIT: no clean-up, no log line; a word to the client if it is one already and its socket takes it at
/// once.
[[noreturn]] void quit_now() {
    if (client == nullptr) _exit(k_quickly_exited);
    Report last{.severity = Severity::warning,
                .code = sqlstate::admin_shutdown,
                .message = "terminating connection due to immediate shutdown command"};
    if (registrar->condemned())
        last = {.severity = Severity::warning,
                .code = sqlstate::crash_shutdown,
                .message = "terminating connection because of crash of another server process",
                .detail = "The postmaster has commanded this server process to roll back the current transaction "
                          "and exit, because another server process exited abnormally and possibly corrupted "
                          "shared memory.",
                .hint = "In a moment you should be able to reconnect to the database and repeat your command."};
    if (doing != Doing::starting_up) write_report(client->out(), last, current_client_encoding());
    client->try_flush();
    _exit(k_quickly_exited);
}
//! [quit-now]

//! [end-of-session]
/// Reasons to end the session, worst first.
void throw_if_ending() {
    if (std::exchange(postmaster_died, 0) != 0 && postmaster_is_dead())
        throw Fatal(sqlstate::admin_shutdown, "terminating {} due to unexpected postmaster exit", subject);
    if (end_requested)
        throw Fatal(sqlstate::admin_shutdown, "terminating {} due to administrator command", subject);
    if (take_timeout(Timeout::authentication))
        throw Fatal(sqlstate::query_canceled, "canceling authentication due to timeout");
    if (take_timeout(Timeout::idle_in_transaction))
        throw Fatal(sqlstate::idle_in_transaction_session_timeout,
                    "terminating connection due to idle-in-transaction timeout");
    if (take_timeout(Timeout::idle_session))
        throw Fatal(sqlstate::idle_session_timeout, "terminating connection due to idle-session timeout");
    if (take_timeout(Timeout::news))
        throw Fatal(sqlstate::connection_failure, "terminating connection because its client does not read its notifications");
    if (take_timeout(Timeout::client_check)) {
        if (client->peer_has_gone()) throw ClientGone();
        if (doing == Doing::working)
            set_timeout(Timeout::client_check, setting::client_connection_check_interval.value());
    }
}
//! [end-of-session]

//! [process-interrupts]
/// The check point's action. A session that is already on its way out is not interrupted again, but SIGQUIT
/// always works.
void process_interrupts() {
    note_timeouts();
    if (quit_requested) quit_now();
    if (doing == Doing::ending) return;
    throw_if_ending();
    const bool cancel = cancel_requested != 0, timeout = take_timeout(Timeout::statement);
    cancel_requested = 0;
    if (doing != Doing::working) return;
    if (timeout) throw Error(sqlstate::query_canceled, "canceling statement due to statement timeout");
    if (cancel) throw Error(sqlstate::query_canceled, "canceling statement due to user request");
}

}  // namespace
//! [process-interrupts]

//! [start-backend-interrupts]
namespace {
void start(ClientStream* stream, const Registrar& keeper) {
    client = stream;
    registrar = &keeper;
    doing = Doing::starting_up;
    start_timeouts();
    set_interrupt_handler(process_interrupts);
    set_quit_handler([] {
        if (quit_requested) quit_now();
    });
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, k_postmaster_death_signal})
        handle_signal(signal, note_signal);
    hold_signals(false);  // held since before the fork
}
}  // namespace

void start_backend_interrupts(ClientStream& stream, const Registrar& keeper) { start(&stream, keeper); }

void start_own_interrupts(std::string what, const Registrar& keeper) {
    subject = std::move(what);
    start(nullptr, keeper);
}

void now_doing(Doing what) { doing = what; }

bool take_reload_request() { return reload_requested != 0 ? (reload_requested = 0, true) : false; }
//! [start-backend-interrupts]

}  // namespace forklore
