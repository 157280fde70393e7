#include "lwlocks/condition_variable.hpp"

#include <algorithm>
#include "base/clock.hpp"
#include "base/error.hpp"

namespace forklore {

//! [signal]
using namespace detail;

WaiterNumber ConditionVariable::take_first() {
    const SpinLockGuard guard(lock_);
    const WaiterNumber first = queue_.pop_front();
    if (first != k_nobody) --count_;
    return first;
}

// Between taking a process out of the queue and waking it nobody else knows of it: who is killed there has not died alone.
void ConditionVariable::signal() {
    const HoldingShared somebody_unwoken;
    if (const WaiterNumber first = take_first()) detail::wake(first);
}

// Who has been woken may queue again before we are through, at the end. So it counts who was there at the beginning: waking whoever
// stands in front until the queue is empty might never end.
void ConditionVariable::broadcast() {
    const HoldingShared somebody_unwoken;
    lock_.lock();
    std::uint32_t left = count_;
    lock_.unlock();
    for (WaiterNumber first; left != 0 && (first = take_first()) != k_nobody; --left) detail::wake(first);
}
//! [signal]

//! [leave]
// Returns whether it was still in the queue.
bool ConditionVariable::leave(WaiterNumber number) {
    const SpinLockGuard guard(lock_);
    if (!ConditionQueue::queued(number)) return false;
    queue_.remove(number);
    --count_;
    return true;
}
//! [leave]

//! [prepare]
ConditionSleep::ConditionSleep(ConditionVariable& variable) : variable_(variable) {
    if (self.number == k_nobody)
        panic(sqlstate::internal_error, "cannot wait without a slot in the process table");
    if (!detail::in_segment(&variable))
        throw Error(sqlstate::internal_error, "a condition variable must lie in the main shared memory segment");
    if (waiter(self.number).sleeps_on.load(std::memory_order_relaxed) != nullptr)
        throw Error(sqlstate::internal_error, "this process waits for another condition variable already");
    // From the next line on an undertaker would look for us there.
    waiter(self.number).sleeps_on.store(&variable, std::memory_order_release);
    const SpinLockGuard guard(variable_.lock_);
    variable_.queue_.push_back(self.number);
    ++variable_.count_;
}
//! [prepare]

//! [cancel]
ConditionSleep::~ConditionSleep() {
    if (!variable_.leave(self.number)) {
        // Somebody has woken us, and we shall not look what for. Take the wake-up, which is there or about to be, and pass it on.
        detail::sleep_on_semaphore();
        variable_.signal();
    }
    detail::give_back(surplus_);
    waiter(self.number).sleeps_on.store(nullptr, std::memory_order_release);
}
//! [cancel]

//! [wait]
bool ConditionSleep::wait_for(std::int64_t timeout_us, WaitEvent event) {
    const ReportWait report(event);
    const std::int64_t end = timeout_us < 0 ? 0 : monotonic_us() + timeout_us;
    for (;;) {
        const std::int64_t left = timeout_us < 0 ? -1 : std::max<std::int64_t>(end - monotonic_us(), 0);
        switch (detail::sleep_interruptibly(left)) {
            case WokenBy::interrupt: check_for_interrupts(); continue;
            case WokenBy::time: return false;
            case WokenBy::post: break;
        }
        const SpinLockGuard guard(variable_.lock_);
        if (ConditionQueue::queued(self.number)) {
            ++surplus_;  // it was for something else
            continue;
        }
        // Queue again before the caller looks, so that no change after the look is missed.
        variable_.queue_.push_back(self.number);
        ++variable_.count_;
        return true;
    }
}
//! [wait]

//! [bury]
void bury_sleeper(std::int32_t slot) {
    const WaiterNumber dead = static_cast<WaiterNumber>(slot) + 1;
    ConditionVariable* const variable = waiter(dead).sleeps_on.exchange(nullptr, std::memory_order_acquire);
    // If it was woken, it was to do something about what had become true, and now somebody else must.
    if (variable != nullptr && !variable->leave(dead)) variable->signal();
}
//! [bury]

}  // namespace forklore
