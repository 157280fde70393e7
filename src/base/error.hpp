/// \file
/// Errors and messages: what went wrong, said once, for the client and for the log.
///
/// An `Error` is an exception that ends the current statement, a `Fatal` ends the session, a `Panic` ends the
/// whole server's trust in shared memory. All three carry a `Report`, the record behind PostgreSQL's
/// ErrorResponse and NoticeResponse messages. Lesser messages (notices, warnings, log lines) are reports that
/// are not thrown.
///
/// Counterpart in PostgreSQL: elog.c (ereport), which jumps with longjmp where we throw.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/source_location.hpp"
#include "base/sqlstate.hpp"

namespace forklore {

/// How bad it is. In ascending order, as the client's threshold sees it.
enum class Severity : std::uint8_t {
    debug5,
    debug4,
    debug3,
    debug2,
    debug1,
    log,
    info,
    notice,
    warning,
    error,
    fatal,
    panic
};

/// The severity as the protocol and the log spell it: "ERROR", "NOTICE"; all five debug levels are "DEBUG".
/// \param severity the severity to name.
std::string_view severity_name(Severity severity);

/// One message with all the fields that a PostgreSQL client may show. Empty strings and zero positions are
/// absent.
//! [report]
struct Report {
    Severity severity = Severity::error;       ///< how bad it is
    SqlState code = sqlstate::internal_error;  ///< what programs test
    std::string message;                       ///< one line, lower-case start, no full stop
    std::string detail{};                      ///< whole sentences
    std::string hint{};                        ///< whole sentences: what to do about it
    std::string context{};                     ///< where it happened, innermost first, one line each
    std::string internal_query{};              ///< text of a query that the server made itself
    int position = 0;                          ///< character (not byte) in the client's query, from 1
    int internal_position = 0;                 ///< the same in `internal_query`
    std::string schema{};                      ///< schema of the object concerned
    std::string table{};                       ///< table concerned
    std::string column{};                      ///< column concerned
    std::string datatype{};                    ///< data type concerned
    std::string constraint{};                  ///< constraint concerned
    std::string log_detail{};     ///< replaces `detail` in the server's log; clients never see it
    bool hide_statement = false;  ///< leave the STATEMENT line out of the log (it may hold a secret)
    SourceLocation where = SourceLocation::current();  ///< the line of ours that reports
};
//! [report]

/// A SQLSTATE together with the source line that names it. It converts from a SqlState, so that the
/// constructors below can take both a format string with arguments and the caller's location.
struct Condition {
    /// \param state the SQLSTATE.
    /// \param location filled in by the compiler.
    // NOLINTNEXTLINE(google-explicit-constructor): its purpose is to convert
    Condition(SqlState state, SourceLocation location = SourceLocation::current())
        : code(state), where(location) {}
    SqlState code;         ///< the SQLSTATE
    SourceLocation where;  ///< the reporting line
};

/// An error that ends the current statement and aborts its transaction. The session goes on.
///
/// \code
/// throw Error(sqlstate::division_by_zero, "division by zero");
/// throw Error(sqlstate::undefined_column, "column \"{}\" does not exist", name).hint("…").position(12);
/// \endcode
class Error : public std::exception {
public:
    /// \param condition SQLSTATE (and, by itself, the source line).
    /// \param format fmt's format string, checked at compile time.
    /// \param args its arguments.
    template <typename... Args>
    explicit Error(Condition condition, fmt::format_string<Args...> format, Args&&... args)
        : Error(Severity::error, condition, fmt::format(format, std::forward<Args>(args)...)) {}

    /// An error made from a finished report.
    /// \param report taken over; its severity is kept.
    explicit Error(Report report) : report_(std::move(report)) {}

    /// \name Further fields
    /// Each returns the error itself, so that they chain in a throw expression.
    /// \{

    /// Sets DETAIL.
    /// \param text whole sentences.
    Error&& detail(std::string text) && {
        report_.detail = std::move(text);
        return std::move(*this);
    }

    /// Sets HINT.
    /// \param text whole sentences.
    Error&& hint(std::string text) && {
        report_.hint = std::move(text);
        return std::move(*this);
    }

    /// Sets CONTEXT.
    /// \param text one line.
    Error&& context(std::string text) && {
        report_.context = std::move(text);
        return std::move(*this);
    }

    /// Sets what the log shows as DETAIL, and the client never sees.
    /// \param text whole sentences.
    Error&& log_detail(std::string text) && {
        report_.log_detail = std::move(text);
        return std::move(*this);
    }

    /// Sets the place in the client's query.
    /// \param character counted from 1 in characters; 0 for none.
    Error&& position(int character) && {
        report_.position = character;
        return std::move(*this);
    }
    /// \}

    /// The message; what std::exception's users print.
    const char* what() const noexcept override { return report_.message.c_str(); }

    /// All fields. The reference lives as long as the error.
    const Report& report() const noexcept { return report_; }

    /// All fields, to be completed by a handler on the way up (a position, a context line).
    Report& report() noexcept { return report_; }

    /// The same message at another severity, to be reported instead of thrown.
    /// \param severity the new one.
    Report as(Severity severity) const {
        Report copy = report_;
        copy.severity = severity;
        return copy;
    }

    /// The SQLSTATE.
    SqlState code() const noexcept { return report_.code; }

protected:
    /// Used by Fatal.
    /// \param severity its own.
    /// \param condition SQLSTATE and line.
    /// \param message finished text.
    Error(Severity severity, Condition condition, std::string message)
        : report_{.severity = severity,
                  .code = condition.code,
                  .message = std::move(message),
                  .where = condition.where} {}

private:
    Report report_;
};

/// An error that ends the session: the client is told, then the process exits with status 1.
class Fatal : public Error {
public:
    /// \param condition SQLSTATE (and, by itself, the source line).
    /// \param format fmt's format string, checked at compile time.
    /// \param args its arguments.
    template <typename... Args>
    explicit Fatal(Condition condition, fmt::format_string<Args...> format, Args&&... args)
        : Error(Severity::fatal, condition, fmt::format(format, std::forward<Args>(args)...)) {}

    /// \name Further fields
    /// As those of Error, but what they return is still a Fatal and is caught as one.
    /// \{

    /// Sets DETAIL.
    /// \param text whole sentences.
    Fatal&& detail(std::string text) && {
        report().detail = std::move(text);
        return std::move(*this);
    }

    /// Sets HINT.
    /// \param text whole sentences.
    Fatal&& hint(std::string text) && {
        report().hint = std::move(text);
        return std::move(*this);
    }

    /// Sets what the log shows as DETAIL, and the client never sees.
    /// \param text whole sentences.
    Fatal&& log_detail(std::string text) && {
        report().log_detail = std::move(text);
        return std::move(*this);
    }
    /// \}
};

/// Broken shared state: the message is logged and the process aborts, which makes the postmaster reset the
/// server. Not an exception on purpose: nothing may catch it.
/// \param condition SQLSTATE (and, by itself, the source line).
/// \param message finished text.
[[noreturn]] void panic(Condition condition, std::string message);

/// Text of an errno, as PostgreSQL's %m.
/// \param error the errno.
std::string errno_text(int error);

/// The SQLSTATE that tells a program what kind of refusal a failed system call was: 42501 for missing
/// permission, 58P01 for a missing file, 53100 for a full disk, 53000 and 53200 for too few descriptors or
/// too little memory, …, XX000 for the rest. Counterpart in PostgreSQL: errcode_for_file_access().
/// \param error the errno.
SqlState code_for_errno(int error) noexcept;

}  // namespace forklore
