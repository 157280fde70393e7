/// \file
/// The log's view of statements: log_statement, log_duration, log_min_duration_statement, STATEMENT lines.
///
/// Counterpart in PostgreSQL: postgres.c (check_log_statement, check_log_duration).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace forklore {

/// A statement's text as the log may see it: whatever follows the word PASSWORD is hidden. \param text as the
/// client sent it.
std::string loggable(std::string_view text);

/// Times one message's work and logs it, as far as the settings ask for it.
class StatementLog {
public:
    /// Starts the clock, if anybody will read it. \param step "statement", "parse", "bind" or "execute"
    /// \param name of the prepared statement or portal; empty for the unnamed one \param text the statement. All of them
    /// must outlive this.
    StatementLog(std::string_view step, std::string_view name, std::string_view text);

    /// Logs the text now if log_statement asks for statements with this tag. \param tag command tag, or empty
    /// when not known yet
    void before(std::string_view tag);

    /// Logs the duration. \param detail parameters, or empty
    void done(std::string detail = {});

private:
    std::string describe() const;

    std::string_view step_, name_, text_;
    std::int64_t started_ = 0;  ///< monotonic µs; 0: not timed
    bool text_logged_ = false;
};

}  // namespace forklore
