#include "signaling/latch.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/syscalls.hpp"
#include "connections/child_process.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/bells.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [ring]
// The signal that wakes a sleeper. A process that has nothing to do with us ignores it, should a number once be another's.
constexpr int k_wake_up_signal = SIGURG;

volatile std::sig_atomic_t wake_up_signals_heard;  // by this process
}  // namespace

void detail::wake_sleeper(SlotNumber owner, bool has_bell) noexcept {
    const int saved_errno = errno;
    const int bell = has_bell ? bell_to_ring(owner) : -1;
    const std::uint64_t one = 1;
    // An eventfd refuses only when it is full, and then it is readable.
    if (bell >= 0) {
        [[maybe_unused]] const ssize_t n = ::write(bell, &one, sizeof one);
    } else if (const pid_t pid = slot(owner).pid.load(std::memory_order_relaxed); pid > 0) {
        sys::kill(pid, k_wake_up_signal);
    }
    errno = saved_errno;
}
//! [ring]

//! [ring-again]
void Latch::ring_again() noexcept {
    const std::uint32_t now = word_.load(std::memory_order_acquire);
    if ((now & (k_set | k_asleep)) == (k_set | k_asleep)) detail::wake_sleeper(slot_, (now & k_bell) != 0);
}

void ring_all_again() noexcept {
    for (SlotNumber number = 0; number < slot_count(); ++number) latch_of(number).ring_again();
}
//! [ring-again]

namespace {

//! [latch-sleeper]
// What this process knows of its latch. It is not in the Sleeper: that has a table of functions and lies among what processes share
// with their parent as long as they do not write there.
struct Mine {
    Latch* latch;
    WakeUpDescriptor descriptor;
    bool has_bell, tried_bell;
};
constinit Mine mine{};

// Who is woken often sleeps on the slot's bell instead of a descriptor of its own.
void take_bell() noexcept {
    mine.tried_bell = true;
    UniqueFd bell = detail::own_bell(my_slot_number());
    if (!bell) return;
    mine.descriptor.become(std::move(bell));
    mine.has_bell = true;
}

// What base sees of it.
class LatchSleeper final : public Sleeper {
public:
    bool fall_asleep() noexcept override { return mine.latch->fall_asleep(mine.has_bell); }
    void awake(bool forget) noexcept override { forget ? mine.latch->reset() : mine.latch->awake(); }
    // The signal may have come before the sleep that was announced: what ends that is the descriptor.
    void raise() noexcept override {
        if (mine.latch->set_own()) mine.descriptor.ring();
    }
    int descriptor() override {
        if (wake_up_signals_heard >= detail::k_worth_a_bell && !mine.tried_bell) take_bell();
        return mine.descriptor.get();
    }
};
constinit LatchSleeper latch_sleeper;
//! [latch-sleeper]

//! [latch-array]
detail::SignalPlace* places = nullptr;  // in the segment, one for each slot

constexpr std::string_view k_places_name = "Signaling";

}  // namespace

detail::SignalPlace& detail::signal_place(SlotNumber number) { return places[number]; }
Latch& latch_of(SlotNumber number) { return places[number].latch; }

void attach_latch() {
    if (my_slot_number() == k_no_slot) return;
    mine.latch = &latch_of(my_slot_number());
    mine.latch->awake();      // whoever had it before may have been killed in its sleep
    mine.descriptor.close();  // a parent's
    mine.has_bell = mine.tried_bell = false;
    wake_up_signals_heard = 0;
    set_sleeper(&latch_sleeper);
    handle_signal(k_wake_up_signal, [](int) {
        wake_up_signals_heard = wake_up_signals_heard + 1;
        sleeper().raise();
    });
}

void detail::request_signal_places() {
    segment().request(k_places_name, static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(SignalPlace));
}

void detail::create_signal_places() {
    make_bells(slot_count());
    places = segment().find_or_create_array<SignalPlace>(k_places_name, static_cast<std::size_t>(slot_count()));
    for (SlotNumber number = 0; number < slot_count(); ++number) new (&latch_of(number)) Latch(number);
}
//! [latch-array]

}  // namespace forklore
