/// \file
/// Processes that wake each other, for tests: each has a slot and all that this layer gives it, the parent as well.
#pragma once

#include <sys/prctl.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <functional>

#include "base/interrupts.hpp"
#include "base/wait_event.hpp"
#include "lwlocks/lock_order.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/tranches.hpp"
#include "lwlocks/waiters.hpp"
#include "signaling/global_barrier.hpp"
#include "signaling/invalidation_queue.hpp"
#include "signaling/latch.hpp"
#include "signaling/peer.hpp"
#include "signaling/process_signal.hpp"
#include "signaling/signal_place.hpp"
#include "tests/shared_memory_rig.hpp"
#include "tests/watchdog.hpp"

namespace forklore::testing {

/// What the processes of a test share besides latches.
struct Board {
    using Shareable = void;
    std::atomic<std::uint64_t> counters[16];  ///< whatever the test counts
    alignas(64) unsigned char space[1024];    ///< for what else a test wants to share
};

/// What the parent and its children wait for here.
inline const WaitEvent k_crew_wait = define_wait_event(WaitEventClass::ipc, "CrewWait");

/// A fresh segment with a process table, latches and a board; this process has a slot.
class Crew {
public:
    Crew() {
        static const bool requested = [] {
            define_small_server();
            detail::request_waiters();
            detail::request_tranches();
            detail::request_lock_order();
            detail::request_signal_places();
            detail::request_global_barrier();
            detail::request_peers();
            detail::request_invalidations();
            segment().request("Board", sizeof(Board));
            return true;
        }();
        (void)requested;
        fresh_shared_memory();
        detail::create_waiters();
        detail::create_tranches();
        detail::create_lock_order();
        detail::create_signal_places();
        detail::create_global_barrier();
        detail::create_peers();
        detail::create_invalidations();
        board_ = segment().find_or_create_array<Board>("Board", 1);
        sit_down(process_table().assign(ProcessKind::client_backend));
        process_table().born(my_slot_number(), ::getpid());
    }
    ~Crew() {
        children_.clear();
        leave(my_slot_number());
        process_table().attach(k_no_slot);
        attach_lw_locks(-1);
        reset_interrupts();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// What all share.
    Board& board() { return *board_; }

    /// A process with a slot of its own. \param body what it does. \return its slot.
    SlotNumber start(std::function<void()> body) {
        const SlotNumber number = process_table().assign(ProcessKind::client_backend);
        start_in(number, std::move(body));
        return number;
    }
    /// The same in a slot that has been assigned. \param number of the slot \param body what it does
    void start_in(SlotNumber number, std::function<void()> body) {
        children_.emplace_back([number, body = std::move(body)] {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is given up leaves nobody behind
            sit_down(number);
            body();
            leave(number);
        });
        process_table().born(number, children_.back().pid());
    }
    /// Waits until all have ended. \return whether each ended well.
    bool all_well() {
        bool well = true;
        for (ChildProcess& child : children_) well = child.wait() == 0 && well;
        children_.clear();
        return well;
    }
    /// A child. \param i in the order of start().
    ChildProcess& child(std::size_t i) { return children_[i]; }

    /// What a process that leaves does, or the undertaker of one that was killed. \param number its slot
    static void leave(SlotNumber number) {
        detail::leave_global_barrier(number);
        detail::tell_gone(number);
    }

    /// Waits until a process says that it waits, which it does after its latch knows. \param number its slot.
    static void until_asleep(SlotNumber number) {
        while (slot(number).wait_event != k_crew_wait) short_sleep();
    }
    /// Waits until a counter has reached a value. \param counter which. \param value at least.
    static void until(const std::atomic<std::uint64_t>& counter, std::uint64_t value) {
        while (counter.load() < value) short_sleep();
    }

private:
    static void sit_down(SlotNumber number) {
        reset_interrupts();
        process_table().attach(number);
        attach_lw_locks(number);
        attach_latch();
        attach_process_signals();
        detail::attach_global_barrier();
        detail::attach_invalidations();
    }

    Board* board_ = nullptr;
    std::deque<ChildProcess> children_;
};

}  // namespace forklore::testing
