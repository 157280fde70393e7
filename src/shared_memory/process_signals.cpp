#include "shared_memory/process_signals.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/clock.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "base/unique_fd.hpp"
#include "base/wait_set.hpp"
#include "connections/door.hpp"
#include "queries/declare.hpp"
#include "queries/session.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {

//! [may-signal]
const WaitEvent k_backend_termination = define_wait_event(WaitEventClass::ipc, "BackendTermination");

/// Finds the process and asks whether the session's role may send it a signal. Throws Error 42501.
/// \param superusers what to say when the process serves a superuser \param others what to say when it serves another role
/// \return false after a warning when there is no such process
bool may_signal(EvalContext& context, std::int32_t pid, const char* superusers, const char* others) {
    const ProcessSlot* target = pid == 0 ? nullptr : process_table().find(pid);
    if (target == nullptr) {
        report({.severity = Severity::warning,
                .code = sqlstate::warning,
                .message = fmt::format("PID {} is not a PostgreSQL backend process", pid)});
        return false;
    }
    const Identity& sender = context.session->identity();
    if (sender.superuser) return true;
    const SlotState state = target->state.load(std::memory_order_acquire);
    const std::string role = state == SlotState::admitted || state == SlotState::internal ? target->role.data() : "";
    const Role* known = role.empty() ? nullptr : current_role(role);
    if (known == nullptr || known->superuser) throw Error(sqlstate::insufficient_privilege, "{}", superusers);
    if (role != sender.user) throw Error(sqlstate::insufficient_privilege, "{}", others);
    return true;
}

bool send_signal(std::int32_t pid, int signal) {
    if (sys::kill(pid, signal) == 0) return true;
    report({.severity = Severity::warning,
            .code = sqlstate::warning,
            .message = fmt::format("could not send signal to process {}: {}", pid, errno_text(errno))});
    return false;
}
//! [may-signal]

//! [cancel-backend]
bool pg_cancel_backend(EvalContext& context, std::int32_t pid) {
    return may_signal(context, pid, "must be a superuser to cancel superuser query",
                      "must be a member of the role whose query is being canceled or member of pg_signal_backend") &&
           send_signal(pid, SIGINT);
}
//! [cancel-backend]

//! [terminate-backend]
/// With a time limit, waits until the process has ended.
bool pg_terminate_backend(EvalContext& context, std::int32_t pid, std::int64_t timeout_ms) {
    if (timeout_ms < 0) throw Error(sqlstate::numeric_value_out_of_range, "\"timeout\" must not be negative");
    if (!may_signal(context, pid, "must be a superuser to terminate superuser process",
                    "must be a member of the role whose process is being terminated or member of pg_signal_backend"))
        return false;
    // The kernel tells the end of a process through a descriptor, which is taken before the signal: the pid may soon be another's.
    const UniqueFd process(timeout_ms == 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!send_signal(pid, SIGTERM)) return false;
    if (!process) return true;
    WaitSet set;
    set.add(process.get(), k_readable);
    const std::int64_t end = monotonic_us() + std::min<std::int64_t>(timeout_ms, 1'000'000'000) * 1000;
    for (;;) {
        check_for_interrupts();
        const std::int64_t left = end - monotonic_us();
        if (left <= 0) break;
        if (!set.wait(static_cast<int>((left + 999) / 1000), k_backend_termination).empty()) return true;
    }
    report({.severity = Severity::warning,
            .code = sqlstate::warning,
            .message = fmt::format("backend with PID {} did not terminate within {} milliseconds", pid, timeout_ms)});
    return false;
}
//! [terminate-backend]

//! [reload-conf]
bool pg_reload_conf(EvalContext& context) {
    if (!context.session->identity().superuser)
        throw Error(sqlstate::insufficient_privilege, "permission denied for function pg_reload_conf");
    return send_signal(getppid(), SIGHUP);
}
//! [reload-conf]

}  // namespace

//! [register-signals]
void register_process_signals(Registry& to) {
    const auto at_any_time = [] { return Declared{.volatility = Volatility::volatile_}; };
    to.add(function<pg_cancel_backend>("pg_cancel_backend", 2171, at_any_time()));
    to.add(function<pg_terminate_backend>("pg_terminate_backend", 2096, at_any_time()));
    // Its second argument may be left out.
    to.add(function<[](EvalContext& context, std::int32_t pid) { return pg_terminate_backend(context, pid, 0); }>("pg_terminate_backend", 0,
                                                                                                                  at_any_time()));
    to.add(function<pg_reload_conf>("pg_reload_conf", 2621, at_any_time()));
}
//! [register-signals]

}  // namespace forklore
