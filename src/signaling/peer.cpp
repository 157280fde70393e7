#include "signaling/peer.hpp"

#include <atomic>

#include "shared_memory/process_table.hpp"
#include "signaling/latch.hpp"

namespace forklore {

namespace {

//! [peer-entry]
struct alignas(64) PeerEntry {
    using Shareable = void;
    std::atomic<std::uint64_t> gone;      // up to this generation, the slot's owners have ended; they or their undertakers write it
    std::atomic<std::int32_t> counts_on;  // one more than the slot that its owner counts on; 0: none. Its owner writes it
};

PeerEntry* entries = nullptr;  // one for each slot
constexpr std::string_view k_peers_name = "Peers";
//! [peer-entry]

}  // namespace

//! [peer-gone]
Peer this_process() {
    return {my_slot_number(), my_slot()->generation.load(std::memory_order_relaxed)};
}

// Whoever counts on somebody writes that first and looks then; whoever is gone writes that first and looks for those who count on him then. One
// of the two sees the other, since these four are in one order for all.
bool is_gone(const Peer& peer) { return entries[peer.slot].gone.load(std::memory_order_seq_cst) >= peer.generation; }

CountingOn::CountingOn(const Peer& peer) noexcept {
    entries[my_slot_number()].counts_on.store(peer.slot + 1, std::memory_order_seq_cst);
}

CountingOn::~CountingOn() { entries[my_slot_number()].counts_on.store(0, std::memory_order_relaxed); }

void detail::tell_gone(SlotNumber number) noexcept {
    entries[number].counts_on.store(0, std::memory_order_relaxed);
    entries[number].gone.store(slot(number).generation.load(std::memory_order_relaxed), std::memory_order_seq_cst);
    for (SlotNumber other = 0; other < slot_count(); ++other)
        if (entries[other].counts_on.load(std::memory_order_seq_cst) == number + 1) latch_of(other).set();
}
//! [peer-gone]

//! [peer-create]
void detail::request_peers() {
    segment().request(k_peers_name, static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(PeerEntry));
}

void detail::create_peers() {
    entries = segment().find_or_create_array<PeerEntry>(k_peers_name, static_cast<std::size_t>(slot_count()));
}
//! [peer-create]

}  // namespace forklore
