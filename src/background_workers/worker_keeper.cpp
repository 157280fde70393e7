#include "background_workers/worker_keeper.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "background_workers/worker_process.hpp"
#include "background_workers/worker_settings.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace forklore {

namespace {

//! [keeper-limits]
constexpr int k_starts_per_turn = 100;                           // then clients have their turn
constexpr std::chrono::milliseconds k_first_birth_pause(100);  // when the kernel has no process
//! [keeper-limits]

//! [spell-duration]
/// "5 s", "400 ms"
std::string spell(std::chrono::microseconds duration) {
    const auto ms = duration.count() / 1000;
    return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms);
}
//! [spell-duration]

}  // namespace

//! [keeper-add]
WorkerKeeper& worker_keeper() {
    static WorkerKeeper the_keeper;
    return the_keeper;
}

void WorkerKeeper::add(const BackgroundWorker& worker) {
    if (started_)
        throw Error(sqlstate::object_not_in_prerequisite_state,
                    "background worker \"{}\": must be registered in shared_preload_libraries",
                    worker.name.view());
    const auto room = static_cast<std::size_t>(setting::max_worker_processes.value());
    if (known_.size() >= room)
        throw Error(sqlstate::configuration_limit_exceeded, "too many background workers")
            .detail(fmt::format("Up to {} background {} can be registered with the current settings.", room,
                                room == 1 ? "worker" : "workers"))
            .hint("Consider increasing the configuration parameter \"max_worker_processes\".");
    known_.push_back(Known{.worker = worker, .generation = 1});
}
//! [keeper-add]

//! [keeper-create]
void WorkerKeeper::create_shared() {
    const bool again = std::exchange(started_, true);
    worker_slots().create();
    known_.resize(worker_slots().all().size());
    seen_changes_ = 0;
    condemned_ = false;
    to_notify_.clear();
    for (std::size_t slot = 0; slot < known_.size(); ++slot) {
        std::optional<Known>& known = known_[slot];
        // Whoever would have waited for it is gone, and nobody else knows of it.
        if (again && known && (!known->restarts() || known->ending)) known.reset();
        if (!known) continue;
        known->worker.notify_pid = 0;
        known->kill_at = 0;
        worker_slots().all()[slot].worker = known->worker;
        show_rest(*known, slot);
        publish(slot, known->start_at == 0 ? k_registered : k_resting);
    }
}

/// Says in shared memory when a worker's rest will be over.
void WorkerKeeper::show_rest(const Known& known, std::size_t slot) {
    const std::int64_t next = known.start_at == 0 ? 0 : now_us() + known.start_at - monotonic_us();
    worker_slots().all()[slot].next_start.store(next, std::memory_order_relaxed);
}

/// Says in shared memory how far a worker has come.
void WorkerKeeper::publish(std::size_t slot, std::uint32_t stage) {
    Known& known = *known_[slot];
    worker_slots().all()[slot].word.store(SlotWord{known.generation, stage}.packed(),
                                          std::memory_order_release);
    if (known.worker.notify_pid != 0) to_notify_.push_back(known.worker.notify_pid);
}
//! [keeper-create]

//! [keeper-tend]
void WorkerKeeper::tend(Nursery& nursery) {
    // Called for each client that has gone: what is the same is not written, or each fork would cost a copy of its page.
    if (!nursery.condemned()) read_slots(nursery);
    const std::int64_t now = monotonic_us();
    const bool may_start = !nursery.condemned() && nursery.state() <= ServerState::smart_shutdown;
    int starts = 0;
    for (std::size_t slot = 0; slot < known_.size(); ++slot) {
        if (!known_[slot]) continue;
        Known& known = *known_[slot];
        if (known.pid != 0) {
            if (nursery.state() == ServerState::fast_shutdown) lose_patience(known, nursery);
        } else if (may_start && nursery.reached() >= known.worker.start) {
            if (const std::int64_t at = std::max(known.start_at, births_at_); at > now)
                nursery.call_at(at);
            else if (starts++ < k_starts_per_turn)
                start(slot, nursery);
            else
                nursery.call_at(now);
        }
    }
    for (const pid_t pid : to_notify_) nursery.signal(pid, SIGUSR1);
    if (!to_notify_.empty()) to_notify_.clear();
}
//! [keeper-tend]

//! [keeper-read]
/// Looks for what others have written. Of the slot's word only what can be right is believed, and the rest is copied before it is looked at.
void WorkerKeeper::read_slots(Nursery& nursery) {
    const std::uint32_t changes = worker_slots().changes();
    if (seen_changes_ == changes) return;
    seen_changes_ = changes;
    for (std::size_t slot = 0; slot < known_.size(); ++slot) {
        WorkerSlot& shared = worker_slots().all()[slot];
        const SlotWord word = SlotWord::of(shared.word.load(std::memory_order_acquire));
        if (!known_[slot] && word.stage == k_registered) take_registration(slot, word.generation);
        if (known_[slot] && !known_[slot]->ending &&
            shared.to_end.load(std::memory_order_acquire) == known_[slot]->generation)
            end(slot, nursery);
    }
}

void WorkerKeeper::take_registration(std::size_t slot, std::uint32_t generation) {
    known_[slot] = Known{.worker = worker_slots().all()[slot].worker, .generation = generation};
    try {
        check_background_worker(known_[slot]->worker);
        say(Severity::debug1, sqlstate::successful_completion, "registering background worker \"{}\"",
            known_[slot]->worker.name.view());
    } catch (const Error& error) {
        report_to_log(error.report());
        forget(slot);
    }
}

/// Somebody wants it to end for good.
void WorkerKeeper::end(std::size_t slot, Nursery& nursery) {
    known_[slot]->ending = true;
    if (known_[slot]->pid == 0)
        forget(slot);
    else
        nursery.signal(known_[slot]->pid, SIGTERM);
}
//! [keeper-read]

//! [keeper-start]
void WorkerKeeper::start(std::size_t slot, Nursery& nursery) {
    Known& known = *known_[slot];
    const BackgroundWorker& worker = known.worker;
    say(Severity::debug1, sqlstate::successful_completion, "starting background worker process \"{}\"",
        worker.name.view());
    known.pid = nursery.start(
        {.kind = ProcessKind::background_worker,
         .name = fmt::format("background worker \"{}\"", worker.name.view()),
         .type = std::string(worker.type.empty() ? worker.name.view() : worker.type.view()),
         .life = [worker](OwnStart start) { return run_background_worker(worker, std::move(start)); }});
    known.started = monotonic_us();
    WorkerSlot& shared = worker_slots().all()[slot];
    if (known.pid == 0) {  // nor would there be one for the others
        births_at_ = known.started + births_.failed({}, k_first_birth_pause).count();
        return nursery.call_at(births_at_);
    }
    births_ = {};
    known.start_at = 0;
    shared.starts.fetch_add(1, std::memory_order_relaxed);
    shared.next_start.store(0, std::memory_order_relaxed);
    publish(slot, static_cast<std::uint32_t>(known.pid));
}
//! [keeper-start]

//! [keeper-ended]
void WorkerKeeper::ended(const ChildExit& exit) {
    // Of those who die from now on, all but the first have been told to. And when all begins anew, so do those who rest.
    const bool told_to = condemned_;
    if (exit.condemned && !told_to) {
        condemned_ = true;
        for (std::optional<Known>& known : known_)
            if (known) known->start_at = 0;
    }
    const auto at =
        std::ranges::find_if(known_, [&](const auto& known) { return known && known->pid == exit.pid; });
    if (at == known_.end()) return;
    const auto slot = static_cast<std::size_t>(at - known_.begin());
    (*at)->pid = 0;
    const bool finished = WIFEXITED(exit.status) && WEXITSTATUS(exit.status) == 0;
    if (finished || (*at)->ending || !(*at)->restarts())
        forget(slot);
    else
        rest(slot, exit, !told_to);
}

/// It will be started again: at once or not. \param to_blame it has not just been told to go because of another one
void WorkerKeeper::rest(std::size_t slot, const ChildExit& exit, bool to_blame) {
    Known& known = *known_[slot];
    publish(slot, k_resting);
    if (!to_blame || exit.stopping) return;
    const bool gave_up = WIFEXITED(exit.status) && WEXITSTATUS(exit.status) == 1;
    const std::int64_t now = monotonic_us();
    const RestartPolicy::Duration asked =
        gave_up ? known.worker.restart_interval : RestartPolicy::Duration(0);
    const RestartPolicy::Duration pause =
        known.policy.failed(RestartPolicy::Duration(now - known.started), asked);
    known.start_at = now + pause.count();
    show_rest(known, slot);
    if (pause.count() == 0) return;
    const int failures = known.policy.failures();
    log_line(sqlstate::successful_completion, "background worker \"{}\" will be started again in {}{}",
             known.worker.name.view(), spell(pause),
             failures > 1 ? fmt::format(": it has failed {} times in a row", failures) : "");
}

/// It has finished, or will never begin. Its slot is free before anybody is told.
void WorkerKeeper::forget(std::size_t slot) {
    publish(slot, k_free_slot);
    known_[slot].reset();
}
//! [keeper-ended]

//! [keeper-patience]
/// A fast shutdown has told it to end. One that never comes to a check point must not keep the server from stopping.
void WorkerKeeper::lose_patience(Known& known, Nursery& nursery) {
    const int timeout = setting::background_worker_stop_timeout.value();
    const std::int64_t now = monotonic_us();
    if (timeout == 0) return;
    if (known.kill_at == 0) known.kill_at = now + timeout * std::int64_t{1000};
    if (now < known.kill_at) return nursery.call_at(known.kill_at);
    log_line(sqlstate::successful_completion,
             "background worker \"{}\" (PID {}) has not ended within {}; sending it SIGKILL",
             known.worker.name.view(), known.pid, spell(std::chrono::milliseconds(timeout)));
    nursery.signal(known.pid, SIGKILL);
    known.kill_at = now + timeout * std::int64_t{1000};
    nursery.call_at(known.kill_at);
}
//! [keeper-patience]

}  // namespace forklore
