/// \file
/// Interrupts: how a signal handler's news reach ordinary code.
///
/// A handler may do almost nothing. Ours call `raise_interrupt()`, which sets a flag and wakes the process if
/// it waits in a WaitSet. Ordinary code meets the flag at its check points, `check_for_interrupts()`, and
/// calls what the upper layer has installed: it throws (cancel, timeout, shutdown) or returns (settings to
/// reload).
///
/// Counterpart in PostgreSQL: miscadmin.h (CHECK_FOR_INTERRUPTS, HOLD_INTERRUPTS).
#pragma once

#include <csignal>

#include "base/per_process.hpp"

namespace forklore {

namespace detail {
extern volatile std::sig_atomic_t interrupt_pending;
extern FORKLORE_PER_PROCESS int interrupts_held;
extern void (*quit_handler)();
extern volatile std::sig_atomic_t may_quit_at_once;
void process_interrupts();
}  // namespace detail

/// To be called from a signal handler (async-signal-safe): sets the flag that check points look at, and ends
/// the present or, when there is none, the next WaitSet::wait().
void raise_interrupt() noexcept;

/// A check point. Call it in every loop that may run long. Throws what the installed handler throws.
//! [check]
inline void check_for_interrupts() {
    if (detail::interrupt_pending != 0 && detail::interrupts_held == 0) detail::process_interrupts();
}
//! [check]

/// Installs what check points call when the flag is set; the flag is cleared before the call.
/// \param handler may throw Error or Fatal; null for nothing.
void set_interrupt_handler(void (*handler)());

/// Installs what check points do for other processes, before they call the handler.
/// \param service must not throw; null for nothing.
void set_interrupt_service(void (*service)() noexcept);

/// A check point for a sleep that nothing may interrupt, such as one on a lock: acts only on an order to drop everything at
/// once, whether check points are held or not.
//! [check-for-quit]
inline void check_for_quit() {
    if (detail::interrupt_pending != 0 && detail::quit_handler != nullptr) detail::quit_handler();
}
//! [check-for-quit]

/// Installs what check_for_quit() calls. \param handler ends the process when it has been told to drop everything, otherwise
/// returns; null for nothing.
void set_quit_handler(void (*handler)());

/// Around a sleep in a library that nothing can end, such as one on a mutex: while one of these lives, an order to drop everything is
/// obeyed by the signal handler itself. Nothing may be done meanwhile that the handler would do, too: no memory is taken, nothing is
/// written.
//! [quit-at-once]
class QuitAtOnce {
public:
    QuitAtOnce() noexcept {
        detail::may_quit_at_once = detail::may_quit_at_once + 1;
        check_for_quit();  // what came before the handler could know
    }
    ~QuitAtOnce() { detail::may_quit_at_once = detail::may_quit_at_once - 1; }
    QuitAtOnce(const QuitAtOnce&) = delete;
    QuitAtOnce& operator=(const QuitAtOnce&) = delete;
};
//! [quit-at-once]

/// Lets raise_interrupt() end another kind of wait than a WaitSet's. \param waker called by signal handlers
/// (so it must be async-signal-safe); null for nothing.
void set_interrupt_waker(void (*waker)());

/// To be called in a new child, before it waits: forgets what was raised in the parent and gives up the
/// parent's Sleeper with its descriptor. The child's own is made by its first WaitSet.
void reset_interrupts() noexcept;

/// While one of these lives, check points do nothing (the flag stays set). Nests.
class HoldInterrupts {
public:
    HoldInterrupts() noexcept { ++detail::interrupts_held; }
    ~HoldInterrupts() { --detail::interrupts_held; }
    HoldInterrupts(const HoldInterrupts&) = delete;
    HoldInterrupts& operator=(const HoldInterrupts&) = delete;
};

}  // namespace forklore
