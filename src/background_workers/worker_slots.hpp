/// \file
/// Worker slots: where workers are registered, in shared memory.
///
/// Any process fills a free slot, and the postmaster alone empties it. All that the two have to agree upon stands in one word: how far
/// the slot has come, and its generation, which grows with each registration. So nobody needs a lock, the postmaster least of all.
///
/// Counterpart in PostgreSQL: BackgroundWorkerSlot in bgworker.c, where the processes among themselves have a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "background_workers/worker.hpp"

namespace forklore {

//! [slot-word]
/// How far a slot has come; any other number is the pid of a worker that runs.
enum SlotStage : std::uint32_t {
    k_free_slot = 0,             ///< nobody's
    k_filling = 0xffff'ffff,     ///< somebody writes a registration
    k_registered = 0xffff'fffe,  ///< to be started when its moment has come
    k_resting = 0xffff'fffd,     ///< has ended, and will be started again
};

/// A slot's word.
struct SlotWord {
    std::uint32_t generation = 0;       ///< grows with each registration
    std::uint32_t stage = k_free_slot;  ///< SlotStage, or a pid

    /// From the number that the slot holds. \param packed it
    static SlotWord of(std::uint64_t packed) {
        return {static_cast<std::uint32_t>(packed >> 32), static_cast<std::uint32_t>(packed)};
    }
    /// The number.
    std::uint64_t packed() const { return std::uint64_t{generation} << 32 | stage; }
    /// Whether there is a process.
    bool runs() const { return stage != k_free_slot && stage < k_resting; }
};
//! [slot-word]

//! [worker-slot]
/// One registration.
struct WorkerSlot {
    using Shareable = void;  ///< see k_shareable
    std::atomic<std::uint64_t> word{
        0};  ///< SlotWord: from free to registered by any process, all else by the postmaster
    std::atomic<std::uint32_t> to_end{
        0};  ///< the generation that shall end; by any process, and it only grows
    std::atomic<std::uint32_t> starts{
        0};  ///< how often this registration has been started; by the postmaster
    std::atomic<std::int64_t> next_start{
        0};                   ///< when it will be, as now_us(); 0: it is not resting; by the postmaster
    BackgroundWorker worker;  ///< by whoever registers it, before the word says so
};
//! [worker-slot]

//! [worker-slots]
/// All of them. They are max_worker_processes.
class WorkerSlots {
public:
    void request();  ///< asks for room in the segment
    void create();   ///< finds or makes them

    std::span<WorkerSlot> all() { return slots_; }  ///< by number

    /// Fills a free slot, and tells the postmaster. \param worker checked already \return where; none: all are taken
    std::optional<BackgroundWorkerHandle> add(const BackgroundWorker& worker);

    /// Asks the postmaster to end a worker for good. \param slot its slot \param generation of that
    void end(std::int32_t slot, std::uint32_t generation);

    /// Whether the process that made them, and whose child this is, still lives.
    bool postmaster_lives() const;

    /// Grows whenever there is something for the postmaster to see.
    std::uint32_t changes() const { return changes_->load(std::memory_order_acquire); }
    /// Asks the postmaster to look around, see Subsystem::tend().
    void tell_postmaster();

private:
    pid_t postmaster_ = 0;  // who made them
    std::span<WorkerSlot> slots_;
    std::atomic<std::uint32_t>* changes_ = nullptr;
};

/// This server's.
WorkerSlots& worker_slots();
//! [worker-slots]

//! [check-worker]
/// Throws Error 22023 for a description that cannot be. \param worker it
void check_background_worker(const BackgroundWorker& worker);
//! [check-worker]

}  // namespace forklore
