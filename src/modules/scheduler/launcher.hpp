/// \file
/// Launcher: the worker that waits until a job is due, and has it run by a worker of its own.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "board.hpp"
#include "jobs.hpp"

namespace scheduler {

//! [launcher]
/// See the top of this file. There is one in the server.
class Launcher {
public:
    /// Goes on where another one has ended. Throws Error when there is no descriptor left.
    Launcher();

    /// Looks at everything: which jobs there are, which runs have ended, what is due.
    void look_around();

    /// Waits until the next job is due, or until somebody has something to say.
    void sleep();

private:
    void learn_jobs(const Now& now);
    void learn_job(const Job& job, const Now& now);
    void forget(JobState& state);
    void follow_clock(const Now& now);
    void close_runs();
    void pass_over(JobState& state, const Now& now);
    bool start(JobState& state, const Now& now);
    bool set_alarm(std::int64_t wall);
    std::optional<int> patience(const Now& now) const;

    std::map<std::int64_t, Job> jobs_;           // by id
    std::optional<std::uint32_t> seen_changes_;  // of the jobs' file; none: it has not been read
    std::vector<UnreadLine> said_;               // that they are wrong
    Now looked_;  // when it has looked the last time: what was due by then runs, or waits for a slot
    bool waiting_ = false;                      // somebody does
    const forklore::TimeZone* zone_ = nullptr;  // of scheduler.time_zone
    forklore::UniqueFd alarm_;  // readable when clocks show some time, and when they have been set
    forklore::WaitSet set_;
};

/// Runs a job, in a worker of its own. \param job its id \param run which one
void run_job(std::int64_t job, std::uint64_t run);
//! [launcher]

}  // namespace scheduler
