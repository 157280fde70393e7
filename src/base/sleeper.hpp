/// \file
/// Sleeper: how a process says that it is about to sleep, and how it is woken.
///
/// A WaitSet sleeps in the kernel, and raise_interrupt() must end that sleep, but should cost no system call when nobody sleeps.
/// What the two agree by is a Sleeper. Each process has one: to begin with, one that it alone can raise. A layer that lets
/// processes wake each other puts one in its place that others can raise as well.
///
/// Counterpart in PostgreSQL: MyLatch, which is a process's own at first and shared later (SwitchToSharedLatch).
#pragma once

#include "base/unique_fd.hpp"

namespace forklore {

//! [sleeper]
/// See the top of this file. It is either awake or asleep, and it may have been raised, which it remembers until somebody asks.
class Sleeper {
public:
    /// The process will sleep on descriptor() next, and raise() has to say something there.
    /// \return false when it has been raised: it shall not sleep, is awake, and the raise is forgotten.
    virtual bool fall_asleep() noexcept = 0;

    /// The sleep is over. \param forget what has been raised until now: whoever waited will look at everything. Otherwise it ends
    /// the next sleep.
    virtual void awake(bool forget) noexcept = 0;

    /// Ends the present sleep, or the next one. Async-signal-safe; a system call only for a sleeper.
    virtual void raise() noexcept = 0;

    /// Where a sleep is ended: it becomes readable anew with each raise() that finds the process asleep. It may be another one before each sleep,
    /// but never one with the number of the last. Throws Fatal when there is none to be had.
    virtual int descriptor() = 0;

protected:
    ~Sleeper() = default;
};
//! [sleeper]

//! [wake-up-descriptor]
/// A descriptor on which its own process sleeps, and which a signal handler makes readable: an eventfd. Nobody ever empties it: who
/// watches it edge-triggered is woken by each ring.
class WakeUpDescriptor {
public:
    /// Its number; it is made when this is called first. Throws Fatal 53000 when the kernel has none.
    int get();
    /// Makes it readable anew. Async-signal-safe.
    void ring() noexcept;
    /// Gives it up: the next get() makes another.
    void close() noexcept;
    /// Puts another in its place. \param other an eventfd with another number than the present one
    void become(UniqueFd other) noexcept;

private:
    // One more than its number; 0: none. Not a UniqueFd: a signal handler reads it, and a plain load must be enough. And of zeros, so that it lies
    // where a process writes anyway.
    volatile int number_ = 0;
};
//! [wake-up-descriptor]

/// This process's own.
Sleeper& sleeper() noexcept;

/// Puts another in its place.
/// \param other lives as long as the process; null for the one to begin with. It is raised if an interrupt is pending.
void set_sleeper(Sleeper* other) noexcept;

}  // namespace forklore
