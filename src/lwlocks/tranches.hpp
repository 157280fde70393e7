/// \file
/// Tranches: kinds of light-weight locks, and their names.
///
/// A lock knows its tranche by number; who waits for it shows the tranche's name as its wait event, so that one sees what the server waits
/// for and not only that it waits. The names lie in shared memory: whichever process gave one, all know it.
///
/// Counterpart in PostgreSQL: LWLockNewTrancheId, LWLockRegisterTranche, RequestNamedLWLockTranche, GetNamedLWLockTranche (lwlock.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace forklore {

//! [tranche-id]
class LWLock;
struct LWLockPadded;

/// A tranche's number. Zero is for locks of no tranche.
using TrancheId = std::uint16_t;
inline constexpr TrancheId k_no_tranche = 0;               ///< shown as "extension"
inline constexpr std::uint32_t k_most_tranches = 256;      ///< so many there can be
inline constexpr std::size_t k_longest_tranche_name = 63;  ///< in bytes
//! [tranche-id]

//! [request]
/// Asks for locks of a kind, before the segment exists. Throws Error 55000 afterwards, 42622 when the name is too long, XX000 when it has
/// been asked for with another count. \param tranche name of the kind. \param count how many locks.
void request_lw_locks(std::string_view tranche, std::size_t count);

/// The locks that were asked for, free at first, the same for every process. Throws Error 42704 when nobody asked. \param tranche name of
/// the kind.
std::span<LWLockPadded> requested_lw_locks(std::string_view tranche);
//! [request]

//! [define]
/// The number of a tranche, for locks that stand inside other structures; new, if no process has named it before. Throws Error 42622 when
/// the name is too long, 54000 when there are too many. \param name of the kind.
TrancheId define_tranche(std::string_view name);

/// The tranche's name: "extension" for those that have none. \param id any.
std::string_view tranche_name(TrancheId id);
//! [define]

//! [row]
/// A row of locks at equal distances in shared memory, as pg_stat_lwlocks lists them.
struct LWLockRow {
    LWLock* first;         ///< in the segment
    std::uint32_t count;   ///< how many
    std::uint32_t stride;  ///< bytes from one to the next
};
/// Lets pg_stat_lwlocks list a tranche's locks. Those that were requested are listed by themselves. \param id their tranche. \param row
/// where they are.
void list_lw_locks(TrancheId id, LWLockRow row);

/// A tranche's locks. \param id any. \return count 0 where nobody has listed them.
LWLockRow lw_lock_row(TrancheId id);
/// Numbers of tranches in use are below this.
TrancheId tranche_count();
namespace detail {
// First and second phase of the segment.
void request_tranches();
void create_tranches();
}  // namespace detail
//! [row]

}  // namespace forklore
