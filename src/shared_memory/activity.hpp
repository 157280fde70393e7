/// \file
/// Activity: what each process tells of itself, and how others read it.
///
/// Each process writes its own slot's part and nobody else does, so no lock is needed; but a reader may come while the
/// writer is at it. The writer counts before and after each change. A reader that finds an odd number, or not the same
/// one before and after, reads again. The writer never waits, which is right: there are many statements and few who
/// look at them.
///
/// Counterpart in PostgreSQL: backend_status.c (PGSTAT_BEGIN_WRITE_ACTIVITY); in the kernel such a thing is called a seqlock.
#pragma once

#include <optional>
#include <string>

#include "connections/session_observer.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

//! [change-activity]
/// Changes this process's activity; does nothing in a process without a slot.
/// \param change called once with Activity&; must not throw.
template <typename Change>
void change_activity(Change change) noexcept {
    ProcessSlot* mine = my_slot();
    if (mine == nullptr) return;
    const std::uint32_t before = mine->changes.load(std::memory_order_relaxed);
    mine->changes.store(before + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);  // nobody sees the change before the odd number
    change(mine->activity);
    mine->changes.store(before + 2, std::memory_order_release);  // nor the even one before the change
}
//! [change-activity]

//! [process-snapshot]
/// A slot as it was at one moment, as far as anybody else may want to know.
struct ProcessSnapshot {
    SlotNumber number;        ///< which slot
    pid_t pid;                ///< its process
    ProcessKind kind;         ///< what for
    SlotState state;          ///< how far it has come
    std::uint32_t wait_event; ///< what it waits for
    ProcessType type;         ///< what it is, where its kind does not say enough
    SharedName role;          ///< whom it serves; empty: nobody, or nobody yet
    Activity activity;        ///< what it does
    std::string query;        ///< the text of its present or last statement
};

/// Reads a slot. Waits, at a check point, while its process changes it. \param number of the slot. \return none when it is free.
std::optional<ProcessSnapshot> read_process(SlotNumber number);
//! [process-snapshot]

//! [activity-reporter]
/// Writes down what a session does.
class ActivityReporter : public SessionObserver {
public:
    void connected(const ClientAddress& from) noexcept override;
    void entered(const Session& session) noexcept override;
    void working(const Session& session, std::string_view text) noexcept override;
    void resting(const Session& session) noexcept override;
};

/// Writes down that this process has begun.
void report_birth() noexcept;
//! [activity-reporter]

}  // namespace forklore
