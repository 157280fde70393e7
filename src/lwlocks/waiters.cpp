#include "lwlocks/waiters.hpp"

#include <boost/interprocess/exceptions.hpp>
#include <cerrno>

#include "base/error.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

template <>
inline constexpr bool k_shareable<detail::Waiter> = true;

namespace detail {

namespace {
Waiter* waiters = nullptr;  // in the segment, one more than there are slots

constexpr std::string_view k_waiters_name = "LWLock Waiters";
std::size_t wanted_waiters() { return static_cast<std::size_t>(ProcessTable::wanted_slots()) + 1; }

//! [own-semaphore]
ProcessSlot& slot_of(WaiterNumber number) { return slot(static_cast<SlotNumber>(number) - 1); }

// Whether it was posted; the other way to come back is a signal's handler that has run.
bool wait_once() {
    if (self.number == k_nobody) panic(sqlstate::internal_error, "cannot wait without a slot in the process table");
    try {
        slot_of(self.number).semaphore.wait();
        return true;
    } catch (const boost::interprocess::interprocess_exception& failure) {
        if (failure.get_native_error() == EINTR) return false;
        panic(sqlstate::internal_error, fmt::format("could not wait for a semaphore: {}", failure.what()));
    }
}
//! [own-semaphore]
}  // namespace

Waiter& waiter(WaiterNumber number) { return waiters[number]; }
WaiterNumber last_waiter() { return static_cast<WaiterNumber>(slot_count()); }

//! [sleep]
void sleep_on_semaphore() {
    while (!wait_once()) {
    }
}

void wake(WaiterNumber number) { slot_of(number).semaphore.post(); }

void give_back(int wake_ups) {
    while (wake_ups-- > 0) wake(self.number);
}
//! [sleep]

//! [segment]
void request_waiters() { segment().request(k_waiters_name, wanted_waiters() * sizeof(Waiter)); }
void create_waiters() { waiters = segment().find_or_create_array<Waiter>(k_waiters_name, wanted_waiters()); }
//! [segment]

}  // namespace detail
}  // namespace forklore
