/// \file
/// LWLock: a lock in shared memory that one process holds alone or several share, and for which one can sleep.
///
/// It guards structures in shared memory for as long as it takes to look at them or change them: longer than a spinlock,
/// since waiters sleep, and shorter than a transaction, since nobody looks for deadlocks. Nobody is promised a turn: who is woken tries
/// again, and may be too late. While a process holds such a lock, or waits for one, it cannot be cancelled.
///
/// The lock satisfies the standard's SharedMutex, so std::unique_lock and std::shared_lock work with it; LWLockGuard also remembers the
/// line.
///
/// Counterpart in PostgreSQL: lwlock.h, lwlock.c.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lwlocks/lock_word.hpp"
#include "lwlocks/self.hpp"
#include "lwlocks/tranches.hpp"
#include "lwlocks/waiters.hpp"

namespace forklore {

//! [counts]
/// What a lock has been through, as long as `track_lwlocks` is on. In pg_stat_lwlocks.
struct LWLockCounts {
    std::atomic<std::uint64_t> shared;     ///< how often it was taken shared
    std::atomic<std::uint64_t> exclusive;  ///< how often alone
    std::atomic<std::uint64_t> waits;      ///< how often somebody slept for it
    std::atomic<std::uint64_t> wait_us;    ///< and how long, all in all, in microseconds
};

namespace detail {
/// Whether locks count what happens to them: the value of `track_lwlocks`.
extern bool counting_lw_locks;
}  // namespace detail
//! [counts]

//! [lw-lock]
/// See the top of this file. Zeroed memory is a free lock of the first tranche. Whoever uses it must have a slot, unless nobody else
/// does yet (a postmaster that sets up a structure).
class LWLock {
public:
    using Shareable = void;  ///< see k_shareable

    LWLock() = default;
    /// \param tranche what kind of lock it is. \param number which one of its kind.
    explicit LWLock(TrancheId tranche, std::uint16_t number = 0) : tranche_(tranche), number_(number) {}
    LWLock(const LWLock&) = delete;
    LWLock& operator=(const LWLock&) = delete;

    /// Takes the lock, if need be after a sleep. Cannot be interrupted, and interrupts are held off until release(). Throws Error when
    /// this process holds too many locks or this one, and would wait for itself for ever.
    /// \param mode exclusive or shared. \param where the line that takes it. \return whether it had not to wait.
    bool acquire(LWLockMode mode, LockSite where = LockSite::current());

    /// Takes the lock if it is free. \param mode exclusive or shared. \param where the line that takes it. \return whether it did.
    bool conditional_acquire(LWLockMode mode, LockSite where = LockSite::current());

    /// Takes the lock if it is free. Otherwise sleeps until it is free and does *not* take it: whoever held it may have done what the
    /// caller was up to. \param mode exclusive or shared. \param where the line that takes it. \return whether it is taken.
    bool acquire_or_wait(LWLockMode mode, LockSite where = LockSite::current());

    /// Gives the lock back and wakes who waits. Throws Error when this process does not hold it.
    void release();

    /// Whether this process holds it. For assertions.
    bool held_by_me() const;
    /// Whether this process holds it in this mode. \param mode exclusive or shared.
    bool held_by_me(LWLockMode mode) const;

    /// \name A variable that the lock's exclusive holder advances
    /// A number that tells how far the holder has come. Who needs only that waits for the number, not for the lock.
    /// \{

    /// Waits until the variable differs from `old` or nobody holds the lock alone. Cannot be interrupted.
    /// \param variable guarded by this lock. \param old the value that is known. \param now set to the new value when
    /// that is why it returns; untouched otherwise. \param where the line that waits. \return whether the lock was free.
    bool wait_for_var(const std::atomic<std::uint64_t>& variable, std::uint64_t old, std::uint64_t& now,
                      LockSite where = LockSite::current());
    /// Sets the variable and wakes who waits for it, and keeps the lock. For its exclusive holder. \param variable guarded by this
    /// lock. \param value the new one.
    void update_var(std::atomic<std::uint64_t>& variable, std::uint64_t value);
    /// Sets the variable and gives the lock back. \param variable guarded by this lock. \param value the new one.
    void release_clear_var(std::atomic<std::uint64_t>& variable, std::uint64_t value);
    /// \}

    /// \name As the standard names them
    /// \{

    /// Takes it alone. \param where the line that takes it.
    void lock(LockSite where = LockSite::current()) { acquire(LWLockMode::exclusive, where); }
    /// Takes it alone if it is free. \param where the line that takes it. \return whether it is taken.
    bool try_lock(LockSite where = LockSite::current()) {
        return conditional_acquire(LWLockMode::exclusive, where);
    }
    /// Gives it back.
    void unlock() { release(); }
    /// Takes it shared. \param where the line that takes it.
    void lock_shared(LockSite where = LockSite::current()) { acquire(LWLockMode::shared, where); }
    /// Takes it shared if that is possible at once. \param where the line that takes it. \return whether it is taken.
    bool try_lock_shared(LockSite where = LockSite::current()) {
        return conditional_acquire(LWLockMode::shared, where);
    }
    /// Gives it back.
    void unlock_shared() { release(); }
    /// \}

    TrancheId tranche() const { return tranche_; }             ///< what kind of lock it is
    std::uint16_t number() const { return number_; }           ///< which one of its kind
    const LWLockCounts& counts() const { return counts_; }     ///< see there
    LWLockCounts& counts() { return counts_; }                 ///< see there
    std::uint32_t state_bits() const { return word_.bits(); }  ///< for views and tests: see LockWord

private:
    // The fast path, below.
    static void begin();
    static void end();
    void hold(LWLockMode mode, LockSite where, bool signed_in = false);
    // The slow path, in lw_lock.cpp; waiting for a variable in lw_lock_variable.cpp.
    void acquire_slowly(LWLockMode mode, LockSite where);
    bool try_take(LWLockMode mode, bool& closed);
    bool spin(LWLockMode mode, bool woken, bool& closed);
    void enqueue(LWLockMode mode, std::uint32_t clear);
    int dequeue();
    int sleep();
    void wake_waiters();
    static void wake_chosen(detail::LWLockQueue& chosen);
    void refuse_own(LockSite where);
    detail::HeldLock forget();
    void count(LWLockMode mode);
    bool waits_for_var(const std::atomic<std::uint64_t>& variable, std::uint64_t old, std::uint64_t& now,
                       bool& free) const;
    // Open locks, in sign_in.cpp.
    std::atomic<const LWLock*>& place() const;
    bool sign_in();
    void sign_out();
    void tell_closer();
    void count_in_a_row(LWLockMode mode);
    void open();
    bool somebody_signed_in() const;
    void wait_for_signed_in();
    bool close_if_nobody_signed_in();

    LockWord word_;                                   // by atomic steps
    TrancheId tranche_ = 0;                           // constant
    std::uint16_t number_ = 0;                        // constant
    detail::LWLockQueue queue_;                       // under the queue's bit
    detail::WaiterNumber closer_ = detail::k_nobody;  // under the queue's bit: waits for who has signed in
    std::atomic<std::uint32_t> in_a_row_{0};          // how often it was taken shared, and never alone; about
    LWLockCounts counts_{};                           // atomically
};
//! [lw-lock]

//! [open-limit]
/// An open lock comes of being shared so many times without being taken alone: see sign_in.hpp.
inline constexpr std::uint32_t k_shared_until_open = 4096;
//! [open-limit]

//! [padded]
/// A lock with a cache line of its own (two, since processors fetch pairs), so that neighbours do not slow each other down.
struct alignas(128) LWLockPadded {
    using Shareable = void;  ///< see k_shareable
    LWLock lock;             ///< the lock
};
static_assert(sizeof(LWLockPadded) == 128);
//! [padded]

//! [guard]
/// Holds a lock while it lives.
class LWLockGuard {
public:
    /// \param lock taken. \param mode exclusive or shared. \param where the line that takes it.
    LWLockGuard(LWLock& lock, LWLockMode mode, LockSite where = LockSite::current()) : lock_(lock) {
        lock_.acquire(mode, where);
    }
    ~LWLockGuard() { lock_.release(); }
    LWLockGuard(const LWLockGuard&) = delete;
    LWLockGuard& operator=(const LWLockGuard&) = delete;

private:
    LWLock& lock_;
};
//! [guard]

//! [release-all]
/// Gives back all that this process holds. The net under a process that fails on a way that no guard foresaw.
void release_all_lw_locks() noexcept;
/// Whether this process holds any.
inline bool any_lw_lock_held() { return detail::self.lock_count != 0; }
//! [release-all]

// ---- The fast path. All that follows is meant to disappear into the caller.

//! [fast-path-helpers]
namespace detail {
[[noreturn]] void too_many_lw_locks();
#ifndef NDEBUG
// Debug builds look at the order in which locks are taken: see lock_order.hpp.
void check_lock_order(const LWLock& lock, LockSite where);
#else
inline void check_lock_order(const LWLock&, LockSite) {}
#endif
}  // namespace detail
//! [fast-path-helpers]

//! [begin]
// What comes before the first step of each way to take a lock, and after the last step of each way to be rid of it.
inline void LWLock::begin() {
    ++detail::interrupts_held;
    detail::begin_holding();
}
inline void LWLock::end() {
    detail::end_holding();
    --detail::interrupts_held;
}
//! [begin]

//! [sign-in]
// The place on my page for this lock. Which one is a matter of the address; two locks that fall on the same one are no harm, the
// second one is held in the ordinary way.
inline std::atomic<const LWLock*>& LWLock::place() const {
    return detail::self
        .page[reinterpret_cast<std::uintptr_t>(this) / sizeof(LWLockPadded) % k_sign_in_places];
}

// Takes an open lock shared, by writing its address on my page. Nobody else writes there, so no atomic instruction is needed,
// nor a cache line that others want. It must be looked up a second time whether the lock is still open: see wait_for_signed_in().
inline bool LWLock::sign_in() {
    if ((word_.bits(std::memory_order_relaxed) & LockWord::k_open) == 0 || detail::self.page == nullptr)
        return false;
    if (place().load(std::memory_order_relaxed) != nullptr) return false;
    place().store(this, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if ((word_.bits(std::memory_order_acquire) & LockWord::k_open) != 0) [[likely]]
        return true;
    sign_out();
    return false;
}

inline void LWLock::sign_out() {
    place().store(nullptr, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if ((word_.bits(std::memory_order_relaxed) & LockWord::k_open) == 0) [[unlikely]]
        tell_closer();
}
//! [sign-in]

//! [in-a-row]
// A lock that is only ever shared becomes an open one. What is lost when two processes count at once is not missed.
inline void LWLock::count_in_a_row(LWLockMode mode) {
    if (mode == LWLockMode::exclusive) {
        in_a_row_.store(0, std::memory_order_relaxed);
        return;
    }
    const std::uint32_t before = in_a_row_.load(std::memory_order_relaxed);
    in_a_row_.store(before + 1, std::memory_order_relaxed);
    if (before >= k_shared_until_open) [[unlikely]]
        open();
}
//! [in-a-row]

//! [hold]
inline void LWLock::hold(LWLockMode mode, LockSite where, bool signed_in) {
    detail::Self& me = detail::self;
    me.locks[me.lock_count++] = {this, mode, signed_in, where};
    if (!signed_in) count_in_a_row(mode);
    if (detail::counting_lw_locks) [[unlikely]]
        count(mode);
}
//! [hold]

//! [acquire]
inline bool LWLock::acquire(LWLockMode mode, LockSite where) {
    if (detail::self.lock_count == k_most_lw_locks) [[unlikely]]
        detail::too_many_lw_locks();
    detail::check_lock_order(*this, where);
    begin();
    if (mode == LWLockMode::shared && sign_in()) {
        hold(mode, where, true);
        return true;
    }
    const bool at_once = word_.try_take(mode);
    if (!at_once) [[unlikely]]
        acquire_slowly(mode, where);
    hold(mode, where);
    return at_once;
}
//! [acquire]

//! [conditional-acquire]
inline bool LWLock::conditional_acquire(LWLockMode mode, LockSite where) {
    if (detail::self.lock_count == k_most_lw_locks) [[unlikely]]
        detail::too_many_lw_locks();
    begin();
    const bool signed_in = mode == LWLockMode::shared && sign_in();
    const bool taken =
        signed_in || word_.try_take(mode) || (mode == LWLockMode::exclusive && close_if_nobody_signed_in());
    if (taken) {
        hold(mode, where, signed_in);
    } else {
        end();
    }
    return taken;
}
//! [conditional-acquire]

//! [release]
inline void LWLock::release() {
    detail::Self& me = detail::self;
    // What was taken last is given back first, as a rule.
    const bool last = me.lock_count != 0 && me.locks[me.lock_count - 1].lock == this;
    const detail::HeldLock held = last ? me.locks[--me.lock_count] : forget();
    if (held.signed_in) {
        sign_out();
    } else if (word_.let_go(held.mode)) [[unlikely]] {
        wake_waiters();
    }
    end();
}
//! [release]

}  // namespace forklore
