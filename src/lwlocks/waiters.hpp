/// \file
/// Waiters: a process's place in wait queues, and how it sleeps and is woken.
///
/// A process waits for one light-weight lock and in one condition variable's queue at most, so one set of links for each is enough, and
/// it lies in an array in the segment with an entry for each slot. Queues link entries by number.
///
/// Counterpart in PostgreSQL: PGPROC.lwWaitLink, PGPROC.cvWaitLink, proclist.h.
#pragma once

#include <atomic>
#include <cstdint>

#include "lwlocks/self.hpp"

namespace forklore {

//! [waiter]
class ConditionVariable;

namespace detail {

// A process's number in queues: one more than its slot's, so that nought is nobody and zeroed memory is an empty queue.
using WaiterNumber = std::uint32_t;
inline constexpr WaiterNumber k_nobody = 0;

// One process's place in a queue. Written under that queue's lock.
struct QueueLinks {
    WaiterNumber next, previous;
    bool queued;
};

// How far a wait for a light-weight lock has come.
enum class WaitStage : std::uint32_t {
    none,    // not waiting, or woken
    queued,  // in the queue
    chosen,  // taken out of the queue by somebody who will wake it
};

struct alignas(64) Waiter {
    using Shareable = void;
    // Under the queue bit of the lock that it waits for; but the last step of `stage`, to `none`, is written by its waker when it
    // is done with the links.
    QueueLinks lw_lock;
    LWLockMode mode;
    std::atomic<WaitStage> stage;
    // Under the spinlock of the condition variable; which one that is, its process writes and its undertaker reads.
    QueueLinks condition;
    std::atomic<ConditionVariable*> sleeps_on;
    // The open locks that it holds shared, each in the place that the lock's address gives. Written by its process alone, read by
    // whoever closes a lock.
    alignas(64) std::atomic<const LWLock*> signed_in[k_sign_in_places];
};

// The entry of a process. In a process without a segment there is none.
Waiter& waiter(WaiterNumber number);
// The highest number that there is.
WaiterNumber last_waiter();
//! [waiter]

//! [queue]
// A queue of processes. It lies in shared memory beside the lock that guards it; nought is empty.
template <QueueLinks Waiter::*links>
class WaitQueue {
public:
    bool empty() const { return first_ == k_nobody; }
    WaiterNumber first() const { return first_; }
    static WaiterNumber after(WaiterNumber number) { return of(number).next; }
    static bool queued(WaiterNumber number) { return of(number).queued; }

    void push_back(WaiterNumber number) {
        of(number) = {k_nobody, last_, true};
        (last_ == k_nobody ? first_ : of(last_).next) = number;
        last_ = number;
    }
    void push_front(WaiterNumber number) {
        of(number) = {first_, k_nobody, true};
        (first_ == k_nobody ? last_ : of(first_).previous) = number;
        first_ = number;
    }
    void remove(WaiterNumber number) {
        QueueLinks& gone = of(number);
        (gone.previous == k_nobody ? first_ : of(gone.previous).next) = gone.next;
        (gone.next == k_nobody ? last_ : of(gone.next).previous) = gone.previous;
        gone = {};
    }
    WaiterNumber pop_front() {
        const WaiterNumber number = first_;
        if (number != k_nobody) remove(number);
        return number;
    }

private:
    static QueueLinks& of(WaiterNumber number) { return waiter(number).*links; }

    WaiterNumber first_ = k_nobody, last_ = k_nobody;
};
using LWLockQueue = WaitQueue<&Waiter::lw_lock>;
using ConditionQueue = WaitQueue<&Waiter::condition>;
//! [queue]

//! [sleep]
// Why a sleep ended.
enum class WokenBy : std::uint8_t { post, interrupt, time };

// Sleeps until this process's semaphore is posted, for whatever reason: callers look whether what they wait for has come, and give
// back what they took of others' wake-ups. Nothing else ends the sleep, but a server that goes down at once takes the process with it.
void sleep_on_semaphore();

// The same, but an interrupt ends it, or the end of a time. \param timeout_us microseconds; negative for any length.
WokenBy sleep_interruptibly(std::int64_t timeout_us);

// Posts a process's semaphore.
void wake(WaiterNumber number);

// Posts this process's own: what it took and did not need.
void give_back(int wake_ups);

// Whether something lies in the main segment, and so at the same address in every process.
bool in_segment(const void* thing);

// First and second phase of the segment.
void request_waiters();
void create_waiters();
//! [sleep]

}  // namespace detail
}  // namespace forklore
