/// \file
/// ConditionVariable: sleeping until another process has made something true.
///
/// A lock is for as long as it takes to look at something; a condition variable is for as long as it takes to become what one waits for.
/// Unlike those of POSIX it goes with no mutex. Instead, a process first queues and only then looks whether it must
/// wait, so that whatever changes after the look will wake it:
/// \code
/// ConditionSleep sleep(variable);
/// while (!ready()) sleep.wait(event);
/// \endcode
///
/// Counterpart in PostgreSQL: condition_variable.c.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/wait_event.hpp"
#include "lwlocks/spin_lock.hpp"
#include "lwlocks/waiters.hpp"

namespace forklore {

//! [condition-variable]
/// See the top of this file. It lies in the segment, which is at one address in all processes: not in a dynamic segment, where whoever
/// buries a sleeper would not find it. Zeroed memory is one for which nobody waits.
class ConditionVariable {
public:
    using Shareable = void;  ///< see k_shareable

    /// Wakes the one that has waited longest, if there is one. To be called after the change.
    void signal();
    /// Wakes all who wait at this moment. To be called after the change.
    void broadcast();

private:
    friend class ConditionSleep;
    friend void bury_sleeper(std::int32_t slot);

    detail::WaiterNumber take_first();
    bool leave(detail::WaiterNumber number);

    SpinLock lock_;
    std::uint32_t count_ = 0;       // in the queue; under lock_
    detail::ConditionQueue queue_;  // under lock_
};
//! [condition-variable]

//! [condition-sleep]
/// This process's place among those who wait, from construction to destruction. There can be one at a time. If it is destroyed because
/// something was thrown, and has just been woken, it wakes the next one in its stead.
class ConditionSleep {
public:
    /// Queues. Throws Error when this process waits for another condition variable, or this one does not lie in the segment. \param variable to wait for.
    explicit ConditionSleep(ConditionVariable& variable);
    ~ConditionSleep();
    ConditionSleep(const ConditionSleep&) = delete;
    ConditionSleep& operator=(const ConditionSleep&) = delete;

    /// Sleeps until it has been woken since the last call, or the construction, and queues again. It may also return without a reason.
    /// Throws what an interrupt throws. \param event what others see this process wait for.
    void wait(WaitEvent event) { wait_for(-1, event); }
    /// The same, for a while. \param timeout_us microseconds; negative for any length. \param event what others see this process wait for.
    /// \return whether it was woken; false at the end of the time.
    bool wait_for(std::int64_t timeout_us, WaitEvent event);

private:
    ConditionVariable& variable_;
    int surplus_ = 0;
};
//! [condition-sleep]

//! [bury]
/// Takes a process that has died in its sleep out of the queue, and passes on what it has not heard. For its undertaker. \param slot its
/// number, from 0.
void bury_sleeper(std::int32_t slot);
//! [bury]

}  // namespace forklore
