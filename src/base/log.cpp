#include "base/log.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <iterator>
#include <optional>

#include "base/log_settings.hpp"
#include "base/per_process.hpp"
#include "base/syscalls.hpp"

namespace forklore {

namespace {

ClientSink client_sink;

// %l; belongs to one process, hence the pid beside it.
std::uint64_t line_number = 0;

// In the log, LOG ranks above ERROR: an operator who asks only for errors still wants to know what the server
// does.
bool passes_log_threshold(Severity severity, Severity threshold) {
    if (severity == Severity::log) return threshold == Severity::log || threshold <= Severity::error;
    if (threshold == Severity::log) return severity >= Severity::fatal;
    return severity >= threshold;
}

bool client_wanted(Severity severity) {
    if (!client_sink) return false;
    return severity >= client_min_messages.as<Severity>() || severity == Severity::info;
}

// One report on its way to the log: the text, and what its prefix lines have in common.
class LogText {
public:
    explicit LogText(const Report& report) : report_(report), context_(log_context()), now_us_(now_us()) {}

    // The whole text, one line or several, each with its prefix.
    std::string build() {
        auto verbosity = log_error_verbosity.as<LogVerbosity>();
        begin_line(severity_name(report_.severity));
        if (verbosity == LogVerbosity::verbose) {
            text_ += report_.code.text();
            text_ += ": ";
        }
        append_with_tabs(report_.message.empty() ? "missing error text" : report_.message);
        int position = report_.position > 0 ? report_.position : report_.internal_position;
        if (position > 0) fmt::format_to(std::back_inserter(text_), " at character {}", position);
        text_ += '\n';
        if (verbosity >= LogVerbosity::standard) {
            add_line("DETAIL", report_.log_detail.empty() ? report_.detail : report_.log_detail);
            add_line("HINT", report_.hint);
            add_line("QUERY", report_.internal_query);
            add_line("CONTEXT", report_.context);
        }
        if (verbosity == LogVerbosity::verbose) add_location();
        if (!report_.hide_statement &&
            passes_log_threshold(report_.severity, log_min_error_statement.as<Severity>())) {
            add_line("STATEMENT", context_.statement);
        }
        return std::move(text_);
    }

private:
    void add_line(std::string_view label, std::string_view text) {
        if (text.empty()) return;
        begin_line(label);
        append_with_tabs(text);
        text_ += '\n';
    }

    void add_location() {
        begin_line("LOCATION");
        fmt::format_to(std::back_inserter(text_), "{}, {}:{}\n", report_.where.function_name(),
                       report_.where.file_name(), report_.where.line());
    }

    void begin_line(std::string_view label) {
        append_prefix();
        text_ += label;
        text_ += ":  ";
    }

    // A tab after each line feed keeps what belongs to one message apart from the next message.
    void append_with_tabs(std::string_view text) {
        for (char c : text) {
            text_ += c;
            if (c == '\n') text_ += '\t';
        }
    }

    // Odd formats end or vanish as they do in PostgreSQL: this is a setting that must never stop a message.
    void append_prefix() {
        ++line_number;
        std::string_view format = log_line_prefix.value();
        for (std::size_t percent; (percent = format.find('%')) != std::string_view::npos;) {
            text_ += format.substr(0, percent);
            format.remove_prefix(percent + 1);
            if (format.empty()) return;
            if (format.front() == '%') {
                text_ += '%';
                format.remove_prefix(1);
                continue;
            }
            int padding = take_padding(format);
            if (format.empty()) return;
            char letter = format.front();
            format.remove_prefix(1);
            if (letter == 'q' && !context_.is_session) return;
            if (std::optional<std::string> text = escape(letter)) append_padded(*text, padding);
        }
        text_ += format;
    }

    // Takes a width such as 10 or -10 (flush left) off the front.
    static int take_padding(std::string_view& format) {
        bool flush_left = format.front() == '-';
        if (flush_left) format.remove_prefix(1);
        unsigned width = 0;
        auto [end, error] = std::from_chars(format.data(), format.data() + format.size(), width);
        format.remove_prefix(static_cast<std::size_t>(end - format.data()));
        int padding = static_cast<int>(std::min(width, k_widest));
        return flush_left ? -padding : padding;
    }

    void append_padded(std::string_view text, int padding) {
        auto width = static_cast<std::size_t>(std::abs(padding));
        std::size_t spaces = width > text.size() ? width - text.size() : 0;
        if (padding > 0) text_.append(spaces, ' ');
        text_ += text;
        if (padding < 0) text_.append(spaces, ' ');
    }

    // What stands for one escape, without padding; none for a letter that is no escape.
    std::optional<std::string> escape(char letter) const {
        switch (letter) {
            case 'a': return session_name(context_.application_name);
            case 'b': return context_.backend_type;
            case 'c': return fmt::format("{:x}.{:x}", unix_seconds(context_.start_us), ::getpid());
            case 'd': return session_name(context_.database);
            case 'e': return std::string(report_.code.text());
            case 'h': return context_.remote_host;
            case 'i': return context_.command_tag;
            case 'l': return std::to_string(line_number);
            case 'm': return time_text(now_us_, true);
            case 'n': return fmt::format("{}.{:03}", unix_seconds(now_us_), milliseconds(now_us_));
            case 'p': return std::to_string(::getpid());
            case 'P': return context_.leader_pid != 0 ? std::to_string(context_.leader_pid) : "";
            case 'Q': return std::to_string(context_.query_id);
            case 'r':
                return context_.remote_port.empty()
                           ? context_.remote_host
                           : fmt::format("{}({})", context_.remote_host, context_.remote_port);
            case 's': return time_text(context_.start_us, false);
            case 't': return time_text(now_us_, false);
            case 'u': return session_name(context_.user);
            case 'v': return context_.virtual_transaction;
            case 'x': return std::to_string(context_.transaction);
            default: return {};
        }
    }

    std::string session_name(const std::string& name) const {
        if (!context_.is_session) return {};
        return name.empty() ? "[unknown]" : name;
    }

    static std::int64_t unix_us(std::int64_t us) { return us + k_postgres_epoch_us; }
    static std::int64_t unix_seconds(std::int64_t us) { return unix_us(us) / 1'000'000; }
    static std::int64_t milliseconds(std::int64_t us) { return unix_us(us) / 1'000 % 1'000; }

    // In log_timezone, which is libc's zone.
    static std::string time_text(std::int64_t us, bool with_milliseconds) {
        std::time_t seconds = unix_seconds(us);
        std::tm parts{};
        ::localtime_r(&seconds, &parts);
        char date[64], zone[64];
        std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
        std::strftime(zone, sizeof zone, "%Z", &parts);
        return with_milliseconds ? fmt::format("{}.{:03} {}", date, milliseconds(us), zone)
                                 : fmt::format("{} {}", date, zone);
    }

    // The widest padding that is honoured; more can only be a mistake.
    static constexpr unsigned k_widest = 1024;

    const Report& report_;
    const LogContext& context_;
    std::int64_t now_us_;
    std::string text_;
};

// One write() for the whole text: the kernel keeps it in one piece, so that processes that share a log do not
// mix.
void write_to_log(std::string_view text) noexcept {
    while (!text.empty()) {
        ssize_t written = sys::write(STDERR_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

LogContext& log_context() {
    static LogContext context;
    return context;
}

void log_context_after_fork(std::string backend_type) {
    log_context() = LogContext{};
    log_context().backend_type = std::move(backend_type);
    line_number = 0;
    client_sink = nullptr;
}

void report(const Report& report) noexcept {
    report_to_log(report);
    try {
        if (client_wanted(report.severity)) client_sink(report);
    } catch (...) {
    }
}

Hook<void(Report&)> emit_log_hook;

namespace {

// Those who stepped in may have something to report themselves.
FORKLORE_PER_PROCESS bool in_emit_log_hook = false;

void emit(const Report& report) {
    if (emit_log_hook.empty() || in_emit_log_hook) return write_to_log(LogText(report).build());
    struct Inside {
        Inside() { in_emit_log_hook = true; }
        ~Inside() { in_emit_log_hook = false; }
    } inside;
    Report copy = report;
    emit_log_hook.call([](Report& last) { write_to_log(LogText(last).build()); }, copy);
}

}  // namespace

void report_to_log(const Report& report) noexcept {
    if (!log_wanted(report.severity)) return;
    try {
        emit(report);
    } catch (...) {
        // Too little memory to build the text: say at least this much.
        write_to_log("out of memory while logging a message\n");
    }
}

void set_client_sink(ClientSink sink) { client_sink = std::move(sink); }

bool log_wanted(Severity severity) { return passes_log_threshold(severity, log_min_messages.as<Severity>()); }

bool report_wanted(Severity severity) { return log_wanted(severity) || client_wanted(severity); }

}  // namespace forklore
