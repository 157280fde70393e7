/// \file
/// The two ends of a report: the server's log and the client.
///
/// `report()` sends a message to whoever should see it: to the log when `log_min_messages` lets it through,
/// to the client when `client_min_messages` does and a client is attached. The log line begins with
/// `log_line_prefix`, whose escapes are answered from the process's `LogContext`.
///
/// Counterpart in PostgreSQL: elog.c (EmitErrorReport, log_line_prefix).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hook.hpp"

namespace forklore {

/// What this process knows of itself for `log_line_prefix`. One per process; upper layers fill it. What is
/// empty or zero prints as in PostgreSQL: "[unknown]" for %a, %u and %d of a session, otherwise nothing or 0.
struct LogContext {
    std::string backend_type = "postmaster";  ///< %b: "client backend", "postmaster", …
    std::int64_t start_us = now_us();  ///< %s and the first half of %c: when the process began, as now_us()
    std::string application_name;      ///< %a
    std::string user;                  ///< %u
    std::string database;              ///< %d
    std::string remote_host;           ///< %h; "[local]" for a Unix socket
    std::string remote_port;           ///< with it %r; empty for a Unix socket
    std::string command_tag;           ///< %i: what the session is doing
    std::string virtual_transaction;   ///< %v: "backend/number"
    std::uint64_t transaction = 0;     ///< %x
    std::int64_t query_id = 0;         ///< %Q
    int leader_pid = 0;                ///< %P: leader of a parallel group; 0 for none
    bool is_session = false;     ///< this process serves a client: %q lets the rest of the prefix through
    std::string_view statement;  ///< text for the STATEMENT line; not owned: whoever sets it empties it
                                 ///< before the text goes away
};

/// This process's log context. The reference is valid for the life of the process.
LogContext& log_context();

/// Renews what belongs to one process (start time, session id, line counter) after a fork, keeping nothing of
/// the parent's.
/// \param backend_type new %b.
void log_context_after_fork(std::string backend_type);

/// Sends a report to the log and to the client, each by its threshold. Never throws; a log that cannot be
/// written is given up silently (there is nobody left to tell).
/// \param report what to say.
void report(const Report& report) noexcept;

/// Sends a report to the log only, whatever the client wants to see.
/// \param report what to say.
void report_to_log(const Report& report) noexcept;

/// A report is about to be written to the log. Whoever steps in may look at it, change it or keep it back by not going on; what the client
/// is told stays as it is. What is reported meanwhile goes straight to the log. Counterpart in PostgreSQL: emit_log_hook.
extern Hook<void(Report&)> emit_log_hook;

/// Where reports for the client go. Empty while no client is attached.
using ClientSink = std::function<void(const Report&)>;

/// Attaches or (with an empty function) detaches the client.
/// \param sink called by report(); must not throw.
void set_client_sink(ClientSink sink);

/// Whether a message of this severity would go to the log.
/// \param severity its severity.
bool log_wanted(Severity severity);

/// Whether anybody, log or client, would see a message of this severity; to skip building one for nobody.
/// \param severity its severity.
bool report_wanted(Severity severity);

/// Builds and sends a report in one go: `say(Severity::log, "listening on {}", address)`.
/// \param severity how bad.
/// \param condition SQLSTATE and source line.
/// \param format fmt's format string.
/// \param args its arguments.
template <typename... Args>
void say(Severity severity, Condition condition, fmt::format_string<Args...> format, Args&&... args) {
    if (!report_wanted(severity)) return;
    report(Report{.severity = severity,
                  .code = condition.code,
                  .message = fmt::format(format, std::forward<Args>(args)...),
                  .where = condition.where});
}

/// A LOG line.
/// \param condition pass `sqlstate::successful_completion` when there is nothing to tell apart.
/// \param format fmt's format string.
/// \param args its arguments.
template <typename... Args>
void log_line(Condition condition, fmt::format_string<Args...> format, Args&&... args) {
    say(Severity::log, condition, format, std::forward<Args>(args)...);
}

}  // namespace forklore
