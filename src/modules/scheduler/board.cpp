#include "board.hpp"

#include <unistd.h>

#include "background_workers/worker_settings.hpp"
#include "base/clock.hpp"
#include "queries/types/utf8.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/latch.hpp"

namespace scheduler {

namespace {

using namespace forklore;

//! [board-find]
constexpr std::string_view k_board_name = "Scheduler Board", k_states_name = "Scheduler Jobs",
                           k_runs_name = "Scheduler Runs", k_lock_name = "scheduler";
Board* the_board;
LWLock* the_lock;
JobState* the_states;
Run* the_runs;
std::size_t state_count, run_count;

}  // namespace

// A job that is gone keeps its state while it runs: one for each worker more.
void request_board(std::size_t most_jobs, std::size_t most_runs) {
    state_count = most_jobs + static_cast<std::size_t>(setting::max_worker_processes.value());
    run_count = most_runs;
    segment().request(k_board_name, sizeof(Board));
    segment().request_array<JobState>(k_states_name, state_count);
    segment().request_array<Run>(k_runs_name, run_count);
    request_lw_locks(k_lock_name, 1);
}

void find_board() {
    the_board = &segment().find_or_create<Board>(k_board_name);
    the_states = segment().find_or_create_array<JobState>(k_states_name, state_count);
    the_runs = segment().find_or_create_array<Run>(k_runs_name, run_count);
    the_lock = &requested_lw_locks(k_lock_name).front().lock;
}

Board& board() { return *the_board; }
LWLock& board_lock() { return *the_lock; }
std::span<JobState> states() { return {the_states, state_count}; }
std::span<Run> runs() { return {the_runs, run_count}; }
//! [board-find]

//! [tell-launcher]
void tell_launcher() {
    board().changes.fetch_add(1, std::memory_order_release);
    if (const SlotNumber slot = board().launcher.load(std::memory_order_acquire); slot != k_no_slot)
        latch_of(slot).set();
}
//! [tell-launcher]

//! [runs]
namespace {

Run& run_at(std::uint64_t id) { return the_runs[(id - 1) % run_count]; }

// Cuts off what is too long. The rest is zeros.
template <typename Text>
void put_text(Text& to, std::string_view text) {
    text = utf8_clip(text, std::size(to) - 1);
    std::fill(text.copy(std::data(to), text.size()) + std::begin(to), std::end(to), '\0');
}

}  // namespace

Run& open_run(const Job& job) {
    const std::uint64_t id = ++board().runs;
    Run& run = run_at(id);
    run = Run{.id = id, .job = job.id, .start_time = now_us()};
    put_text(run.name, job.name);
    put_text(run.database, job.database);
    put_text(run.role, job.role);
    return run;
}

void begin_run(std::uint64_t id) {
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    Run& run = run_at(id);
    if (run.id != id) return;  // so many have come since that it is forgotten
    run.status = RunStatus::running;
    run.pid = getpid();
}

void close_run(std::uint64_t id, RunStatus status, std::string_view message) {
    Run& run = run_at(id);
    if (run.id != id || !run.open()) return;
    run.status = status;
    run.end_time = now_us();
    put_text(run.message, message);
}
//! [runs]

}  // namespace scheduler
