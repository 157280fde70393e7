#include "signaling/latch.hpp"

#include <cerrno>
#include <csignal>

#include "base/syscalls.hpp"
#include "connections/child_process.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {

//! [ring]
// The signal that wakes a sleeper. A process that has nothing to do with us ignores it, should a number once be another's.
constexpr int k_ring = SIGURG;

void ring(SlotNumber owner) noexcept {
    const int saved_errno = errno;
    const pid_t pid = slot(owner).pid.load(std::memory_order_relaxed);
    if (pid > 0) sys::kill(pid, k_ring);
    errno = saved_errno;
}
//! [ring]

}  // namespace

//! [set]
void Latch::set() noexcept {
    // This and the announcement in fall_asleep() change the same word, so one of them comes first. If it was the announcement, it is seen
    // here. If it was this, the announcement sees that the latch has been set, and there is no sleep. There is no third way.
    const std::uint32_t before = word_.fetch_or(k_set, std::memory_order_acq_rel);
    if (before == k_asleep) ring(slot_);  // whoever finds it set need not: the one that set it has rung, or nobody sleeps
}
//! [set]

//! [fall-asleep]
bool Latch::fall_asleep() noexcept {
    const std::uint32_t before = word_.fetch_or(k_asleep, std::memory_order_acq_rel);
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
    bool fall_asleep() noexcept override { return mine_->fall_asleep(); }
    void awake(bool forget) noexcept override { forget ? mine_->reset() : mine_->awake(); }
    // The signal may have come before the sleep that was announced: what ends that is the descriptor.
    void raise() noexcept override {
        if (mine_->set_own()) descriptor_.ring();
    }
    int descriptor() override { return descriptor_.get(); }

    void attach(Latch& mine) noexcept {
        mine_ = &mine;
        mine.awake();         // whoever had it before may have been killed in its sleep
        descriptor_.close();  // a parent's
    }

private:
    Latch* mine_ = nullptr;
    WakeUpDescriptor descriptor_;
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
    handle_signal(k_ring, [](int) { sleeper().raise(); });
}

void detail::request_latches() {
    segment().request(k_latches_name, static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(Latch));
}

void detail::create_latches() {
    latches = segment().find_or_create_array<Latch>(k_latches_name, static_cast<std::size_t>(slot_count()));
    for (SlotNumber number = 0; number < slot_count(); ++number) new (&latch_of(number)) Latch(number);
}
//! [latch-array]

}  // namespace forklore
