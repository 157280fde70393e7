#include "background_workers/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "background_workers/worker_keeper.hpp"
#include "background_workers/worker_slots.hpp"
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/wait_set.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

//! [worker-text-take]
WorkerText::WorkerText(std::string_view text) {
    if (text.size() >= text_.size())
        throw Error(sqlstate::name_too_long, "\"{}\" is too long", text)
            .detail(fmt::format("A background worker has room for {} bytes.", text_.size() - 1));
    std::copy(text.begin(), text.end(), text_.begin());
}
//! [worker-text-take]

//! [register-static]
void register_background_worker(const BackgroundWorker& worker) {
    try {
        check_background_worker(worker);
        if (worker.notify_pid != 0)
            throw Error(sqlstate::invalid_parameter_value,
                        "background worker \"{}\": only dynamic background workers can request notification",
                        worker.name.view());
        worker_keeper().add(worker);
    } catch (Error& error) {
        error.report().severity = Severity::log;
        report(error.report());
    }
}
//! [register-static]

//! [register-dynamic]
std::optional<BackgroundWorkerHandle> register_dynamic_background_worker(const BackgroundWorker& worker) {
    check_background_worker(worker);
    if (my_slot() == nullptr) return {};  // the postmaster, or a process that takes no part
    return worker_slots().add(worker);
}
//! [register-dynamic]

//! [handle-status]
WorkerStatus BackgroundWorkerHandle::status() const {
    const SlotWord word = SlotWord::of(
        worker_slots().all()[static_cast<std::size_t>(slot_)].word.load(std::memory_order_acquire));
    if (word.generation != generation_) return WorkerStatus::stopped;  // the slot is somebody else's by now
    if (word.stage == k_registered) return WorkerStatus::not_yet_started;
    return word.runs() ? WorkerStatus::started : WorkerStatus::stopped;
}

pid_t BackgroundWorkerHandle::pid() const {
    const SlotWord word = SlotWord::of(
        worker_slots().all()[static_cast<std::size_t>(slot_)].word.load(std::memory_order_acquire));
    return word.generation == generation_ && word.runs() ? static_cast<pid_t>(word.stage) : 0;
}

void BackgroundWorkerHandle::terminate() const { worker_slots().end(slot_, generation_); }
//! [handle-status]

//! [handle-wait]
namespace {
const WaitEvent k_startup = define_wait_event(WaitEventClass::ipc, "BgWorkerStartup");
const WaitEvent k_shutdown = define_wait_event(WaitEventClass::ipc, "BgWorkerShutdown");
}  // namespace

template <typename Question>
WorkerStatus BackgroundWorkerHandle::wait_until(Question done) const {
    if (notified_ != getpid())
        throw Error(
            sqlstate::object_not_in_prerequisite_state,
            "only the process that is notified of a background worker's start and end can wait for it");
    WaitSet set;
    for (;;) {
        const WorkerStatus now = status();
        if (done(now)) return now;
        if (!worker_slots().postmaster_lives()) return WorkerStatus::postmaster_died;
        check_for_interrupts();
        set.wait({}, now == WorkerStatus::not_yet_started ? k_startup : k_shutdown);
    }
}

WorkerStatus BackgroundWorkerHandle::wait_for_startup() const {
    return wait_until([](WorkerStatus now) { return now != WorkerStatus::not_yet_started; });
}

WorkerStatus BackgroundWorkerHandle::wait_for_shutdown() const {
    wait_for_startup();
    // One that is started again at once is seen to run whenever it is looked at.
    const std::atomic<std::uint32_t>& starts = worker_slots().all()[static_cast<std::size_t>(slot_)].starts;
    const std::uint32_t before = starts.load(std::memory_order_relaxed);
    const WorkerStatus last = wait_until([&](WorkerStatus now) {
        return now == WorkerStatus::stopped || starts.load(std::memory_order_relaxed) != before;
    });
    return last == WorkerStatus::started ? WorkerStatus::stopped : last;
}
//! [handle-wait]

}  // namespace forklore
