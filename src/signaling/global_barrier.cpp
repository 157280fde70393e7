#include "signaling/global_barrier.hpp"

#include <atomic>
#include <vector>

#include "lwlocks/condition_variable.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/process_signal.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [barrier-shared]
const WaitEvent k_global_barrier = define_wait_event(WaitEventClass::ipc, "ProcSignalBarrier");

struct BarrierHeader {
    using Shareable = void;
    std::atomic<BarrierGeneration> generation;  // of the last one raised
    std::atomic<std::uint32_t> waiting;         // how many wait, or more
    ConditionVariable absorbed;                 // somebody has absorbed one, or is gone
};
BarrierHeader* header = nullptr;
std::vector<void (*)()> actions;
//! [barrier-shared]

//! [absorb]
// Whoever waits counts itself and then looks; whoever has absorbed writes that and then looks whether somebody counts. As a rule nobody does, and
// a process comes and goes without writing here.
void tell_waiting() noexcept {
    if (header->waiting.load(std::memory_order_seq_cst) != 0) header->absorbed.broadcast();
}

void absorb() {
    // Read first: what is raised while this is done is told again.
    const BarrierGeneration raised = header->generation.load(std::memory_order_seq_cst);
    for (void (*const action)() : actions) action();
    detail::signal_place(my_slot_number()).absorbed.store(raised, std::memory_order_seq_cst);
    tell_waiting();
}

// Ends what a process has begun by counting itself, if it has; an undertaker does it for the dead.
void wait_no_longer(SlotNumber number) noexcept {
    if (detail::signal_place(number).awaits_barrier.exchange(false, std::memory_order_relaxed))
        header->waiting.fetch_sub(1, std::memory_order_relaxed);
}

bool waits_for(SlotNumber process, BarrierGeneration generation) {
    return detail::can_be_told(process) && detail::signal_place(process).absorbed.load(std::memory_order_seq_cst) < generation;
}
//! [absorb]

}  // namespace

//! [raise-barrier]
void on_global_barrier(void (*action)()) { actions.push_back(action); }

BarrierGeneration raise_global_barrier() {
    const BarrierGeneration generation = header->generation.fetch_add(1, std::memory_order_seq_cst) + 1;
    for (SlotNumber process = 0; process < slot_count(); ++process)
        if (waits_for(process, generation)) send_process_signal_to_slot(process, ProcessSignal::barrier);
    return generation;
}

void wait_for_global_barrier(BarrierGeneration generation) {
    serve_process_signals();
    struct Counted {
        Counted() {
            header->waiting.fetch_add(1, std::memory_order_seq_cst);
            detail::signal_place(my_slot_number()).awaits_barrier.store(true, std::memory_order_relaxed);
        }
        ~Counted() { wait_no_longer(my_slot_number()); }
    } const counted;
    ConditionSleep sleep(header->absorbed);
    for (SlotNumber process = 0; process < slot_count(); ++process)
        while (waits_for(process, generation)) sleep.wait(k_global_barrier);
}
//! [raise-barrier]

//! [barrier-lives]
// A process can be told before it reads the generation. Whoever raises a barrier writes the generation before it asks who can be told. So
// of the two one sees the other: this process begins with the new generation, or it is told of it.
void detail::attach_global_barrier() {
    if (my_slot_number() == k_no_slot) return;
    detail::signal_place(my_slot_number()).absorbed.store(header->generation.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    tell_waiting();  // who found that this slot's last owner had not come so far
}

void detail::leave_global_barrier(SlotNumber slot) noexcept {
    detach_process_signals(slot);
    wait_no_longer(slot);
    tell_waiting();
}

void detail::request_global_barrier() {
    segment().request("Global Barrier", sizeof(BarrierHeader));
}

void detail::create_global_barrier() {
    header = &segment().find_or_create<BarrierHeader>("Global Barrier");
    on_process_signal(ProcessSignal::barrier, absorb);
}
//! [barrier-lives]

}  // namespace forklore
