// Waiting for a variable that a lock's holder advances, instead of for the lock.
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/phases.hpp"

namespace forklore {

//! [waits-for-var]
using namespace detail;

// Whether there is a reason to sleep: the lock is held alone, and the variable is what it was.
bool LWLock::waits_for_var(const std::atomic<std::uint64_t>& variable, std::uint64_t old, std::uint64_t& now,
                           bool& free) const {
    free = (word_.bits() & LockWord::k_exclusive) == 0;
    if (free) return false;
    const std::uint64_t value = variable.load(std::memory_order_acquire);
    if (value == old) return true;
    now = value;
    return false;
}
//! [waits-for-var]

//! [wait-for-var]
bool LWLock::wait_for_var(const std::atomic<std::uint64_t>& variable, std::uint64_t old, std::uint64_t& now,
                          LockSite where) {
    bool free = false;
    int surplus = 0;
    detail::check_lock_order(*this, where);
    begin();
    while (waits_for_var(variable, old, now, free)) {
        refuse_own(where);
        detail::at_phase(LockPhase::before_queueing);
        enqueue(LWLockMode::wait_until_free, LockWord::k_wake_under_way);
        // The same second look as for the lock itself: the variable may have been set, or the lock given back, before we stood here.
        detail::at_phase(LockPhase::before_second_try);
        if (!waits_for_var(variable, old, now, free)) {
            surplus += dequeue();
            break;
        }
        detail::at_phase(LockPhase::before_sleeping);
        surplus += sleep();
    }
    detail::give_back(surplus);
    end();
    return free;
}
//! [wait-for-var]

//! [update-var]
void LWLock::update_var(std::atomic<std::uint64_t>& variable, std::uint64_t value) {
    variable.store(value, std::memory_order_release);
    detail::at_phase(LockPhase::before_waking);
    LWLockQueue chosen;
    // Whoever queues after this has the new value before its eyes at its second look.
    word_.lock_queue();
    // Those who wait for the variable stand in front of those who wait for the lock.
    while (!queue_.empty() && waiter(queue_.first()).mode == LWLockMode::wait_until_free) {
        const WaiterNumber number = queue_.pop_front();
        chosen.push_back(number);
        waiter(number).stage.store(WaitStage::chosen, std::memory_order_relaxed);
    }
    word_.unlock_queue(0, queue_.empty() ? LockWord::k_has_waiters : 0);
    wake_chosen(chosen);
}

void LWLock::release_clear_var(std::atomic<std::uint64_t>& variable, std::uint64_t value) {
    variable.store(value, std::memory_order_release);
    release();
}
//! [update-var]

}  // namespace forklore
