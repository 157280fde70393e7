#include "signaling/latch.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/syscalls.hpp"
#include "connections/child_process.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/bells.hpp"

namespace forklore {

namespace {

//! [ring]
// The signal that wakes a sleeper. A process that has nothing to do with us ignores it, should a number once be another's.
constexpr int k_wake_up_signal = SIGURG;

volatile std::sig_atomic_t wake_up_signals_heard;  // by this process

void wake_sleeper(SlotNumber owner, bool has_bell) noexcept {
    const int saved_errno = errno;
    const int bell = has_bell ? detail::bell_to_ring(owner) : -1;
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

}  // namespace

//! [set]
void Latch::set() noexcept {
    // This and the announcement in fall_asleep() change the same word, so one of them comes first. If it was the announcement, it is seen
    // here. If it was this, the announcement sees that the latch has been set, and there is no sleep. There is no third way.
    const std::uint32_t before = word_.fetch_or(k_set, std::memory_order_acq_rel);
    // Whoever finds it set need not wake anybody: the one that set it has done so, or nobody sleeps.
    if ((before & (k_set | k_asleep)) == k_asleep) wake_sleeper(slot_, (before & k_bell) != 0);
}
//! [set]

//! [fall-asleep]
bool Latch::fall_asleep(bool with_bell) noexcept {
    const std::uint32_t before = word_.fetch_or(with_bell ? k_asleep | k_bell : k_asleep, std::memory_order_acq_rel);
    if ((before & k_set) == 0) return true;
    reset();
    return false;
}
//! [fall-asleep]

namespace {

//! [latch-sleeper]
// What base sees of this process's latch.
class LatchSleeper final : public Sleeper {
public:
    bool fall_asleep() noexcept override { return mine_->fall_asleep(bell_); }
    void awake(bool forget) noexcept override { forget ? mine_->reset() : mine_->awake(); }
    // The signal may have come before the sleep that was announced: what ends that is the descriptor.
    void raise() noexcept override {
        if (mine_->set_own()) descriptor_.ring();
    }
    int descriptor() override {
        if (wake_up_signals_heard >= detail::k_worth_a_bell && !tried_) take_bell();
        return descriptor_.get();
    }

    void attach(Latch& mine) noexcept {
        mine_ = &mine;
        mine.awake();         // whoever had it before may have been killed in its sleep
        descriptor_.close();  // a parent's
        bell_ = tried_ = false;
        wake_up_signals_heard = 0;
    }

private:
    // Who is woken often sleeps on the slot's bell instead of a descriptor of its own.
    void take_bell() noexcept {
        tried_ = true;
        UniqueFd bell = detail::own_bell(my_slot_number());
        if (!bell) return;
        descriptor_.become(std::move(bell));
        bell_ = true;
    }

    Latch* mine_ = nullptr;
    WakeUpDescriptor descriptor_;
    bool bell_ = false, tried_ = false;
};

constinit LatchSleeper latch_sleeper;
//! [latch-sleeper]

//! [latch-array]
Latch* latches = nullptr;  // in the segment, one for each slot

constexpr std::string_view k_latches_name = "Latches";

}  // namespace

Latch& latch_of(SlotNumber number) { return latches[number]; }

void attach_latch() {
    if (my_slot_number() == k_no_slot) return;
    latch_sleeper.attach(latch_of(my_slot_number()));
    set_sleeper(&latch_sleeper);
    handle_signal(k_wake_up_signal, [](int) {
        wake_up_signals_heard = wake_up_signals_heard + 1;
        sleeper().raise();
    });
}

void detail::request_latches() {
    segment().request(k_latches_name, static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(Latch));
}

void detail::create_latches() {
    make_bells(slot_count());
    latches = segment().find_or_create_array<Latch>(k_latches_name, static_cast<std::size_t>(slot_count()));
    for (SlotNumber number = 0; number < slot_count(); ++number) new (&latch_of(number)) Latch(number);
}
//! [latch-array]

}  // namespace forklore
