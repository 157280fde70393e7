/// \file
/// ProcessSlot: what all processes may know of one.
///
/// Counterpart in PostgreSQL: PGPROC (proc.h) and PgBackendStatus (backend_status.h).
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <boost/interprocess/sync/interprocess_semaphore.hpp>
#include <cstdint>
#include <string_view>

#include "connections/registrar.hpp"
#include "shared_memory/segment.hpp"

namespace forklore {

//! [slot-state]
/// How far a process has come.
enum class SlotState : std::uint8_t {
    free,       ///< nobody's
    half_open,  ///< its client has not shown yet who it is
    admitted,   ///< serves its client, and counts as one of max_connections
    auxiliary,  ///< serves no client
    internal    ///< serves no client, but has a session: its role is known
};
//! [slot-state]

//! [slot-number]
/// A place in the table, from 0. It is a process's short name in shared structures, where a pid would say nothing and a pointer
/// would take more room.
using SlotNumber = std::int32_t;
inline constexpr SlotNumber k_no_slot = -1;  ///< none
//! [slot-number]

//! [shared-name]
/// A name in shared memory: as long as an identifier may be, and its end.
using SharedName = std::array<char, 64>;

/// What a process is, where its kind does not say enough. As long as PostgreSQL's bgw_type.
using ProcessType = std::array<char, 96>;
//! [shared-name]

//! [key-digest]
/// SHA-256 of a cancel key.
using CancelKeyDigest = std::array<unsigned char, 32>;
//! [key-digest]

//! [activity]
/// What a session is doing: pg_stat_activity.state.
enum class ActivityState : std::uint8_t { none, active, idle, idle_in_transaction, idle_in_transaction_aborted, disabled };

/// What a process tells of itself. Its own process alone writes it, others read it, and nobody decides anything by it: what is
/// lost or old here makes a view wrong for a moment, not the server. Times are microseconds since 2000-01-01 00:00 UTC, 0 for none.
struct Activity {
    std::int64_t backend_start;   ///< when the process began
    std::int64_t xact_start;      ///< when its transaction began
    std::int64_t query_start;     ///< when its present or last statement began
    std::int64_t state_change;    ///< when `state` changed
    std::int32_t client_port;     ///< -1: a Unix socket
    std::uint32_t query_length;   ///< bytes of the query's text, which lies apart (ProcessTable::query)
    ActivityState state;          ///< what it is doing
    SharedName database;          ///< empty: none
    SharedName application_name;  ///< as the client says
    SharedName client_address;    ///< numeric; empty: none, or a Unix socket
};
//! [activity]

//! [process-slot]
/// One process. A slot is given out and taken back by the postmaster alone, before the fork and after the burial, so that giving
/// out needs no lock and a death can lose none.
struct alignas(k_shared_alignment) ProcessSlot {
    using Shareable = void;  ///< see k_shareable
    // ---- written by the postmaster when it gives the slot out and takes it back; read by all, without a lock
    std::atomic<std::uint64_t> generation{0};           ///< grows by one whenever the slot is given out
    std::atomic<pid_t> pid{0};                          ///< 0 until the process runs (it writes this itself, too), and when it is dead
    std::atomic<ProcessKind> kind{ProcessKind::none};   ///< what for
    ProcessType type{};                                 ///< likewise, in words: to be read when `pid` is not 0; empty: the kind's name
    // ---- written by its process; read by all, without a lock
    std::atomic<SlotState> state{SlotState::free};      ///< `free` and the first state are the postmaster's to write
    std::atomic<std::uint32_t> wait_event{0};           ///< see wait_event.hpp
    std::atomic<std::uint32_t> held{0};                 ///< shared things that it holds just now: see blast_radius.hpp
    std::atomic<bool> left{false};                      ///< it has given back all that it had, and only has to exit
    SharedName role{};                                  ///< whom it serves: to be read when `state` is `admitted` or `internal`
    // ---- its process waits here, anybody may post
    boost::interprocess::interprocess_semaphore semaphore{0};  ///< for sleeping until another process does something
    // ---- written by its process before `key_length`, read by whoever carries a cancel request and has seen that not 0
    std::atomic<std::uint32_t> key_length{0};           ///< bytes of the key that the client knows; 0: cannot be cancelled
    CancelKeyDigest key_digest{};                       ///< what the key is known by: the key itself is nobody else's
    // ---- written by its process between two steps of `changes` (odd: at it just now), read by all who find the same even number
    // before and after
    std::atomic<std::uint32_t> changes{0};              ///< see activity.hpp
    Activity activity{};                                ///< likewise
};
//! [process-slot]

}  // namespace forklore
