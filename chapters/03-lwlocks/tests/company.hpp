/// \file
/// Processes that share locks, for tests: each has a slot, the parent as well, and they meet at named moments.
#pragma once

#include <sys/prctl.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <functional>

#include "base/wait_event.hpp"
#include "tests/shared_memory_rig.hpp"
#include "tests/watchdog.hpp"
#include "lwlocks/lock_order.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/phases.hpp"
#include "lwlocks/tranches.hpp"
#include "lwlocks/waiters.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "tests/child_process.hpp"

namespace forklore::testing {

/// So many locks of one tranche, "Test", are there for the tests.
inline constexpr std::size_t k_test_locks = k_sign_in_places + 1;  // so that two fall on one place of a page

/// What the processes of a test share besides locks.
struct Board {
    using Shareable = void;
    std::atomic<int> step;                  ///< how far the test has come
    std::atomic<int> counters[16];          ///< whatever the test counts
    std::atomic<std::uint64_t> variable;    ///< of wait_for_var
    std::uint64_t guarded;                  ///< plain: only a lock keeps it right
    alignas(64) unsigned char space[1024];  ///< for what else a test wants to share
};

/// A fresh segment with a process table, locks and a board; this process has a slot.
class Company {
public:
    Company() {
        define_small_server();
        static const bool requested = [] {
            process_table().request();
            detail::request_waiters();
            detail::request_tranches();
            detail::request_lock_order();
            request_lw_locks("Test", k_test_locks);
            segment().request("Board", sizeof(Board));
            return true;
        }();
        (void)requested;
        segment().create();
        process_table().create();
        detail::create_waiters();
        detail::create_tranches();
        detail::create_lock_order();
        board_ = segment().find_or_create_array<Board>("Board", 1);
        attach_lw_locks(process_table().assign(ProcessKind::client_backend));
    }
    ~Company() {
        detail::phase_hook = nullptr;
        children_.clear();
        attach_lw_locks(-1);
    }
    Company(const Company&) = delete;
    Company& operator=(const Company&) = delete;

    /// One of the test's locks. \param i which.
    LWLock& lock(std::size_t i = 0) { return requested_lw_locks("Test")[i].lock; }
    /// What all share.
    Board& board() { return *board_; }

    /// A process with a slot of its own. \param body what it does. \return its slot.
    SlotNumber start(std::function<void()> body) {
        const SlotNumber number = process_table().assign(ProcessKind::client_backend);
        children_.emplace_back([number, body = std::move(body)] {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is given up leaves nobody behind
            reset_interrupts();
            process_table().attach(number);
            attach_lw_locks(number);
            body();
        });
        process_table().born(number, children_.back().pid());
        return number;
    }
    /// Waits until all have ended. \return whether each ended well.
    bool all_well() {
        bool well = true;
        for (ChildProcess& child : children_) well = child.wait() == 0 && well;
        children_.clear();
        return well;
    }
    /// Process id of a child. \param i in the order of start().
    pid_t pid(std::size_t i) const { return children_[i].pid(); }

    /// Waits until a process sleeps for a lock. \param number its slot.
    static void until_asleep(SlotNumber number) {
        while (wait_event_type(slot(number).wait_event) != "LWLock") short_sleep();
        // It says so just before it sleeps. What it has queued for is there by now, and that is what matters.
    }
    /// Waits until a counter has reached a value. \param counter which. \param value at least.
    static void until(const std::atomic<int>& counter, int value) {
        while (counter.load() < value) short_sleep();
    }

private:
    Board* board_ = nullptr;
    std::deque<ChildProcess> children_;
};

}  // namespace forklore::testing
