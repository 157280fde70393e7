#include "lwlocks/lw_lock.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/wait_event.hpp"
#include "lwlocks/lock_order.hpp"
#include "lwlocks/phases.hpp"
#include "lwlocks/spin_lock.hpp"
#include "lwlocks/tranches.hpp"

namespace forklore {

//! [hooks]
using namespace detail;

namespace detail {
void (*phase_hook)(LockPhase) = nullptr;
bool counting_lw_locks = false;
}  // namespace detail
//! [hooks]

//! [acquire-slowly]
void LWLock::acquire_slowly(LWLockMode mode, LockSite where) {
    refuse_own(where);
    bool woken = false, closed = false;
    int surplus = 0;
    for (;;) {
        // 1. Try, for a while: that may be cheaper than to sleep and be woken.
        if (spin(mode, woken, closed)) {
            if (woken) word_.clear(LockWord::k_wake_under_way);
            break;
        }
        // 2. Queue. From here on, whoever gives the lock back sees that somebody waits.
        at_phase(LockPhase::before_queueing);
        enqueue(mode, woken ? LockWord::k_wake_under_way : 0);
        // 3. Try again. Whoever gave it back between 1 and 2 saw nobody who waits, and will not come back to look.
        at_phase(LockPhase::before_second_try);
        if (try_take(mode, closed)) {
            surplus += dequeue();
            break;
        }
        // 4. Sleep. Whoever gives it back now takes us out of the queue and wakes us. The lock is no gift: we try again.
        at_phase(LockPhase::before_sleeping);
        surplus += sleep();
        woken = true;
    }
    detail::give_back(surplus);
    if (closed) wait_for_signed_in();
}

// One step, or two if the lock is open and we want it alone: closing it takes it, but there may be others still.
bool LWLock::try_take(LWLockMode mode, bool& closed) {
    if (word_.try_take(mode)) return true;
    closed = mode == LWLockMode::exclusive && word_.try_close();
    return closed;
}
//! [acquire-slowly]

//! [refuse-own]
// Who waits for what it holds itself waits for ever. The lock was not free for us; if we are among those who hold it, we are why.
void LWLock::refuse_own(LockSite where) {
    if (!held_by_me()) return;
    end();
    detail::waits_for_itself(*this, where);
}
//! [refuse-own]

//! [spin]
namespace {
// How often to look before falling asleep: where it has paid more often, where it has not less.
constexpr int k_least_looks = 2, k_most_looks = 4;
FORKLORE_PER_PROCESS int looks = 4;
// How long to keep away between two looks, in pauses of the processor: at first, and twice as long each time.
constexpr int k_first_distance = 32;
}  // namespace

bool LWLock::spin(LWLockMode mode, bool woken, bool& closed) {
    for (int look = 0, distance = k_first_distance;; distance *= 2) {
        if (word_.looks_free(mode) && try_take(mode, closed)) {
            looks = std::min(looks + 1, k_most_looks);
            return true;
        }
        // Where some are asleep already, there are more who want the lock than processors: one more who spins is in the way. But one who
        // was woken is the only one.
        const bool others_sleep = (word_.bits(std::memory_order_relaxed) & LockWord::k_has_waiters) != 0;
        if (++look >= looks || (others_sleep && !woken)) break;
        // Each look takes the lock's cache line away from its holder, who needs it. So keep away from it for a while.
        for (int i = 0; i < distance; ++i) pause_processor();
    }
    looks = std::max(looks - 1, k_least_looks);
    return false;
}
//! [spin]

//! [enqueue]
// Who only waits for the lock to come free stands in front: it hinders nobody.
void LWLock::enqueue(LWLockMode mode, std::uint32_t clear) {
    Waiter& me = waiter(self.number);
    word_.lock_queue();
    me.mode = mode;
    me.stage.store(WaitStage::queued, std::memory_order_relaxed);
    if (mode == LWLockMode::wait_until_free) {
        queue_.push_front(self.number);
    } else {
        queue_.push_back(self.number);
    }
    word_.unlock_queue(LockWord::k_has_waiters, clear);
}
//! [enqueue]

//! [dequeue]
// Takes us out of the queue: there is nothing to wait for any more. If somebody was quicker, a wake-up is on the way, and we wait
// for it: left alone, it would end somebody's later sleep too early.
int LWLock::dequeue() {
    word_.lock_queue();
    if (waiter(self.number).stage.load(std::memory_order_relaxed) == WaitStage::queued) {
        queue_.remove(self.number);
        waiter(self.number).stage.store(WaitStage::none, std::memory_order_relaxed);
        word_.unlock_queue(0, queue_.empty() ? LockWord::k_has_waiters : 0);
        return 0;
    }
    word_.unlock_queue();
    const int surplus = sleep();
    word_.clear(LockWord::k_wake_under_way);
    return surplus;
}
//! [dequeue]

//! [sleep]
// Sleeps until whoever took us out of the queue says so. Returns how many wake-ups it took that were meant for something else.
int LWLock::sleep() {
    const std::int64_t begun = detail::counting_lw_locks ? monotonic_us() : 0;
    const ReportWait report(make_wait_event(WaitEventClass::lwlock, tranche_));
    int surplus = -1;
    do {
        detail::sleep_on_semaphore();
        ++surplus;
    } while (waiter(self.number).stage.load(std::memory_order_acquire) != WaitStage::none);
    if (begun != 0) {
        counts_.waits.fetch_add(1, std::memory_order_relaxed);
        counts_.wait_us.fetch_add(static_cast<std::uint64_t>(monotonic_us() - begun),
                                  std::memory_order_relaxed);
    }
    return surplus;
}
//! [sleep]

//! [wake-waiters]
// The first in the queue decides. If it wants the lock alone, it is woken, and nobody else. If it would share, all who would share
// are woken, wherever they stand. Who only waits for the lock to come free is woken in any case and decides nothing.
void LWLock::wake_waiters() {
    at_phase(LockPhase::before_waking);
    LWLockQueue chosen;
    bool somebody = false;
    word_.lock_queue();
    for (WaiterNumber number = queue_.first(), next; number != detail::k_nobody; number = next) {
        next = LWLockQueue::after(number);
        const LWLockMode mode = waiter(number).mode;
        if (somebody && mode == LWLockMode::exclusive) continue;
        queue_.remove(number);
        chosen.push_back(number);
        waiter(number).stage.store(WaitStage::chosen, std::memory_order_relaxed);
        if (mode != LWLockMode::wait_until_free) somebody = true;
        if (mode == LWLockMode::exclusive) break;
    }
    // Until one of them has tried, nobody else is woken: they would only find the lock taken, by each other or by a newcomer.
    word_.unlock_queue(somebody ? LockWord::k_wake_under_way : 0,
                       queue_.empty() ? LockWord::k_has_waiters : 0);
    wake_chosen(chosen);
}
//! [wake-waiters]

//! [wake-chosen]
void LWLock::wake_chosen(LWLockQueue& chosen) {
    while (const WaiterNumber number = chosen.pop_front()) {
        // From this store on the entry is its owner's again, who may be awake for another reason and queue elsewhere at once.
        waiter(number).stage.store(WaitStage::none, std::memory_order_release);
        detail::wake(number);
    }
}
//! [wake-chosen]

//! [acquire-or-wait]
bool LWLock::acquire_or_wait(LWLockMode mode, LockSite where) {
    detail::check_lock_order(*this, where);
    if (conditional_acquire(mode, where)) return true;
    begin();
    refuse_own(where);
    bool closed = false;
    at_phase(LockPhase::before_queueing);
    enqueue(LWLockMode::wait_until_free, LockWord::k_wake_under_way);
    at_phase(LockPhase::before_second_try);
    const bool taken = try_take(mode, closed);
    if (!taken) at_phase(LockPhase::before_sleeping);
    detail::give_back(taken ? dequeue() : sleep());
    if (closed) wait_for_signed_in();
    if (taken) {
        hold(mode, where);
    } else {
        end();
    }
    return taken;
}
//! [acquire-or-wait]

//! [queue-bit]
void LockWord::wait_for_queue() {
    SpinDelay delay("lock queue", SourceLocation::current());
    while ((bits_.load(std::memory_order_relaxed) & k_queue_locked) != 0) delay.look_again();
}
//! [queue-bit]

//! [forget]
// Takes the lock out of the list of those that we hold, wherever it stands there.
detail::HeldLock LWLock::forget() {
    detail::HeldLock* const end = self.locks + self.lock_count;
    detail::HeldLock* at = end;
    while (at != self.locks && (at - 1)->lock != this) --at;
    if (at == self.locks)
        throw Error(sqlstate::internal_error, "lock {} is not held", tranche_name(tranche_));
    const detail::HeldLock held = *(at - 1);
    std::copy(at, end, at - 1);
    --self.lock_count;
    return held;
}

bool LWLock::held_by_me() const {
    return std::any_of(self.locks, self.locks + self.lock_count,
                       [this](const detail::HeldLock& held) { return held.lock == this; });
}

bool LWLock::held_by_me(LWLockMode mode) const {
    return std::any_of(self.locks, self.locks + self.lock_count, [this, mode](const detail::HeldLock& held) {
        return held.lock == this && held.mode == mode;
    });
}
//! [forget]

//! [release-all]
void release_all_lw_locks() noexcept {
    while (self.lock_count != 0) self.locks[self.lock_count - 1].lock->release();
}
//! [release-all]

//! [count]
void LWLock::count(LWLockMode mode) {
    (mode == LWLockMode::shared ? counts_.shared : counts_.exclusive).fetch_add(1, std::memory_order_relaxed);
}
//! [count]

//! [too-many]
void detail::too_many_lw_locks() { throw Error(sqlstate::internal_error, "too many LWLocks taken"); }
//! [too-many]

}  // namespace forklore
