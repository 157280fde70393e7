/// \file
/// ProcessTable: a slot for every process that there can be.
///
/// Counterpart in PostgreSQL: ProcGlobal (proc.c).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [my-slot]
namespace detail {
extern ProcessSlot* my_slot;
}  // namespace detail

/// This process's slot; null in the postmaster, and in a process that has none.
inline ProcessSlot* my_slot() { return detail::my_slot; }
//! [my-slot]

//! [table-header]
/// What belongs to no single slot.
struct ProcessTableHeader {
    using Shareable = void;                      ///< see k_shareable
    std::atomic<bool> condemned{false};          ///< set by the postmaster before it tells all children to go
    std::atomic<std::uint32_t> places_taken{0};  ///< counted up by a child that is admitted, down by the postmaster that buries it
};
//! [table-header]

//! [process-table]
/// See the top of this file. One for the server.
class ProcessTable {
public:
    /// How many slots there will be, by the settings. \return at least 1
    static SlotNumber wanted_slots();

    /// Keeps more slots for processes that serve no client. To be called before anybody asks how many there will be, when a layer
    /// starts. \param processes that a layer may have at once
    static void reserve(SlotNumber processes);

    /// Asks for room in the segment, in the first phase.
    void request();

    /// Finds or makes the table, once the segment exists, and again in a new one: all slots are free then.
    void create();

    /// Number of slots. They are numbered from 0.
    SlotNumber count() const { return static_cast<SlotNumber>(slots_.size()); }
    /// A slot. \param number of it, less than count().
    ProcessSlot& slot(SlotNumber number) { return slots_[static_cast<std::size_t>(number)]; }
    /// All of them, free ones included.
    std::span<ProcessSlot> slots() { return slots_; }
    /// Its number. \param of a slot of this table.
    SlotNumber number(const ProcessSlot& of) const { return static_cast<SlotNumber>(&of - slots_.data()); }
    /// The slot of a process; null when there is none. \param pid not 0.
    ProcessSlot* find(pid_t pid);
    /// Room for the text of a slot's query: track_activity_query_size bytes. \param number of the slot.
    std::span<char> query(SlotNumber number);

    /// \name In the postmaster alone
    /// \{

    /// Gives a slot out, before the fork. \param kind of the process to come. \param type of it; empty: the kind's name.
    /// \return its number, k_no_slot when all are taken.
    SlotNumber assign(ProcessKind kind, std::string_view type = {});
    /// The process runs. \param number assigned. \param pid its process.
    void born(SlotNumber number, pid_t pid);
    /// The process has died and waits for its burial: its pid, which the kernel may give to another, is its own no longer.
    /// \param number assigned.
    void died(SlotNumber number) { slot(number).pid.store(0, std::memory_order_release); }
    /// Takes a slot back: the process is dead and buried, or was never born. \param number assigned.
    void release(SlotNumber number) noexcept;
    /// All must go. A new table is not condemned.
    void condemn() { header_->condemned.store(true, std::memory_order_relaxed); }
    /// \}

    /// \name In a child
    /// \{

    /// Makes the slot this process's own, first thing after the fork. \param number assigned by the postmaster; k_no_slot for none.
    void attach(SlotNumber number);
    /// One of max_connections places for this process; counts the places and takes one in one step.
    /// \param places that there are for it. \return whether there was one.
    bool take_place(std::uint32_t places);
    /// This process has given back all that it had: there will be nothing to bury.
    void leave() noexcept;
    /// This process serves no client, but from now on it has a session. \param role whose, shorter than a SharedName
    void enter_session(std::string_view role);
    /// \}

    /// Places taken by sessions: slots that are admitted.
    std::uint32_t places_taken() const { return header_->places_taken.load(std::memory_order_relaxed); }
    /// Slots admitted for a role. \param role its name.
    int sessions_of(std::string_view role) const;
    /// Whether what is shared is broken, and all must go.
    bool condemned() const { return header_->condemned.load(std::memory_order_relaxed); }

private:
    ProcessTableHeader* header_ = nullptr;
    std::span<ProcessSlot> slots_;
    std::span<char> queries_;
    std::vector<SlotNumber> free_;  // the postmaster's: last in, first out, so that few pages are in use
    SlotNumber auxiliary_ = 0;      // the postmaster's: slots given to processes that serve no client
};

/// This server's table.
ProcessTable& process_table();
//! [process-table]

//! [short-forms]
/// \name Short forms
/// \{

inline SlotNumber slot_count() { return process_table().count(); }                          ///< ProcessTable::count
inline ProcessSlot& slot(SlotNumber number) { return process_table().slot(number); }        ///< ProcessTable::slot \param number less than slot_count()
inline SlotNumber my_slot_number() {                                                        ///< this process's; k_no_slot when it has none
    return my_slot() == nullptr ? k_no_slot : process_table().number(*my_slot());
}
/// \}
//! [short-forms]

}  // namespace forklore
