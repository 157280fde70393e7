/// \file
/// The server of this chapter, and in it a small layer of its own: a log whose lines are numbered, with and without a lock, and functions
/// that hold a lock so that one can watch others wait.
#include <fcntl.h>

#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "lwlocks/lw_lock.hpp"
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

//! [layer]
class LockLab : public Subsystem {
public:
    std::string_view name() const override { return "lock_lab"; }
    void request_shared_memory() override {
        segment().request("shared log", sizeof(LogState));
        request_lw_locks("shared_log", 1);
    }
    void register_sql(Registry& to) override {
        const auto each_time = [] { return Declared{.volatility = Volatility::volatile_}; };
        to.add(function<log_carelessly>("log_carelessly", 0, each_time()));
        to.add(function<shared_log>("shared_log", 0, each_time()));
        to.add(function<lines_in_log>("lines_in_log", 0, each_time()));
        to.add(function<hold_lwlock>("hold_lwlock", 0, each_time()));
        to.add(function<fail_with_lwlock>("fail_with_lwlock", 0, each_time()));
        to.add(function<lock_twice>("lock_twice", 0, each_time()));
    }
};
//! [layer]

}  // namespace

int main(int argc, char** argv) {
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             std::make_unique<LockLab>(), lwlocks_subsystem()));
}
