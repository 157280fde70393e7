/// \file
/// Wait events: what a process waits for, in one word that others may read.
///
/// A wait is announced by a ReportWait on the stack around the call that sleeps. It costs two plain stores. The word lies in
/// private memory until the process has a place that others can see; then `wait_event_word` points there.
///
/// Counterpart in PostgreSQL: wait_event.h (pgstat_report_wait_start, pgstat_set_wait_event_storage).
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace forklore {

//! [classes]
/// Kinds of waiting: pg_stat_activity.wait_event_type.
enum class WaitEventClass : std::uint8_t {
    none,        ///< not waiting
    lwlock,      ///< for a light-weight lock
    lock,        ///< for a heavyweight lock
    buffer_pin,  ///< for the only pin of a page
    activity,    ///< an auxiliary process for work to do
    client,      ///< for the client: bytes from it, or room to send
    extension,   ///< inside a loaded module
    ipc,         ///< for another process
    timeout,     ///< for a point in time
    io,          ///< for a file
    k_count
};

/// A class in the top byte and below it the event's number within the class.
using WaitEvent = std::uint32_t;
inline constexpr WaitEvent k_not_waiting = 0;  ///< the word of a process that runs
//! [classes]

//! [definition]
/// Gives an event a number. To be called while the program starts or in the postmaster, so that every process knows the
/// same numbers: `const WaitEvent k_client_read = define_wait_event(WaitEventClass::client, "ClientRead");`
/// \param of its class. \param name as pg_stat_activity.wait_event shows it; must live as long as the process.
/// \return the event. The same name in the same class is the same event.
WaitEvent define_wait_event(WaitEventClass of, std::string_view name);

/// All processes know the names by now, and one that comes later would be known to this process and its children alone. Others would take its number
/// for somebody else's. \param other what is defined in its stead
void close_wait_events(WaitEvent other);

/// The names that have been given so far. \param of which class; none for one whose events a layer names itself
std::span<const std::string_view> wait_event_names(WaitEventClass of);

/// Lets a layer name the events of a class itself, where numbers are given out while the server runs.
/// \param of the class. \param namer from an event's number within the class to its name.
void set_wait_event_namer(WaitEventClass of, std::string_view (*namer)(std::uint32_t number));

/// \param of an event's class. \param number within the class, at most 2^24 - 1. \return the event.
constexpr WaitEvent make_wait_event(WaitEventClass of, std::uint32_t number) {
    return static_cast<WaitEvent>(of) << 24 | number;
}

/// pg_stat_activity.wait_event_type ("Client"); empty for k_not_waiting. \param event any.
std::string_view wait_event_type(WaitEvent event);

/// pg_stat_activity.wait_event ("ClientRead"); empty for k_not_waiting. \param event any.
std::string_view wait_event_name(WaitEvent event);
//! [definition]

//! [report]
/// Where this process says what it waits for. Written by this process alone, read by others without a lock. Never null.
extern std::atomic<std::uint32_t>* wait_event_word;

/// Makes another word the one that says it. \param word in shared memory; null: where nobody looks
void report_waits_in(std::atomic<std::uint32_t>* word) noexcept;

/// Says that the process waits while this object lives.
class ReportWait {
public:
    /// \param event what for; k_not_waiting says nothing.
    explicit ReportWait(WaitEvent event) noexcept { wait_event_word->store(event, std::memory_order_relaxed); }
    ~ReportWait() { wait_event_word->store(k_not_waiting, std::memory_order_relaxed); }
    ReportWait(const ReportWait&) = delete;
    ReportWait& operator=(const ReportWait&) = delete;
};
//! [report]

}  // namespace forklore
