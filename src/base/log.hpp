/// \file
/// The two ends of a report: the server's log and the client.
///
/// `report()` sends a message to whoever should see it: to the log when `log_min_messages` lets it through, to the
/// client when `client_min_messages` does and a client is attached. The log line begins with `log_line_prefix`,
/// whose escapes are answered from the process's `LogContext`.
///
/// Counterpart in PostgreSQL: elog.c (EmitErrorReport, log_line_prefix).
#pragma once

#include <functional>
#include <string>

#include "base/error.hpp"

namespace forklore {

/// What this process knows of itself for `log_line_prefix`. One per process; empty strings print as "[unknown]"
/// where PostgreSQL does so, or as nothing.
struct LogContext {
    std::string backend_type = "postmaster";  ///< %b: "client backend", "postmaster", …
    std::string application_name;             ///< %a
    std::string user;                         ///< %u
    std::string database;                     ///< %d
    std::string remote_host;                  ///< %h; "[local]" for a Unix socket
    std::string remote_port;                  ///< with it %r; empty for a Unix socket
    std::string command_tag;                  ///< %i: what the session is doing
    bool is_session = false;                  ///< whether %q lets the rest of the prefix through
    std::string statement;                    ///< text for the STATEMENT line; empty for none
};

/// This process's log context. The reference is valid for the life of the process.
LogContext& log_context();

/// Renews what belongs to one process (start time, session id, line counter) after a fork, keeping nothing of the parent's.
/// \param backend_type new %b.
void log_context_after_fork(std::string backend_type);

/// Sends a report to the log and to the client, each by its threshold. Never throws; a log that cannot be written is
/// given up silently (there is nobody left to tell).
/// \param report what to say.
void report(const Report& report);

/// Sends a report to the log only, whatever the client wants to see. \param report what to say.
void report_to_log(const Report& report);

/// Where reports for the client go. Empty while no client is attached.
using ClientSink = std::function<void(const Report&)>;

/// Attaches or (with an empty function) detaches the client. \param sink called by report(); must not throw.
void set_client_sink(ClientSink sink);

/// Whether a message of this severity would go to the log; to skip building an expensive one. \param severity its severity.
bool log_wanted(Severity severity);

/// Builds and sends a report in one go: `say(Severity::log, "listening on {}", address)`.
/// \param severity how bad. \param condition SQLSTATE and source line.
/// \param format fmt's format string. \param args its arguments.
template <typename... Args>
void say(Severity severity, Condition condition, fmt::format_string<Args...> format, Args&&... args) {
    report(Report{.severity = severity, .code = condition.code, .message = fmt::format(format, std::forward<Args>(args)...),
                  .where = condition.where});
}

/// A LOG line. \param condition pass `sqlstate::successful_completion` when there is nothing to tell apart.
/// \param format fmt's format string. \param args its arguments.
template <typename... Args>
void log_line(Condition condition, fmt::format_string<Args...> format, Args&&... args) {
    say(Severity::log, condition, format, std::forward<Args>(args)...);
}

}  // namespace forklore
