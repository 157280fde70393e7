#include "signaling/peer.hpp"

#include <atomic>

#include "shared_memory/process_table.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [peer-count]
struct PeerHeader {
    using Shareable = void;
    std::atomic<std::int32_t> counting;  // how many count on somebody, or more: when none does, nobody need be looked for
};
PeerHeader* header = nullptr;

// Ends what a process has begun by counting on somebody, if it has. Whoever is killed in the middle of that, or of its beginning, leaves one too
// many behind, which costs others a look; one too few would leave them asleep.
void count_on_nobody(SlotNumber number) noexcept {
    if (detail::signal_place(number).counts_on.exchange(0, std::memory_order_relaxed) != 0)
        header->counting.fetch_sub(1, std::memory_order_relaxed);
}
//! [peer-count]

}  // namespace

//! [peer-gone]
Peer this_process() {
    return {my_slot_number(), my_slot()->generation.load(std::memory_order_relaxed)};
}

// Whoever counts on somebody writes that first and looks then; whoever is gone writes that first and looks for those who count on him then. One
// of the two sees the other, since these steps are in one order for all.
bool is_gone(const Peer& peer) { return detail::signal_place(peer.slot).gone.load(std::memory_order_seq_cst) >= peer.generation; }

CountingOn::CountingOn(const Peer& peer) noexcept {
    if (peer.slot == k_no_slot) return;
    header->counting.fetch_add(1, std::memory_order_seq_cst);
    detail::signal_place(my_slot_number()).counts_on.store(peer.slot + 1, std::memory_order_seq_cst);
}

CountingOn::~CountingOn() { count_on_nobody(my_slot_number()); }

void detail::tell_gone(SlotNumber number) noexcept {
    count_on_nobody(number);
    signal_place(number).gone.store(slot(number).generation.load(std::memory_order_relaxed), std::memory_order_seq_cst);
    if (header->counting.load(std::memory_order_seq_cst) == 0) return;
    for (SlotNumber other = 0; other < slot_count(); ++other)
        if (signal_place(other).counts_on.load(std::memory_order_seq_cst) == number + 1) latch_of(other).set();
}
//! [peer-gone]

//! [peer-create]
void detail::request_peers() { segment().request("Peers", sizeof(PeerHeader)); }
void detail::create_peers() { header = &segment().find_or_create<PeerHeader>("Peers"); }
//! [peer-create]

}  // namespace forklore
