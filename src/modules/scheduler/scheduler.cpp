/// \file
/// scheduler: runs SQL when its time has come.
///
/// A worker that waits, workers that run jobs, functions that make and end jobs, views that show them and what has become of them.
#include <algorithm>

#include "background_workers/hooks.hpp"
#include "background_workers/module.hpp"
#include "background_workers/worker.hpp"
#include "base/clock.hpp"
#include "base/settings.hpp"
#include "board.hpp"
#include "connections/door.hpp"
#include "jobs.hpp"
#include "queries/session.hpp"
#include "queries/types/datetime.hpp"
#include "queries/view_writer.hpp"
#include "scheduler_settings.hpp"

namespace scheduler {

using namespace forklore;

//! [settings]
namespace setting {
StringSetting time_zone{{.name = "scheduler.time_zone",
                         .context = SettingContext::sighup,
                         .category = "Customized Options",
                         .description = "Sets the time zone that jobs' cron lines mean."},
                        "GMT"};
IntSetting max_jobs{{.name = "scheduler.max_jobs",
                     .context = SettingContext::postmaster,
                     .category = "Customized Options",
                     .description = "Sets the maximum number of jobs."},
                    100,
                    1,
                    10'000};
IntSetting max_runs{{.name = "scheduler.max_runs",
                     .context = SettingContext::postmaster,
                     .category = "Customized Options",
                     .description = "Sets how many runs of jobs are remembered."},
                    1000,
                    1,
                    100'000};
}  // namespace setting
//! [settings]

namespace {

//! [own-jobs]
const Identity& me(EvalContext& context) { return context.session->identity(); }

// Commands and what comes of them are their owner's business, and superusers'.
bool may_see(EvalContext& context, std::string_view role) {
    return me(context).superuser || me(context).user == role;
}

// A job that may be changed.
std::vector<Job>::iterator find_job(EvalContext& context, Jobs& jobs, std::int64_t id) {
    const auto job = std::ranges::find(jobs.all, id, &Job::id);
    if (job == jobs.all.end()) throw Error(sqlstate::undefined_object, "job {} does not exist", id);
    if (!may_see(context, job->role))
        throw Error(sqlstate::insufficient_privilege, "must be owner of job {}", id);
    return job;
}

// Changes the jobs, and tells the launcher: also after an error, for the file may have changed before it came.
template <typename Change>
void change(Change how) {
    const struct Teller {
        ~Teller() { tell_launcher(); }
    } teller;
    change_jobs(how);
}
//! [own-jobs]

//! [schedule]
void check_place(EvalContext& context, const Job& job) {
    if (find_named(door().databases, job.database) == nullptr)
        throw Error(sqlstate::undefined_database, "database \"{}\" does not exist", job.database);
    if (current_role(job.role) == nullptr)
        throw Error(sqlstate::undefined_object, "role \"{}\" does not exist", job.role);
    if (!may_see(context, job.role))
        throw Error(sqlstate::insufficient_privilege, "permission denied to schedule a job as role \"{}\"",
                    job.role);
}

// A role's job of that name becomes this one, or there is a new one.
std::int64_t put_job(EvalContext& context, Job job) {
    check_job(job);
    check_place(context, job);
    change([&](Jobs& jobs) {
        for (Job& other : jobs.all)
            if (other.name == job.name && other.role == job.role) {
                job.id = other.id;
                other = job;
                return;
            }
        if (jobs.all.size() >= static_cast<std::size_t>(setting::max_jobs.value()))
            throw Error(sqlstate::configuration_limit_exceeded, "too many jobs")
                .hint("You might need to increase \"scheduler.max_jobs\" and restart the server.");
        job.id = jobs.next_id++;
        jobs.all.push_back(job);
    });
    return job.id;
}

std::int64_t schedule(EvalContext& context, std::string_view name, std::string_view when,
                      std::string_view command) {
    return put_job(context, {.database = me(context).database,
                             .role = me(context).user,
                             .name = std::string(name),
                             .schedule = std::string(when),
                             .command = std::string(command)});
}

std::int64_t schedule_in_database(EvalContext& context, std::string_view name, std::string_view when,
                                  std::string_view command, std::string_view database,
                                  std::string_view role) {
    return put_job(context, {.database = std::string(database),
                             .role = std::string(role),
                             .name = std::string(name),
                             .schedule = std::string(when),
                             .command = std::string(command)});
}
//! [schedule]

//! [unschedule]
bool unschedule(EvalContext& context, std::int64_t id) {
    change([&](Jobs& jobs) { jobs.all.erase(find_job(context, jobs, id)); });
    return true;
}

bool unschedule_by_name(EvalContext& context, std::string_view name) {
    change([&](Jobs& jobs) {
        const auto job = std::ranges::find_if(
            jobs.all, [&](const Job& one) { return one.name == name && one.role == me(context).user; });
        if (job == jobs.all.end()) throw Error(sqlstate::undefined_object, "job \"{}\" does not exist", name);
        jobs.all.erase(job);
    });
    return true;
}

// What is null stays as it is.
std::optional<bool> alter_job(EvalContext& context, std::optional<std::int64_t> id,
                              std::optional<std::string_view> when, std::optional<std::string_view> command,
                              std::optional<bool> active) {
    if (!id) return {};
    change([&](Jobs& jobs) {
        Job& job = *find_job(context, jobs, *id);
        job.schedule = when.value_or(job.schedule);
        job.command = command.value_or(job.command);
        job.active = active.value_or(job.active);
        check_job(job);
    });
    return true;
}
//! [unschedule]

//! [views]
// Microseconds; none for 0.
std::optional<TimestampTz> moment(std::int64_t us) {
    return us == 0 ? std::nullopt : std::optional(TimestampTz{us});
}

void show_jobs(EvalContext& context, ViewWriter& to) {
    const Jobs jobs = read_jobs();
    const LWLockGuard guard(board_lock(), LWLockMode::shared);
    for (const Job& job : jobs.all) {
        if (!may_see(context, job.role)) continue;
        const auto known = std::ranges::find(states(), job.id, &JobState::job);
        JobState state = known != states().end() ? *known : JobState{};
        if (state.due != 0 && !state.when.goes_by_clock()) state.due += now_us() - monotonic_us();
        to.row(job.id, job.name, job.schedule, job.command, job.database, job.role, job.active,
               moment(state.due),
               state.run != 0 ? std::optional(static_cast<std::int64_t>(state.run)) : std::nullopt,
               state.passed_over);
    }
}

constexpr std::string_view k_status_names[] = {"starting", "running", "succeeded", "failed", "killed"};

void show_runs(EvalContext& context, ViewWriter& to) {
    const LWLockGuard guard(board_lock(), LWLockMode::shared);
    const std::uint64_t last = board().runs;
    for (std::uint64_t id = last - std::min(last, runs().size()) + 1; id <= last; ++id) {
        const Run& run = runs()[(id - 1) % runs().size()];
        if (!may_see(context, run.role.data())) continue;
        to.row(static_cast<std::int64_t>(id), run.job, run.name.data(), run.database.data(), run.role.data(),
               run.pid != 0 ? std::optional(static_cast<std::int32_t>(run.pid)) : std::nullopt,
               k_status_names[static_cast<std::size_t>(run.status)],
               run.open() ? std::nullopt : std::optional(std::string_view(run.message)),
               moment(run.start_time), moment(run.end_time));
    }
}
//! [views]

//! [register]
void register_launcher() {
    BackgroundWorker worker;
    worker.name = worker.type = "scheduler";
    worker.restart_interval = std::chrono::seconds(1);
    worker.library = "scheduler";
    worker.function = "scheduler_launch";
    register_background_worker(worker);
}

void add_sql(Module& module) {
    const Declared changes{.volatility = Volatility::volatile_};
    module.add(function<schedule>("schedule", 0, changes));
    module.add(function<schedule_in_database>("schedule_in_database", 0, changes));
    module.add(function<unschedule>("unschedule", 0, changes));
    module.add(function<unschedule_by_name>("unschedule", 0, changes));
    module.add(function<alter_job>("alter_job", 0, changes));
    module.add(std::make_unique<SystemView>("pg_catalog", "scheduled_jobs", 0,
                                            std::vector<ColumnInfo>{{"job", k_int8},
                                                                    {"name", k_text},
                                                                    {"schedule", k_text},
                                                                    {"command", k_text},
                                                                    {"database", k_text},
                                                                    {"role", k_text},
                                                                    {"active", k_bool},
                                                                    {"next_due", k_timestamptz},
                                                                    {"run", k_int8},
                                                                    {"passed_over", k_int8}},
                                            show_jobs));
    module.add(std::make_unique<SystemView>("pg_catalog", "job_runs", 0,
                                            std::vector<ColumnInfo>{{"run", k_int8},
                                                                    {"job", k_int8},
                                                                    {"name", k_text},
                                                                    {"database", k_text},
                                                                    {"role", k_text},
                                                                    {"pid", k_int4},
                                                                    {"status", k_text},
                                                                    {"message", k_text},
                                                                    {"start_time", k_timestamptz},
                                                                    {"end_time", k_timestamptz}},
                                            show_runs));
}
//! [register]

}  // namespace
}  // namespace scheduler

//! [scheduler-module]
FORKLORE_MODULE("scheduler", "1.0") {
    using namespace scheduler;
    module.require_preloading();
    module.add(setting::time_zone.on_check([](std::string& value) {
        const TimeZone* zone = find_time_zone(value);
        if (zone == nullptr) throw invalid_setting_value("scheduler.time_zone", value);
        value = zone->name();
    }));
    module.add(setting::max_jobs);
    module.add(setting::max_runs);
    module.reserve_setting_prefix("scheduler");
    module.hook(shared_memory_request_hook, [](const auto& next) {
        next();
        request_board(static_cast<std::size_t>(setting::max_jobs.value()),
                      static_cast<std::size_t>(setting::max_runs.value()));
    });
    module.hook(shared_memory_startup_hook, [](const auto& next) {
        next();
        find_board();
    });
    add_sql(module);
    register_launcher();
}
//! [scheduler-module]
