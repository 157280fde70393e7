/// \file
/// A bell: processes sleep until somebody rings, or until they are cancelled. And the moments at which the test may stop one.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <exception>
#include <functional>

namespace forklore::exercise {

/// So many processes share it. Each has a number, from 0.
inline constexpr int k_processes = 4;

/// Thrown out of wait_until(): whoever waits shall do so no more.
class Cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "canceled"; }
};

/// A moment in wait_until().
enum class Moment {
    queued,  ///< we stand in the queue, and are about to look
    woken    ///< we were asleep, and have yet to find out why we are not any more
};

/// Lies in shared memory. All of it is nought at first but the semaphores, which initialise() makes.
struct Bell {
    void initialise();

    /// Sleeps until `ready` returns true. Throws Cancelled, and then does not ask again.
    /// \param me who waits. \param ready whether there is something to do; if so, it is done when this returns true.
    void wait_until(int me, const std::function<bool()>& ready);
    /// Wakes the one that has waited longest, if there is one. To be called when there is something to do.
    void ring();
    /// Ends a process's wait, or its next one. \param who it is.
    void cancel(int who);

    /// Whether a process stands in the queue. \param who it is.
    bool queued(int who);

    std::atomic<bool> guarded;                 ///< somebody reads or changes the queue
    int length;                                ///< of the queue
    int queue[k_processes];                    ///< who waits, the first one first
    std::atomic<bool> cancelled[k_processes];  ///< who shall not wait any more
    sem_t wake_up
        [k_processes];  ///< where each one sleeps: posted once by who takes it out of the queue, and once by who cancels it

private:
    void enter(int me);
    bool take_out(int who);
    void leave(int me);
};

/// Calls what the test has put here, if anything. wait_until() calls it at each Moment that it comes to.
extern void (*at_moment)(Moment, int me);

}  // namespace forklore::exercise
