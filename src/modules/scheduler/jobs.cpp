#include "jobs.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "connections/access_file.hpp"
#include "queries/types/utf8.hpp"

namespace scheduler {

namespace {

using namespace forklore;

//! [jobs-file]
const std::string k_file = "./scheduler_jobs";  // a process of the server works in the data directory
constexpr std::string_view k_head = "# Jobs of the scheduler. Written by schedule() and its kin.\n";
constexpr std::string_view k_next = "next ";  // begins the line with the next job's number
constexpr unsigned k_private = 0600;          // a command may hold a secret
constexpr std::size_t k_fields = 7;
//! [jobs-file]

//! [escape]
// A field has no tabs, nor ends of lines: they are written \t, \n and \r, and a backslash is doubled.
constexpr std::string_view k_special = "\\\t\n\r", k_written = "\\tnr";

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const std::size_t special = k_special.find(c);
        if (special != k_special.npos)
            (out += '\\') += k_written[special];
        else
            out += c;
    }
    return out;
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const std::size_t special = ++i < text.size() ? k_written.find(text[i]) : k_written.npos;
        if (special == k_written.npos) throw Error(sqlstate::config_file_error, "a backslash stands alone");
        out += k_special[special];
    }
    return out;
}
//! [escape]

//! [job-line]
std::int64_t read_number(std::string_view text) {
    std::int64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    if (end != text.data() + text.size() || number < 1)
        throw Error(sqlstate::config_file_error, "\"{}\" is no job's number", text);
    return number;
}

Job read_line(std::string_view line) {
    utf8_check(line);
    std::vector<std::string> fields;
    for (std::size_t tab = 0; tab != line.npos; line.remove_prefix(tab == line.npos ? 0 : tab + 1)) {
        tab = line.find('\t');
        fields.push_back(unescape(line.substr(0, tab)));
    }
    if (fields.size() != k_fields)
        throw Error(sqlstate::config_file_error, "it has {} fields and not {}", fields.size(), k_fields);
    Job job{
        read_number(fields[0]), fields[1] == "active", fields[2], fields[3], fields[4], fields[5], fields[6]};
    if (!job.active && fields[1] != "resting")
        throw Error(sqlstate::config_file_error, "\"{}\" is neither active nor resting", fields[1]);
    check_job(job);
    return job;
}

std::string write_line(const Job& job) {
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", job.id, job.active ? "active" : "resting",
                       escape(job.database), escape(job.role), escape(job.name), escape(job.schedule),
                       escape(job.command));
}
//! [job-line]

}  // namespace

//! [check-job]
void check_job(Job& job) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < ' ';
    };  // it goes to titles and the log
    if (job.name.empty() || job.name.size() > k_longest_name || std::ranges::any_of(job.name, is_control))
        throw Error(sqlstate::invalid_name, "a job's name has 1 to {} bytes and no control characters",
                    k_longest_name);
    if (job.command.empty() || job.command.size() > k_longest_command)
        throw Error(sqlstate::invalid_parameter_value, "a job's command has 1 to {} bytes",
                    k_longest_command);
    if (job.schedule.size() > k_longest_schedule)
        throw Error(sqlstate::invalid_parameter_value, "a job's schedule has at most {} bytes",
                    k_longest_schedule);
    job.when = parse_schedule(job.schedule);
}
//! [check-job]

//! [read-jobs]
namespace {

// Calls `look` with each line that says something, until it returns true.
template <typename Look>
void each_line(Look look) {
    if (access(k_file.c_str(), F_OK) != 0 && errno == ENOENT) return;
    const std::string text = read_text(k_file);
    for (std::string_view rest = text; !rest.empty();) {
        check_for_interrupts();
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!line.empty() && line.front() != '#' && look(line)) return;
    }
}

}  // namespace

Jobs read_jobs() {
    Jobs jobs;
    std::unordered_set<std::int64_t> seen;
    each_line([&](std::string_view line) {
        try {
            if (line.starts_with(k_next)) {
                jobs.next_id = std::max(jobs.next_id, read_number(line.substr(k_next.size())));
                return false;
            }
            Job job = read_line(line);
            if (!seen.insert(job.id).second)
                throw Error(sqlstate::config_file_error, "job {} has stood before", job.id);
            jobs.next_id = std::max(jobs.next_id, job.id + 1);
            jobs.all.push_back(std::move(job));
        } catch (const Error& error) {
            jobs.unread.push_back({std::string(line), error.what()});
        }
        return false;
    });
    return jobs;
}

std::optional<Job> read_job(std::int64_t id) {
    std::optional<Job> job;
    each_line([&](std::string_view line) {
        try {
            if (read_number(line.substr(0, line.find('\t'))) == id) job = read_line(line);
        } catch (const Error&) {  // nobody understands it: it is no job
        }
        return job.has_value();
    });
    return job;
}
//! [read-jobs]

//! [change-jobs]
void change_jobs(const std::function<void(Jobs&)>& change) {
    const UniqueFd lock = lock_directory(".");
    Jobs jobs = read_jobs();
    change(jobs);
    std::string text = fmt::format("{}{}{}\n", k_head, k_next, jobs.next_id);
    for (const Job& job : jobs.all) text += write_line(job);
    for (const UnreadLine& line : jobs.unread) text += line.text + '\n';
    replace_file(k_file, text, k_private);
}
//! [change-jobs]

}  // namespace scheduler
