/// \file
/// Interrupts: how a signal handler's news reach ordinary code.
///
/// A handler may do almost nothing. Ours call `raise_interrupt()`, which sets a flag and wakes the process if it waits
/// in a WaitSet. Ordinary code meets the flag at its check points, `check_for_interrupts()`, and calls what the upper
/// layer has installed: it throws (cancel, timeout, shutdown) or returns (settings to reload).
///
/// Counterpart in PostgreSQL: miscadmin.h (CHECK_FOR_INTERRUPTS, HOLD_INTERRUPTS).
#pragma once

#include <csignal>

namespace forklore {

namespace detail {
extern volatile std::sig_atomic_t interrupt_pending;
extern int interrupts_held;
void process_interrupts();
}  // namespace detail

/// To be called from a signal handler (async-signal-safe): sets the flag and wakes a waiting WaitSet.
void raise_interrupt() noexcept;

/// A check point. Call it in every loop that may run long. Throws what the installed handler throws.
inline void check_for_interrupts() {
    if (detail::interrupt_pending != 0 && detail::interrupts_held == 0) detail::process_interrupts();
}

/// Installs what check points call when the flag is set; the flag is cleared before the call.
/// \param handler may throw Error or Fatal; null for nothing.
void set_interrupt_handler(void (*handler)());

/// The descriptor that becomes readable when raise_interrupt() was called; made anew after fork by
/// reset_interrupts(). WaitSet watches it by itself.
int interrupt_fd();

/// Empties the wake-up descriptor. WaitSet::wait does so by itself.
void drain_interrupt_fd() noexcept;

/// Gives a new child its own flag and descriptor. Throws Fatal when the kernel has no descriptor left.
void reset_interrupts();

/// While one of these lives, check points do nothing (the flag stays set). Nests.
class HoldInterrupts {
public:
    HoldInterrupts() { ++detail::interrupts_held; }
    ~HoldInterrupts() { --detail::interrupts_held; }
    HoldInterrupts(const HoldInterrupts&) = delete;
    HoldInterrupts& operator=(const HoldInterrupts&) = delete;
};

}  // namespace forklore
