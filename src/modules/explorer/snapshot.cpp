#include "snapshot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <iterator>

#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"

namespace explorer {

namespace {

using namespace forklore;
using Result = WorkerSession::Result;

//! [parts]
/// A part of the page, and what it is asked for with.
struct Part {
    std::string_view name;
    std::string_view query;
    bool titles = false;         // the first column is a pid: a last one with the process's title is added
    bool of_postmaster = false;  // $1 is the postmaster's pid
};

constexpr Part k_parts[] = {
    {"server", R"(
select $1::int4 as pid, extract(epoch from clock_timestamp()) as now, current_setting('server_version') as version,
       current_setting('port') as port, extract(epoch from pg_postmaster_start_time()) as started,
       current_setting('max_connections') as max_connections, current_setting('track_lwlocks') as track_lwlocks,
       pg_notification_queue_usage() as queue)",
     true, true},
    {"processes", R"(
select pid, backend_type as type, datname as database, usename as role, application_name as application,
       host(client_addr) as address, client_port as port, extract(epoch from backend_start) as started,
       extract(epoch from xact_start) as xact, extract(epoch from state_change) as changed,
       wait_event_type as wait_type, wait_event as wait, state, left(query, 500) as query
  from pg_stat_activity order by backend_type = 'client backend', backend_start, pid)",
     true},
    {"memory", R"(
select name, off, size, allocated_size as allocated from pg_shmem_allocations)"},
    {"locks", R"(
select tranche, count(*) as locks, sum(shared) as shared, sum(exclusive) as exclusive, sum(waits) as waits,
       sum(wait_time) as waited
  from pg_stat_lwlocks group by tranche
 order by sum(wait_time) desc, sum(waits) desc, sum(shared) + sum(exclusive) desc, tranche limit 20)"},
    {"channels", R"(
select datname as database, channel, listeners, sent, delivered, bytes
  from pg_stat_notify order by sent desc, channel limit 50)"},
    {"listeners", R"(
select pid, datname as database, channels, delivered, lag
  from pg_stat_notify_listeners order by lag desc, pid limit 50)"},
    // The last line of each process, then the last but one of each, …: whoever says much leaves room for others.
    {"log", R"(
select pid, line, extract(epoch from logged_at) as time, severity, message
  from explorer_log order by back, logged_at desc limit 200)"},
};
//! [parts]

//! [titles]
// What `ps` shows of a process; none when it has gone.
std::optional<std::string> title_of(std::string_view pid) {
    const UniqueFd file(sys::open(fmt::format("/proc/{}/cmdline", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> text;
    const ssize_t length = file ? sys::read(file.get(), text.data(), text.size()) : -1;
    if (length <= 0) return {};
    std::string title(text.data(), static_cast<std::size_t>(length));
    while (!title.empty() && (title.back() == '\0' || title.back() == ' ')) title.pop_back();
    for (char& c : title)
        if (c == '\0') c = ' ';  // between arguments
    return title;
}

void add_titles(Result& to) {
    to.columns.push_back({.name = "title"});
    for (auto& row : to.rows) row.push_back(title_of(*row.front()));
}
//! [titles]

//! [json]
void put_text(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') to += '\\';
        if (static_cast<unsigned char>(c) < ' ')
            fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
        else
            to += c;
    }
    to += '"';
}

// A list of all that `put` writes.
template <typename Items, typename Put>
void put_list(std::string& to, const Items& items, Put put) {
    char before = '[';
    for (const auto& item : items) {
        to += before;
        before = ',';
        put(item);
    }
    to += before == '[' ? "[]" : "]";
}

void put_result(std::string& to, const Result& result) {
    to += "{\"columns\":";
    put_list(to, result.columns, [&](const ResultColumn& column) { put_text(to, column.name); });
    to += ",\"rows\":";
    put_list(to, result.rows, [&](const auto& row) {
        put_list(to, row, [&](const std::optional<std::string>& value) {
            if (value)
                put_text(to, *value);
            else
                to += "null";
        });
    });
    to += '}';
}
//! [json]

}  // namespace

//! [take-snapshot]
std::string take_snapshot(WorkerSession& session) {
    const std::optional<std::string> postmaster[] = {std::to_string(getppid())};
    std::string out;
    char before = '{';
    for (const Part& part : k_parts) {
        out += before;
        before = ',';
        Result result =
            part.of_postmaster ? session.execute(part.query, postmaster) : session.execute(part.query);
        if (part.titles) add_titles(result);
        put_text(out, part.name);
        out += ':';
        put_result(out, result);
    }
    return out += '}';
}
//! [take-snapshot]

}  // namespace explorer
