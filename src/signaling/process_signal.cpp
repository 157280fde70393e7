#include "signaling/process_signal.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <csignal>

#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/child_process.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [reason-word]
constexpr std::uint64_t k_reasons = 0xffff'ffff;
constexpr std::uint64_t bit_of(ProcessSignal reason) { return std::uint64_t{1} << static_cast<unsigned>(reason); }
constexpr pid_t listener_of(std::uint64_t word) { return static_cast<pid_t>(word >> 32); }

// The dead are still written in their word until they are buried, and by then their pid may be somebody else's, whom SIGUSR1 would kill.
bool signal_listener(SlotNumber of, std::uint64_t word) noexcept {
    return slot(of).pid.load(std::memory_order_acquire) == listener_of(word) && sys::kill(listener_of(word), SIGUSR1) == 0;
}

std::array<void (*)(), static_cast<std::size_t>(ProcessSignal::k_count)> handlers{};
//! [reason-word]

//! [tell]
// Any process of the slot, or this one alone when `only` is not 0.
bool tell(SlotNumber to, pid_t only, ProcessSignal reason) {
    std::atomic<std::uint64_t>& word = detail::signal_place(to).told;
    std::uint64_t before = word.load(std::memory_order_relaxed);
    do {
        const pid_t listener = listener_of(before);
        if (listener == 0 || (only != 0 && listener != only)) return false;
    } while (!word.compare_exchange_weak(before, before | bit_of(reason), std::memory_order_acq_rel));
    // Even if the bit was there: whoever put it there may have been stopped here.
    return signal_listener(to, before);
}
//! [tell]

}  // namespace

//! [send]
void on_process_signal(ProcessSignal reason, void (*handler)()) { handlers[static_cast<std::size_t>(reason)] = handler; }

bool send_process_signal_to_slot(SlotNumber to, ProcessSignal reason) { return tell(to, 0, reason); }

bool send_process_signal(pid_t pid, ProcessSignal reason) {
    const ProcessSlot* const target = pid <= 0 ? nullptr : process_table().find(pid);
    return target != nullptr && tell(process_table().number(*target), pid, reason);
}

void signal_all_again() noexcept {
    for (SlotNumber to = 0; to < slot_count(); ++to) {
        const std::uint64_t word = detail::signal_place(to).told.load(std::memory_order_acquire);
        if (listener_of(word) != 0 && (word & k_reasons) != 0) signal_listener(to, word);
    }
}
//! [send]

//! [serve]
void serve_process_signals() noexcept {
    if (my_slot() == nullptr) return;
    std::atomic<std::uint64_t>& word = detail::signal_place(my_slot_number()).told;
    if ((word.load(std::memory_order_relaxed) & k_reasons) == 0) return;
    std::uint64_t reasons = word.fetch_and(~k_reasons, std::memory_order_acq_rel) & k_reasons;
    for (; reasons != 0; reasons &= reasons - 1) {
        try {
            if (auto* const handler = handlers[static_cast<std::size_t>(std::countr_zero(reasons))]) handler();
        } catch (const std::exception& error) {
            log_line(sqlstate::internal_error, "could not serve a process signal: {}", error.what());
        }
    }
}
//! [serve]

//! [listen]
void attach_process_signals() {
    if (my_slot() == nullptr) return;
    handle_signal(SIGUSR1, [](int) { raise_interrupt(); });  // before anybody can be made to send one
    set_interrupt_service(serve_process_signals);
    detail::signal_place(my_slot_number()).told.store(static_cast<std::uint64_t>(getpid()) << 32, std::memory_order_seq_cst);
}

void detach_process_signals(SlotNumber of) noexcept { detail::signal_place(of).told.store(0, std::memory_order_seq_cst); }

bool detail::can_be_told(SlotNumber process) { return listener_of(signal_place(process).told.load(std::memory_order_seq_cst)) != 0; }
//! [listen]

}  // namespace forklore
