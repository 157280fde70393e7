#include "connections/statement_log.hpp"

#include <strings.h>

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [loggable]
namespace {
constexpr std::string_view k_secret_word = "password";

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<signed char>(c) < 0;
}

/// Where a secret may begin: behind the word PASSWORD, when a string constant follows; npos for nowhere.
std::size_t find_secret(std::string_view text) {
    for (std::size_t at = 0; at + k_secret_word.size() < text.size(); ++at) {
        if ((text[at] | 0x20) != k_secret_word.front()) continue;  // the call below is dear
        if (strncasecmp(text.data() + at, k_secret_word.data(), k_secret_word.size()) != 0) continue;
        const std::size_t behind = at + k_secret_word.size();
        if ((at > 0 && is_name_character(text[at - 1])) || is_name_character(text[behind])) continue;
        const std::size_t next = text.find_first_not_of(" \t\r\n\f\v", behind);
        if (next != std::string_view::npos &&
            std::string_view("'\"$eEuU-/").find(text[next]) != std::string_view::npos)
            return behind;
    }
    return std::string_view::npos;
}
}  // namespace

std::string loggable(std::string_view text) {
    const std::size_t secret = find_secret(text);
    return secret == std::string_view::npos ? std::string(text)
                                            : std::string(text.substr(0, secret)) + " <hidden>";
}
//! [loggable]

//! [log-wanted]
namespace {
bool wanted(std::string_view tag) {
    using setting::LogStatement;
    const auto what = setting::log_statement.as<LogStatement>();
    if (what == LogStatement::none || what == LogStatement::all) return what == LogStatement::all;
    const auto begins_with = [&](std::string_view word) { return tag.starts_with(word); };
    static constexpr std::array<std::string_view, 11> ddl{"CREATE",  "ALTER",    "DROP",    "GRANT",
                                                          "REVOKE",  "COMMENT",  "CLUSTER", "SECURITY",
                                                          "REFRESH", "REASSIGN", "IMPORT"};
    static constexpr std::array<std::string_view, 6> mod{"INSERT", "UPDATE",   "DELETE",
                                                         "MERGE",  "TRUNCATE", "COPY"};
    return std::any_of(ddl.begin(), ddl.end(), begins_with) ||
           (what == LogStatement::mod && std::any_of(mod.begin(), mod.end(), begins_with));
}
}  // namespace
//! [log-wanted]

//! [statement-parameters]
std::size_t whole_characters(std::string_view text, std::size_t most) {
    while (most > 0 && (text[most] & 0xC0) == 0x80) --most;
    return most;
}
//! [statement-parameters]

//! [statement-log]
StatementLog::StatementLog(std::string_view step, std::string_view name, std::string_view text)
    : step_(step), name_(name), text_(text) {
    if (setting::log_duration.value() || setting::log_min_duration_statement.value() >= 0)
        started_ = monotonic_us();
}

/// "statement: select 1", "execute <unnamed>: select 1"
std::string StatementLog::describe() const {
    if (step_ == "statement") return fmt::format("{}: {}", step_, loggable(text_));
    return fmt::format("{} {}: {}", step_, name_.empty() ? "<unnamed>" : name_, loggable(text_));
}

//! [statement-log]

//! [statement-parameter-line]
/// "parameters: $1 = 'it''s', $2 = NULL", each value cut to log_parameter_max_length.
std::string StatementLog::parameters() const {
    const int most = setting::log_parameter_max_length.value();
    std::string line;
    int number = 0;
    if (portal_ == nullptr || most == 0) return line;
    for (std::optional<std::string>& value : portal_->parameter_texts()) {
        line += fmt::format("{}${} = ", number == 0 ? "parameters: " : ", ", number + 1);
        ++number;
        if (!value) {
            line += "NULL";
            continue;
        }
        const bool cut = most > 0 && value->size() > static_cast<std::size_t>(most);
        if (cut) value->resize(whole_characters(*value, static_cast<std::size_t>(most)));
        line += '\'';
        for (const char c : *value) line.append(c == '\'' ? 2 : 1, c);
        line += cut ? "...'" : "'";
    }
    return line;
}

//! [statement-parameter-line]

//! [statement-log-lines]
void StatementLog::before(std::string_view tag) {
    if (text_logged_ || !wanted(tag)) return;
    report({.severity = Severity::log,
            .code = sqlstate::successful_completion,
            .message = describe(),
            .detail = parameters()});
    text_logged_ = true;
}

void StatementLog::done() {
    if (started_ == 0) return;
    const std::int64_t took = monotonic_us() - started_, least = setting::log_min_duration_statement.value();
    const bool slow = least >= 0 && took >= least * 1000;
    if (!slow && !setting::log_duration.value()) return;
    Report line{.severity = Severity::log,
                .code = sqlstate::successful_completion,
                .message = fmt::format("duration: {}.{:03} ms", took / 1000, took % 1000),
                .hide_statement = true};
    if (slow && !text_logged_) {
        line.message += "  " + describe();
        line.detail = parameters();
    }
    report(line);
}
//! [statement-log-lines]

}  // namespace forklore
