/// \file
/// The invalidation queue: telling every process what it shall no longer remember.
///
/// A process remembers what it has looked up, since it will be asked again. Whoever changes such a thing sends a message, "this one has changed",
/// and everybody reads it before the next transaction. Nobody is waited for, and nobody is woken: who does nothing need not know.
///
/// The messages lie in a ring of fixed size. Each process reads at its own pace, and writes down how far it has come. Writers never look
/// whether somebody has still to read what they overwrite: a process that has fallen too far behind finds that out by itself, and forgets
/// everything, which is always right. So that this seldom happens, those who are far behind are told to catch up.
///
/// Counterpart in PostgreSQL: sinval.c, sinvaladt.c (SendSharedInvalidMessages, ReceiveSharedInvalidMessages), where writers reset those who
/// are too far behind.
#pragma once

#include <cstdint>
#include <span>

namespace forklore {

//! [invalidation]
/// Kinds of things that are remembered.
enum class InvalidationKind : std::uint32_t {
    roles,  ///< the file of roles; `database` and `id` are 0
    k_count
};

/// A message: something has changed. What it has become is not in it.
struct Invalidation {
    InvalidationKind kind;   ///< what it is
    std::uint32_t database;  ///< where; 0: in all
    std::uint64_t id;        ///< which one; 0: any
    bool operator==(const Invalidation&) const = default;  ///< whether all three are the same
};
//! [invalidation]

//! [invalidation-queue]
/// Says what forgetting is. In the postmaster, before the first child.
/// \param kind of things \param forget called at check points; must not fail. Null: everything of this kind
void on_invalidation(InvalidationKind kind, void (*forget)(const Invalidation*) noexcept);

/// Tells all processes, this one too. To be called after the change, when others can see it. Takes a lock. \param what any number of messages
void send_invalidations(std::span<const Invalidation> what);

/// Forgets what others have changed until now. To be called before something remembered is relied upon: a transaction does it when it begins.
void accept_invalidations() noexcept;

namespace detail {
// Messages that the ring holds. A power of two.
inline constexpr std::uint64_t k_invalidations = 4096;
// Whoever is as far behind as that is told to catch up.
inline constexpr std::uint64_t k_far_behind = k_invalidations / 2;

void attach_invalidations();  // in a child, before it remembers anything
void request_invalidations();  // first and second phase of the segment
void create_invalidations();
}  // namespace detail
//! [invalidation-queue]

}  // namespace forklore
