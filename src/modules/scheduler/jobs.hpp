/// \file
/// Jobs: what shall be run, when and as whom. They are kept in a file of the data directory, and nowhere else: whoever wants to know them
/// reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schedule.hpp"

namespace scheduler {

//! [job]
inline constexpr std::size_t k_longest_name = 63;            ///< of a job, in bytes
inline constexpr std::size_t k_longest_schedule = 255;       ///< its text, in bytes
inline constexpr std::size_t k_longest_command = 64 * 1024;  ///< in bytes

/// See the top of this file.
struct Job {
    std::int64_t id = 0;     ///< from 1, never used again
    bool active = true;      ///< false: it rests
    std::string database{};  ///< where it is run
    std::string role{};      ///< as whom, and whose it is: of one role's jobs each has a name of its own
    std::string name{};      ///< what it is called
    std::string schedule{};  ///< as its owner wrote it
    std::string command{};   ///< SQL
    Schedule when{};         ///< what `schedule` means
};

/// Looks at what a user has written, and understands the schedule. Throws Error 42602, 22023 and 22007. \param job to be checked
void check_job(Job& job);
//! [job]

//! [jobs]
/// A line of the file that nobody understands. It is kept as it is.
struct UnreadLine {
    std::string text;  ///< the line
    std::string why;   ///< what is wrong with it
    friend bool operator==(const UnreadLine&, const UnreadLine&) = default;
};

/// All that the file says.
struct Jobs {
    std::vector<Job> all{};            ///< in the order in which they came
    std::vector<UnreadLine> unread{};  ///< the rest
    std::int64_t next_id = 1;          ///< for the next job
};

/// Reads the file as it is now; no file means no jobs. Throws Error when it cannot be read.
Jobs read_jobs();

/// One job, as the file says now; none: there is none. Throws Error when the file cannot be read. \param id whose
std::optional<Job> read_job(std::int64_t id);

/// Changes the file: whoever reads it sees it as before or as after, also when this process or the machine dies meanwhile. Others who want
/// to change it wait. Throws what `change` throws, and then nothing has changed; and Error when the file cannot be written, or when the disk
/// does not confirm it: then it says the one or the other.
/// \param change gets what the file says now
void change_jobs(const std::function<void(Jobs&)>& change);
//! [jobs]

}  // namespace scheduler
