#include "launcher.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "background_workers/worker.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "scheduler_settings.hpp"
#include "shared_memory/process_table.hpp"

namespace scheduler {

namespace {

using namespace forklore;

//! [order]
const WaitEvent k_scheduler_main = define_wait_event(WaitEventClass::extension, "SchedulerMain");
constexpr int k_between_looks_ms = 1000;  // at what becomes of others' workers

// What a worker is told about the run that it is for.
struct Order {
    std::int64_t job;
    std::uint64_t run;
};

Now time_now() { return {now_us(), monotonic_us()}; }
//! [order]

}  // namespace

//! [launcher-learn]
Launcher::Launcher() : alarm_(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    if (!alarm_) throw Error(code_for_errno(errno), "could not create a timer: {}", errno_text(errno));
    set_.add(alarm_.get(), k_readable);
    board().launcher.store(my_slot_number(), std::memory_order_release);
}

void Launcher::learn_jobs(const Now& now) {
    const std::uint32_t changes = board().changes.load(std::memory_order_acquire);
    const TimeZone* const zone = find_time_zone(setting::time_zone.value());
    const bool other_zone = zone_ != nullptr && zone != zone_;
    zone_ = zone;
    if (other_zone) {
        const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
        for (JobState& state : states())
            if (state.due != 0 && state.when.goes_by_clock()) state.due = first_due(state.when, now, *zone_);
    }
    if (seen_changes_ == changes) return;
    Jobs read = read_jobs();
    seen_changes_ = changes;
    jobs_.clear();
    for (Job& job : read.all) jobs_.emplace(job.id, std::move(job));
    for (JobState& state : states())
        if (state.job != 0 && !jobs_.contains(state.job)) forget(state);
    for (const auto& [id, job] : jobs_) learn_job(job, now);
    if (read.unread == std::exchange(said_, read.unread)) return;
    for (const UnreadLine& line : said_)
        log_line(sqlstate::config_file_error, "a line of file \"scheduler_jobs\" is ignored: {}", line.why);
}

// What is gone is remembered for as long as it runs, and until the jobs change the next time.
void Launcher::forget(JobState& state) {
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    if (state.run == 0)
        state = {};
    else
        state.due = 0;
}

// What is known of it stays, unless it has got another schedule, or has just been woken.
void Launcher::learn_job(const Job& job, const Now& now) {
    const auto all = states();
    auto state = std::ranges::find(all, job.id, &JobState::job);
    if (state == all.end()) state = std::ranges::find(all, 0, &JobState::job);
    if (state == all.end())
        return log_line(sqlstate::configuration_limit_exceeded, "too many jobs: \"{}\" is ignored", job.name);
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    state->job = job.id;
    if (!job.active)
        state->due = 0;
    else if (state->due == 0 || state->when != job.when)
        state->due = first_due(job.when, now, *zone_);
    state->when = job.when;
}
//! [launcher-learn]

//! [launcher-look]
void Launcher::look_around() {
    const Now now = looked_ = time_now();
    close_runs();
    learn_jobs(now);
    follow_clock(now);
    std::vector<JobState*> due;
    for (JobState& state : states())
        if (state.due != 0 && state.due <= now.by_clock_of(state.when)) due.push_back(&state);
    // When there are not enough workers for all, who has waited longest comes first: nobody waits for ever.
    std::ranges::sort(due, {}, [](const JobState* state) { return std::pair(state->started, state->job); });
    const bool waited = std::exchange(waiting_, false);
    for (JobState* state : due)
        if (state->run != 0)
            pass_over(*state, now);
        else if (!waiting_)
            waiting_ = !start(*state, now);
    if (waiting_ && !waited)
        log_line(sqlstate::configuration_limit_exceeded,
                 "jobs are due and wait: all background worker slots are taken");
}

void Launcher::follow_clock(const Now& now) {
    const ClockStep step = look_at_clock(board().latest, now.wall);
    if (step == ClockStep::none) return;
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    for (JobState& state : states()) state.due = due_after_step(state.when, state.due, step, now, *zone_);
}

// Whose worker has gone does not run any more, whatever has become of it.
void Launcher::close_runs() {
    for (JobState& state : states()) {
        if (state.run == 0 || BackgroundWorkerHandle(state.slot, state.generation, state.launcher).status() !=
                                  WorkerStatus::stopped)
            continue;
        const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
        close_run(state.run, RunStatus::killed, "its process ended before its work did");
        state.run = 0;
    }
}
//! [launcher-look]

//! [launcher-start]
void Launcher::pass_over(JobState& state, const Now& now) {
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    state.due = due_again(state.when, state.due, now, *zone_);
    ++state.passed_over;
}

// Under the lock, the run, the worker and what is known of both come to be as one: whoever is killed in between takes the board along.
// False: there is no slot, and the job stays due.
bool Launcher::start(JobState& state, const Now& now) {
    const Job& job = jobs_.at(state.job);
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    const Order order{job.id, board().runs + 1};
    BackgroundWorker worker;
    worker.name = std::string_view(fmt::format("job {}", job.name));
    worker.type = "scheduler job";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.library = "scheduler";
    worker.function = "scheduler_run_job";
    worker.notify_pid = getpid();
    std::memcpy(worker.extra.data(), &order, sizeof order);
    const std::optional<BackgroundWorkerHandle> handle = register_dynamic_background_worker(worker);
    if (!handle) return false;
    open_run(job);
    state.due = due_again(state.when, state.due, now, *zone_);
    state.started = now.steady;
    state.run = order.run;
    state.slot = handle->slot();
    state.generation = handle->generation();
    state.launcher = getpid();
    return true;
}
//! [launcher-start]

//! [launcher-sleep]
void Launcher::sleep() {
    const Now now = time_now();
    std::int64_t wall = 0;
    for (const JobState& state : states())
        if (state.due > looked_.wall && state.when.goes_by_clock())
            wall = wall == 0 ? state.due : std::min(wall, state.due);
    if (!set_alarm(wall)) return;
    if (!set_.wait(patience(now), k_scheduler_main).empty()) {
        std::uint64_t rings;  // how often is no matter: whoever wakes looks at everything
        (void)sys::read(alarm_.get(), &rings, sizeof rings);
    }
}

// For lines: it rings when clocks show that time, be it that the machine has slept meanwhile or that they have been put forward, and also when they
// have been put back. Whether they have been left alone since the last time.
bool Launcher::set_alarm(std::int64_t wall) {
    itimerspec at{};
    if (wall != 0) {
        at.it_value.tv_sec = (wall + k_postgres_epoch_us) / 1'000'000;
        at.it_value.tv_nsec = (wall + k_postgres_epoch_us) % 1'000'000 * 1000;
    }
    return timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, nullptr) == 0 ||
           errno != ECANCELED;
}

// For intervals, and for those who wait for a slot, in milliseconds; none: for ever.
std::optional<int> Launcher::patience(const Now& now) const {
    std::optional<int> patience;
    const auto at_most = [&](std::int64_t ms) {
        patience = static_cast<int>(std::clamp<std::int64_t>(ms, 0, patience.value_or(INT_MAX)));
    };
    if (waiting_) at_most(k_between_looks_ms);
    for (const JobState& state : states()) {
        if (state.due > looked_.steady && !state.when.goes_by_clock())
            at_most((state.due - now.steady + 999) / 1000);
        // It was started by a launcher that is no more, and who would be told of its end is that one.
        if (state.run != 0 && state.launcher != getpid()) at_most(k_between_looks_ms);
    }
    return patience;
}
//! [launcher-sleep]

//! [run-job]
namespace {

void end_run(std::uint64_t run, RunStatus status, std::string_view message) {
    const LWLockGuard guard(board_lock(), LWLockMode::exclusive);
    close_run(run, status, message);
}

std::string run_command(std::int64_t id) {
    const std::optional<Job> job = read_job(id);
    if (!job) throw Error(sqlstate::undefined_object, "the job is gone");
    WorkerSession session(job->database, job->role);
    std::string tag = session.execute(job->command, {}, false).tag;
    if (session.session().in_transaction())
        throw Error(sqlstate::active_sql_transaction, "the command has begun a transaction and not ended it");
    return tag;
}

}  // namespace

void run_job(std::int64_t job, std::uint64_t run) {
    begin_run(run);
    try {
        end_run(run, RunStatus::succeeded, run_command(job));
    } catch (const std::exception& error) {
        end_run(run, RunStatus::failed, error.what());
        throw;
    }
}
//! [run-job]

}  // namespace scheduler

//! [worker-functions]
extern "C" [[gnu::visibility("default")]] void scheduler_launch(const forklore::BackgroundWorker&) {
    scheduler::Launcher launcher;
    for (;;) {
        forklore::check_worker();
        launcher.look_around();
        launcher.sleep();
    }
}

extern "C" [[gnu::visibility("default")]] void scheduler_run_job(const forklore::BackgroundWorker& me) {
    scheduler::Order order;
    std::memcpy(&order, me.extra.data(), sizeof order);
    scheduler::run_job(order.job, order.run);
}
//! [worker-functions]
