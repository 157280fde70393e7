/// \file
/// The board: what the launcher, the processes that run jobs, and the sessions that ask for either know together, in shared memory.
///
/// How far the launcher has come with each job stands here, so that another launcher goes on where one has been killed; and what has become
/// of the last runs. All of it is gone when the server stops, and when it has to make its shared memory anew.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "jobs.hpp"
#include "lwlocks/lw_lock.hpp"
#include "shared_memory/process_slot.hpp"

namespace scheduler {

//! [job-state]
/// How far the launcher has come with a job.
struct JobState {
    std::int64_t job = 0;          ///< its id; 0: nobody's
    Schedule when{};               ///< by which it is due
    std::int64_t due = 0;          ///< when it is, by the clock that `when` goes by: see Now; 0: never
    std::int64_t started = 0;      ///< when its last run was, by the clock that nobody sets
    std::int64_t passed_over = 0;  ///< how often it was due while it ran
    std::uint64_t run = 0;         ///< its present run; 0: it does not run
    std::int32_t slot = 0;         ///< of the worker that runs it: see BackgroundWorkerHandle
    std::uint32_t generation = 0;  ///< likewise
    pid_t launcher = 0;            ///< who is told when that ends
};
//! [job-state]

//! [run]
/// What can become of a run.
enum class RunStatus : std::uint8_t {
    starting,   ///< a worker has been asked for
    running,    ///< it is at it
    succeeded,  ///< done
    failed,     ///< the command has failed, or could not begin
    killed      ///< its process ended before its work did
};

/// One run of a job. It outlives the job.
struct Run {
    std::uint64_t id = 0;                    ///< counted from 1; 0: there has not been one
    std::int64_t job = 0;                    ///< whose
    std::int64_t start_time = 0;             ///< microseconds since 2000-01-01 UTC
    std::int64_t end_time = 0;               ///< likewise; 0: it has not ended
    pid_t pid = 0;                           ///< who runs it; 0: nobody has begun
    RunStatus status = RunStatus::starting;  ///< see there
    forklore::SharedName name{};             ///< of the job
    forklore::SharedName database{};         ///< where
    forklore::SharedName role{};             ///< as whom
    char message[256]{};  ///< what came of it: a tag, "SELECT 1", or the beginning of an error

    /// Whether it has not ended.
    bool open() const { return status < RunStatus::succeeded; }
};
//! [run]

//! [board]
/// \copydoc board.hpp
struct Board {
    using Shareable = void;                                           ///< see k_shareable
    std::atomic<std::uint32_t> changes{0};                            ///< of the jobs' file
    std::atomic<forklore::SlotNumber> launcher{forklore::k_no_slot};  ///< whose latch wakes the launcher
    std::int64_t latest = 0;  ///< the launcher's: the latest time that it has seen clocks show
    std::uint64_t runs = 0;   ///< how many there have been; under the lock
};

/// Asks for room in shared memory. \param most_jobs that there can be \param most_runs that are remembered
void request_board(std::size_t most_jobs, std::size_t most_runs);
/// Finds it, when there is shared memory.
void find_board();

Board& board();                  ///< the board
forklore::LWLock& board_lock();  ///< guards what is written on it
std::span<JobState>
states();               ///< one for each job, in no order. The launcher alone writes them, under the lock
std::span<Run> runs();  ///< the last ones, in a ring. Under the lock

/// Says that the jobs' file has changed, and wakes the launcher.
void tell_launcher();

/// A new run of a job, in the place of the oldest. Under the lock. \param job whose
Run& open_run(const Job& job);
/// This process begins with a run. \param id of the run
void begin_run(std::uint64_t id);
/// A run has ended, unless that has been said before. Under the lock. \param id of the run \param status how \param message what came of it
void close_run(std::uint64_t id, RunStatus status, std::string_view message);
//! [board]

}  // namespace scheduler
