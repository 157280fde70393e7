/// \file
/// The server of chapter 5, with workers that do and end as they are told, and SQL functions that start them.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "background_workers/subsystem.hpp"
#include "background_workers/worker.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "base/wait_set.hpp"
#include "lwlocks/subsystem.hpp"
#include "queries/declare.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/subsystem.hpp"

namespace forklore {

namespace setting {
StringSetting worker_lab_static{{.name = "worker_lab_static", .context = SettingContext::postmaster,
                                 .description = "Workers to be started with the server: name function argument milliseconds moment, …"},
                                ""};
StringSetting worker_lab_word{{.name = "worker_lab_word", .context = SettingContext::sighup, .description = "What lab_speak says."}, "first"};
IntSetting worker_lab_turns_without_memory{{.name = "worker_lab_turns_without_memory", .context = SettingContext::postmaster,
                                            .description = "How often the postmaster has no memory when it looks around."},
                                           0, 0, 1000};
}  // namespace setting

namespace {

struct LabState {
    using Shareable = void;
    std::atomic<std::int64_t> begun{0};         // workers that have come to their first instruction
    std::atomic<std::int64_t> last_begun_ns{0};  // when the last of them did, monotonic
};
LabState* lab;

std::int64_t nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void begin() {
    lab->last_begun_ns.store(nanoseconds());
    lab->begun.fetch_add(1);
}

//! [lab-end]
/// Ends as its argument says: 0 by returning, 1 by throwing, -1 by throwing what is no exception, up to 255 by this exit status, from 256 on by the
/// signal that is so much more.
void lab_end(const BackgroundWorker& me) {
    begin();
    if (me.argument == 0) return;
    if (me.argument == 1) throw Error(sqlstate::internal_error, "it had to be");
    if (static_cast<std::int64_t>(me.argument) == -1) throw 42;
    if (me.argument < 256) _exit(static_cast<int>(me.argument));
    std::signal(static_cast<int>(me.argument) - 256, SIG_DFL);
    std::raise(static_cast<int>(me.argument) - 256);
    pause();
}
//! [lab-end]

/// Waits until it is told to end.
void lab_idle(const BackgroundWorker&) {
    begin();
    for (;;) wait_for_work();
}

/// The same, while it holds something that is shared.
void lab_hold(const BackgroundWorker&) {
    const HoldingShared holding;
    begin();
    for (;;) wait_for_work();
}

/// Hears nothing.
void lab_deaf(const BackgroundWorker&) {
    const HoldInterrupts deaf;
    begin();
    for (;;) pause();
}

/// Says in the log what a setting says, at the beginning and whenever it has changed.
void lab_speak(const BackgroundWorker& me) {
    begin();
    for (std::string said;; wait_for_work())
        if (const std::string& word = setting::worker_lab_word.value(); word != said)
            log_line(sqlstate::successful_completion, "{} says {}", me.name.view(), said = word);
}

/// Runs the text in `extra` in a session of its own, every `argument` milliseconds; once if that is 0.
void lab_sql(const BackgroundWorker& me) {
    WorkerSession session;
    begin();
    do {
        const auto result = session.execute(me.extra.data());
        for (const auto& row : result.rows)
            log_line(sqlstate::successful_completion, "{} got {}", me.name.view(), row.empty() ? "nothing" : row[0].value_or("null"));
        if (me.argument != 0) wait_for_work(static_cast<int>(me.argument));
    } while (me.argument != 0);
}

/// Does every now and then, as the role that `extra` begins with, what stands behind it, and says what came of it.
void lab_as(const BackgroundWorker& me) {
    const std::string_view extra = me.extra.data(), role = extra.substr(0, extra.find(' '));
    WorkerSession session("postgres", std::string(role));
    begin();
    for (;; wait_for_work(20)) try {
            log_line(sqlstate::successful_completion, "{}: {}", me.name.view(), session.execute(extra.substr(role.size())).tag);
        } catch (const Fatal&) {
            throw;
        } catch (const Error& error) {
            log_line(sqlstate::successful_completion, "{}: {}", me.name.view(), error.report().message);
        }
}

/// Listens to the channel "lab", and passes on what it hears to the channel "echo", if it is a number; an unknown role in `extra` keeps it from beginning.
void lab_listen(const BackgroundWorker& me) {
    WorkerSession session("postgres", me.extra.data());
    session.execute("listen lab");
    session.on_notification([&](pid_t, std::string_view, std::string_view payload) {
        const std::optional<std::string> heard(payload);
        session.execute("select pg_notify('echo', ($1::int)::text)", {&heard, 1});
    });
    begin();
    for (;;) try {
            wait_for_work();
        } catch (const Fatal&) {
            throw;
        } catch (const Error& error) {
            report(error.report());
        }
}

/// Goes without a word, by the exit status of its argument, in the middle of a session that listens.
void lab_vanish(const BackgroundWorker& me) {
    WorkerSession session;
    session.execute("listen lab");
    begin();
    std::exit(static_cast<int>(me.argument));
}

/// What transactions, errors and cancel requests do to a worker's session.
void lab_session(const BackgroundWorker& me) {
    WorkerSession session;
    const auto tell = [&](std::string_view what) { log_line(sqlstate::successful_completion, "{}: {}", me.name.view(), what); };
    const auto attempt = [&](const char* text) {
        try {
            tell(session.execute(text).tag);
        } catch (const Error& error) {
            if (error.report().severity >= Severity::fatal) throw;
            tell(fmt::format("{} {}", error.code().text(), error.report().message));
        }
    };
    for (const char* text : {"select 1/0", "select 1", "begin", "select nothing", "select 1", "rollback", "select 1; select 2", "", "select $1"}) attempt(text);
    const std::optional<std::string> values[] = {"20", "22", std::nullopt};
    const auto sum = session.execute("select $1::int + $2::int, $3::text is null as none", values);
    tell(fmt::format("{} {} {}", sum.columns[1].name, *sum.rows[0][0], *sum.rows[0][1]));
    try {
        WorkerSession second;
    } catch (const Error& error) {
        tell(error.report().message);
    }
    begin();
    attempt("select pg_sleep(60)");  // until somebody cancels it
    for (;;) wait_for_work();
}

// ---- SQL

//! [fork-helper]
/// select fork_helper(): a process on its own, which does its work, whatever that is. Returns its pid.
std::int32_t fork_helper() {
    const pid_t helper = fork();
    while (helper == 0) pause();
    return helper;
}
//! [fork-helper]

std::string spell(const std::optional<BackgroundWorkerHandle>& handle) {
    return handle ? fmt::format("{} {}", handle->slot(), handle->generation()) : "no slot";
}

BackgroundWorker describe(std::string_view name, std::string_view function, std::int64_t argument, std::int64_t restart_ms, std::string_view extra) {
    BackgroundWorker worker;
    worker.name = name;
    worker.type = "lab worker";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.function = function;
    worker.argument = static_cast<std::uint64_t>(argument);
    worker.restart_interval = std::chrono::milliseconds(restart_ms);
    worker.notify_pid = getpid();
    extra.copy(worker.extra.data(), worker.extra.size() - 1);
    return worker;
}

/// select launch_worker(name, function, argument, restart_ms, extra): "slot generation"
std::string launch_worker(std::string_view name, std::string_view function, std::int64_t argument, std::int64_t restart_ms, std::string_view extra) {
    return spell(register_dynamic_background_worker(describe(name, function, argument, restart_ms, extra)));
}

BackgroundWorkerHandle handle_of(std::string_view spelled) {
    std::istringstream from{std::string(spelled)};
    std::int32_t slot = 0;
    std::uint32_t generation = 0;
    from >> slot >> generation;
    return {slot, generation, getpid()};
}

std::string spell(WorkerStatus status) {
    switch (status) {
        case WorkerStatus::not_yet_started: return "not yet started";
        case WorkerStatus::started: return "started";
        case WorkerStatus::stopped: return "stopped";
        case WorkerStatus::postmaster_died: break;
    }
    return "postmaster died";
}

std::string worker_status(std::string_view handle) { return spell(handle_of(handle).status()); }
std::int32_t worker_pid(std::string_view handle) { return handle_of(handle).pid(); }
std::string await_worker_start(std::string_view handle) { return spell(handle_of(handle).wait_for_startup()); }
std::string await_worker_end(std::string_view handle) { return spell(handle_of(handle).wait_for_shutdown()); }
Void end_worker(std::string_view handle) { return handle_of(handle).terminate(), Void{}; }

//! [crowd]
/// select run_crowd(workers): starts so many at once, waits until all have ended. Returns how many there were slots for.
std::int32_t run_crowd(std::int32_t workers) {
    std::vector<BackgroundWorkerHandle> crowd;
    for (std::int32_t i = 0; i < workers; ++i)
        if (const auto handle = register_dynamic_background_worker(describe("crowd", "lab_end", 0, -1, ""))) crowd.push_back(*handle);
    for (const BackgroundWorkerHandle& each : crowd) each.wait_for_shutdown();
    return static_cast<std::int32_t>(crowd.size());
}
//! [crowd]

//! [time-launch]
/// select time_launch(): starts a worker, and says after how many nanoseconds it came to its first instruction.
std::int64_t time_launch() {
    const std::int64_t before = nanoseconds();
    const auto handle = register_dynamic_background_worker(describe("timed", "lab_end", 0, -1, ""));
    if (!handle) throw Error(sqlstate::insufficient_resources, "no slot");
    handle->wait_for_shutdown();
    return lab->last_begun_ns.load() - before;
}
//! [time-launch]

std::int64_t workers_begun() { return lab->begun.load(); }

class WorkerLab : public Subsystem {
public:
    std::string_view name() const override { return "worker_lab"; }
    void define_settings(Settings& to) override {
        to.add(setting::worker_lab_static);
        to.add(setting::worker_lab_word);
        to.add(setting::worker_lab_turns_without_memory);
    }
    void register_sql(Registry& to) override {
        const auto at_any_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<fork_helper>("fork_helper", 0, at_any_time()));
        to.add(function<launch_worker>("launch_worker", 0, at_any_time()));
        to.add(function<worker_status>("worker_status", 0, at_any_time()));
        to.add(function<worker_pid>("worker_pid", 0, at_any_time()));
        to.add(function<await_worker_start>("await_worker_start", 0, at_any_time()));
        to.add(function<await_worker_end>("await_worker_end", 0, at_any_time()));
        to.add(function<end_worker>("end_worker", 0, at_any_time()));
        to.add(function<run_crowd>("run_crowd", 0, at_any_time()));
        to.add(function<time_launch>("time_launch", 0, at_any_time()));
        to.add(function<workers_begun>("workers_begun", 0, at_any_time()));
    }
    void start() override {
        define_worker_function("lab_end", lab_end);
        define_worker_function("lab_idle", lab_idle);
        define_worker_function("lab_hold", lab_hold);
        define_worker_function("lab_deaf", lab_deaf);
        define_worker_function("lab_speak", lab_speak);
        define_worker_function("lab_sql", lab_sql);
        define_worker_function("lab_as", lab_as);
        define_worker_function("lab_listen", lab_listen);
        define_worker_function("lab_session", lab_session);
        define_worker_function("lab_vanish", lab_vanish);
        std::istringstream all(setting::worker_lab_static.value());
        for (std::string one; std::getline(all, one, ',');) {
            std::istringstream words(one);
            std::string name, function;
            std::int64_t argument = 0, restart = 0;
            int moment = 0;
            words >> name >> function >> argument >> restart >> moment;
            BackgroundWorker worker = describe(name, function, argument, restart, "");
            worker.notify_pid = 0;
            worker.start = static_cast<StartMoment>(moment);
            if (worker.start == StartMoment::postmaster_start) worker.flags = k_shared_memory_access;
            register_background_worker(worker);
        }
    }
    void request_shared_memory() override { segment().request("Worker Lab", sizeof(LabState)); }
    void create_shared() override { lab = &segment().find_or_create<LabState>("Worker Lab"); }
    void tend(Nursery&) override {
        if (turns_++ < setting::worker_lab_turns_without_memory.value()) throw std::bad_alloc();
    }

private:
    int turns_ = 0;
};

}  // namespace
}  // namespace forklore

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), lwlocks_subsystem(),
                             signaling_subsystem(), background_workers_subsystem(), std::make_unique<WorkerLab>()));
}
