/// \file
/// A lock that sleeps, and the moments at which the test may stop a process that takes it.
#pragma once

#include <semaphore.h>

#include <atomic>

namespace forklore::exercise {

/// So many processes share it. Each has a number, from 0.
inline constexpr int k_processes = 4;

/// A moment in lock().
enum class Moment {
    tried,  ///< the lock was taken, and nobody knows that we want it
    noted   ///< we have said that we wait
};

/// Lies in shared memory. All of it is nought at first but the semaphores, which initialise() makes.
struct SleepingLock {
    void initialise();
    /// Takes the lock, if need be after a sleep. \param me who is asking
    void lock(int me);
    /// Gives it back, and wakes one that waits.
    void unlock();

    std::atomic<bool> taken;               ///< somebody has it
    std::atomic<bool> waits[k_processes];  ///< who waits, or is about to
    sem_t wake_up[k_processes];            ///< where each one sleeps
};

/// Calls what the test has put here, if anything. Your lock() calls it at each Moment that it comes to.
extern void (*at_moment)(Moment, int me);

}  // namespace forklore::exercise
