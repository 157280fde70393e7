#include "lwlocks/waiters.hpp"

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <cerrno>
#include <csignal>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore::detail {

namespace {

//! [places]
Waiter* waiters = nullptr;  // in the segment, one more than there are slots

constexpr std::string_view k_waiters_name = "LWLock Waiters";
std::size_t wanted_waiters() { return static_cast<std::size_t>(ProcessTable::wanted_slots()) + 1; }
//! [places]

//! [semaphore]
boost::interprocess::interprocess_semaphore& semaphore_of(WaiterNumber number) {
    return slot(static_cast<SlotNumber>(number) - 1).semaphore;
}

// Waits for the semaphore, or until a time. Returns whether it was posted; it may come back without a reason when a signal's handler
// has run.
bool wait_for_post(std::int64_t timeout_us) {
    try {
        if (timeout_us < 0) {
            semaphore_of(self.number).wait();
            return true;
        }
        const auto end =
            boost::posix_time::microsec_clock::universal_time() + boost::posix_time::microseconds(timeout_us);
        return semaphore_of(self.number).timed_wait(end);
    } catch (const boost::interprocess::interprocess_exception& failure) {
        if (failure.get_native_error() == EINTR) return false;
        panic(sqlstate::internal_error, fmt::format("could not wait for a semaphore: {}", failure.what()));
    }
}
//! [semaphore]

//! [knock]
// A signal that arrives between the last look for interrupts and the system call that sleeps must end the sleep all the same. So its
// handler posts the semaphore, which is one of the few things that a handler may do, and which no sleep can miss. It does so only
// for a sleeper, and once.
volatile std::sig_atomic_t asleep = 0, knocked = 0;

void knock() {
    if (asleep == 0 || knocked != 0) return;
    knocked = 1;
    semaphore_of(self.number).post();
}

// While this lives, interrupts knock. What they have posted goes with it.
class Asleep {
public:
    Asleep() {
        if (self.number == k_nobody)
            panic(sqlstate::internal_error, "cannot wait without a slot in the process table");
        asleep = 1;
    }
    ~Asleep() {
        asleep = 0;
        if (knocked != 0) {
            while (!wait_for_post(-1)) {
            }
        }
        knocked = 0;
    }
    Asleep(const Asleep&) = delete;
    Asleep& operator=(const Asleep&) = delete;

    // Whether the post that was just taken is a knock. Knocks and others' posts are alike; the first one counts as the knock.
    static bool was_knock() {
        if (knocked == 0) return false;
        knocked = 0;
        return true;
    }
};
//! [knock]

}  // namespace

//! [sleep]
void sleep_on_semaphore() {
    const Asleep now;
    do {
        check_for_quit();
    } while (!wait_for_post(-1) || Asleep::was_knock());
}

WokenBy sleep_interruptibly(std::int64_t timeout_us) {
    const Asleep now;
    check_for_interrupts();
    const std::int64_t end = timeout_us < 0 ? 0 : monotonic_us() + timeout_us;
    if (wait_for_post(timeout_us)) return Asleep::was_knock() ? WokenBy::interrupt : WokenBy::post;
    return timeout_us >= 0 && monotonic_us() >= end ? WokenBy::time : WokenBy::interrupt;
}

void wake(WaiterNumber number) { semaphore_of(number).post(); }

void give_back(int wake_ups) {
    while (wake_ups-- > 0) wake(self.number);
}
//! [sleep]

//! [segment]
Waiter& waiter(WaiterNumber number) { return waiters[number]; }
WaiterNumber last_waiter() { return static_cast<WaiterNumber>(slot_count()); }

bool in_segment(const void* thing) { return segment().contains(thing); }

void request_waiters() { segment().request_array<Waiter>(k_waiters_name, wanted_waiters()); }

void create_waiters() {
    waiters = segment().find_or_create_array<Waiter>(k_waiters_name, wanted_waiters());
    set_interrupt_waker(knock);
}
//! [segment]

}  // namespace forklore::detail
