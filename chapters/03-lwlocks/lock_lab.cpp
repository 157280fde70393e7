/// \file
/// The server of this chapter, and in it a small layer of its own: a log whose lines are numbered, with and without a lock, and functions
/// that do with locks what goes wrong, so that one can watch it.
#include <fcntl.h>

#include <atomic>
#include <mutex>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "lwlocks/condition_variable.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/spin_lock.hpp"
#include "lwlocks/subsystem.hpp"
#include "queries/declare.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/subsystem.hpp"

namespace {

using namespace forklore;

//! [numbered]
/// What all sessions share.
struct LogState {
    std::int64_t lines;  // guarded by the lock "shared_log"
};
LogState& state() { return segment().find_or_create<LogState>("shared log"); }
LWLock& lock() { return requested_lw_locks("shared_log")[0].lock; }

/// Looks how many lines there are, writes the next one, and counts it.
std::int64_t write_numbered(std::string_view text) {
    const std::int64_t number = state().lines + 1;
    const std::string line = fmt::format("{} {}\n", number, text);
    const UniqueFd file(sys::open("shared.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file) throw Error(code_for_errno(errno), "could not open \"shared.log\": {}", errno_text(errno));
    if (sys::write(file.get(), line.data(), line.size()) < 0)
        throw Error(code_for_errno(errno), "could not write to \"shared.log\": {}", errno_text(errno));
    state().lines = number;
    return number;
}

/// As if it were alone.
std::int64_t log_carelessly(std::string_view text) { return write_numbered(text); }
//! [numbered]

//! [locked]
/// Alone, for as long as it takes.
std::int64_t shared_log(std::string_view text) {
    const LWLockGuard guard(lock(), LWLockMode::exclusive);
    return write_numbered(text);
}

/// How many lines there are.
std::int64_t lines_in_log() {
    const LWLockGuard guard(lock(), LWLockMode::shared);
    return state().lines;
}
//! [locked]

//! [watch]
const WaitEvent k_holding = define_wait_event(WaitEventClass::extension, "HoldLock");

/// Holds the lock for a while.
Void hold_lwlock(double seconds) {
    const LWLockGuard guard(lock(), LWLockMode::exclusive);
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6), k_holding);
    return {};
}

/// Fails while it holds the lock.
Void fail_with_lwlock() {
    const LWLockGuard guard(lock(), LWLockMode::exclusive);
    throw Error(sqlstate::internal_error, "something went wrong");
}

/// Wants what it holds.
Void lock_twice() {
    const LWLockGuard once(lock(), LWLockMode::exclusive);
    const LWLockGuard twice(lock(), LWLockMode::exclusive);
    return {};
}
//! [watch]

//! [stuck]
SpinLock& spin_lock() { return segment().find_or_create<SpinLock>("spin lock"); }

/// Does what nobody may do: it sleeps with a spinlock in its hand.
Void hold_spinlock(double seconds) {
    const std::lock_guard guard(spin_lock());
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6), k_holding);
    return {};
}

/// Wants it, and is less patient than a server is as a rule.
Void want_spinlock() {
    spin_patience.sleeps = 10;
    spin_lock().lock();
    spin_lock().unlock();
    return {};
}
//! [stuck]

//! [orders]
LWLock& one_of_two(std::size_t which) { return requested_lw_locks("pair")[which].lock; }

/// Takes two locks in the order of their numbers, …
Void lock_upwards() {
    const LWLockGuard first(one_of_two(0), LWLockMode::exclusive);
    const LWLockGuard second(one_of_two(1), LWLockMode::exclusive);
    return {};
}

/// … and in the other one.
Void lock_downwards() {
    const LWLockGuard second(one_of_two(1), LWLockMode::exclusive);
    const LWLockGuard first(one_of_two(0), LWLockMode::exclusive);
    return {};
}
//! [orders]

//! [jobs]
struct Jobs {
    using Shareable = void;
    std::atomic<int> open{0};
    ConditionVariable more;
};
Jobs& jobs() { return segment().find_or_create<Jobs>("jobs"); }
const WaitEvent k_no_job = define_wait_event(WaitEventClass::extension, "WaitForJob");

bool take_job() {
    int open = jobs().open.load();
    while (open > 0 && !jobs().open.compare_exchange_weak(open, open - 1)) {
    }
    return open > 0;
}

/// Waits until there is a job, and takes it.
Void wait_for_job() {
    ConditionSleep sleep(jobs().more);
    while (!take_job()) sleep.wait(k_no_job);
    return {};
}

/// Has a job for one who waits.
Void give_job() {
    jobs().open.fetch_add(1);
    jobs().more.signal();
    return {};
}
//! [jobs]

//! [hold-until]
/// Holds the lock until there is a job, which is far too long: alone, or together with others.
Void hold_until_job(bool alone) {
    const LWLockGuard guard(lock(), alone ? LWLockMode::exclusive : LWLockMode::shared);
    return wait_for_job();
}
//! [hold-until]

//! [layer]
class LockLab : public Subsystem {
public:
    std::string_view name() const override { return "lock_lab"; }
    void request_shared_memory() override {
        segment().request("shared log", sizeof(LogState));
        segment().request("spin lock", sizeof(SpinLock));
        segment().request("jobs", sizeof(Jobs));
        request_lw_locks("shared_log", 1);
        request_lw_locks("pair", 2);
    }
    void register_sql(Registry& to) override {
        const auto each_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<log_carelessly>("log_carelessly", 0, each_time()));
        to.add(function<shared_log>("shared_log", 0, each_time()));
        to.add(function<lines_in_log>("lines_in_log", 0, each_time()));
        to.add(function<hold_lwlock>("hold_lwlock", 0, each_time()));
        to.add(function<fail_with_lwlock>("fail_with_lwlock", 0, each_time()));
        to.add(function<lock_twice>("lock_twice", 0, each_time()));
        to.add(function<hold_spinlock>("hold_spinlock", 0, each_time()));
        to.add(function<want_spinlock>("want_spinlock", 0, each_time()));
        to.add(function<lock_upwards>("lock_upwards", 0, each_time()));
        to.add(function<lock_downwards>("lock_downwards", 0, each_time()));
        to.add(function<wait_for_job>("wait_for_job", 0, each_time()));
        to.add(function<give_job>("give_job", 0, each_time()));
        to.add(function<hold_until_job>("hold_until_job", 0, each_time()));
    }
};
//! [layer]

}  // namespace

int main(int argc, char** argv) {
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             lwlocks_subsystem(), std::make_unique<LockLab>()));
}
