/// \file
/// The log's view of statements: log_statement, log_duration, log_min_duration_statement, STATEMENT lines.
///
/// Counterpart in PostgreSQL: postgres.c (check_log_statement, check_log_duration).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "queries/session.hpp"

namespace forklore {

/// A statement's text as the log may see it: whatever follows the word PASSWORD is hidden. \param text as the
/// client sent it.
std::string loggable(std::string_view text);

/// Length of the longest beginning that has at most `most` bytes and no half character at its end.
/// \param text UTF-8 \param most less than its length
std::size_t whole_characters(std::string_view text, std::size_t most);

/// Times one message's work and logs it, as far as the settings ask for it.
class StatementLog {
public:
    /// Starts the clock, if anybody will read it. \param step "statement", "parse", "bind" or "execute"
    /// \param name of the prepared statement or portal; empty for the unnamed one \param text the statement. All of them
    /// must outlive this.
    StatementLog(std::string_view step, std::string_view name, std::string_view text);

    /// From now on a line about this statement tells its parameters, too. \param portal must outlive this
    void with_parameters(const Portal& portal) { portal_ = &portal; }

    /// Logs the text now if log_statement asks for statements with this tag; once only. \param tag command tag, or empty
    /// for those that `all` means and nothing else
    void before(std::string_view tag);

    /// Logs the duration.
    void done();

private:
    std::string describe() const;
    std::string parameters() const;

    std::string_view step_, name_, text_;
    const Portal* portal_ = nullptr;
    std::int64_t started_ = 0;  ///< monotonic µs; 0: not timed
    bool text_logged_ = false;
};

}  // namespace forklore
