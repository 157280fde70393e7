#include "background_workers/worker_slots.hpp"

#include <unistd.h>

#include <csignal>

#include "background_workers/worker_settings.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/segment.hpp"

namespace forklore {

//! [slots-create]
WorkerSlots& worker_slots() {
    static WorkerSlots the_slots;
    return the_slots;
}

namespace {
constexpr std::string_view k_slots_name = "Background Worker Slots",
                           k_changes_name = "Background Worker Changes";
}

void WorkerSlots::request() {
    segment().request_array<WorkerSlot>(k_slots_name,
                                        static_cast<std::size_t>(setting::max_worker_processes.value()));
    segment().request(k_changes_name, sizeof *changes_);
}

void WorkerSlots::create() {
    const auto count = static_cast<std::size_t>(setting::max_worker_processes.value());
    slots_ = {segment().find_or_create_array<WorkerSlot>(k_slots_name, count), count};
    changes_ = segment().find_or_create_array<std::atomic<std::uint32_t>>(k_changes_name, 1);
    postmaster_ = getpid();
}

bool WorkerSlots::postmaster_lives() const { return getppid() == postmaster_; }
//! [slots-create]

//! [slots-add]
std::optional<BackgroundWorkerHandle> WorkerSlots::add(const BackgroundWorker& worker) {
    // Who is killed between the two steps of the word leaves a slot that nobody would ever empty.
    const HoldingShared filling;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        WorkerSlot& slot = slots_[i];
        std::uint64_t before = slot.word.load(std::memory_order_relaxed);
        if (SlotWord::of(before).stage != k_free_slot) continue;
        SlotWord mine{SlotWord::of(before).generation + 1, k_filling};
        if (!slot.word.compare_exchange_strong(before, mine.packed(), std::memory_order_acquire)) continue;
        slot.worker = worker;
        slot.starts.store(0, std::memory_order_relaxed);
        slot.next_start.store(0, std::memory_order_relaxed);
        mine.stage = k_registered;
        slot.word.store(mine.packed(), std::memory_order_release);
        tell_postmaster();
        return BackgroundWorkerHandle(static_cast<std::int32_t>(i), mine.generation, worker.notify_pid);
    }
    return {};
}

void WorkerSlots::end(std::int32_t number, std::uint32_t generation) {
    WorkerSlot& slot = slots_[static_cast<std::size_t>(number)];
    // A handle may be old. What it asks for must not take the place of what somebody else has asked for since.
    for (std::uint32_t asked = slot.to_end.load(std::memory_order_relaxed); asked < generation;)
        if (slot.to_end.compare_exchange_weak(asked, generation, std::memory_order_release))
            return tell_postmaster();
}

void WorkerSlots::tell_postmaster() {
    changes_->fetch_add(1, std::memory_order_release);
    if (postmaster_lives()) sys::kill(postmaster_, SIGUSR1);  // an orphan's parent is somebody else
}
//! [slots-add]

//! [check-description]
void check_background_worker(const BackgroundWorker& worker) {
    const auto refuse = [&](const char* why) {
        throw Error(sqlstate::invalid_parameter_value, "background worker \"{}\": {}", worker.name.view(),
                    why);
    };
    if ((worker.flags & k_shared_memory_access) == 0)
        refuse("background workers without shared memory access are not supported");
    if ((worker.flags & ~(k_shared_memory_access | k_database_connection)) != 0) refuse("unknown flags");
    if (worker.start > StartMoment::recovery_finished) refuse("invalid start moment");
    if ((worker.flags & k_database_connection) != 0 && worker.start == StartMoment::postmaster_start)
        refuse("cannot request database access if starting at postmaster start");
    if (worker.restart_interval != k_never_restart &&
        (worker.restart_interval.count() < 0 || worker.restart_interval > k_longest_restart_interval))
        refuse("invalid restart interval");
    if (worker.name.empty() || worker.function.empty()) refuse("a name and a function must be given");
}
//! [check-description]

}  // namespace forklore
