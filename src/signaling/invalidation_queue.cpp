#include "signaling/invalidation_queue.hpp"

#include <array>
#include <atomic>

#include "lwlocks/lw_lock.hpp"
#include "lwlocks/tranches.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/process_signal.hpp"
#include "signaling/signal_place.hpp"

namespace forklore {

namespace {

//! [invalidation-ring]
constexpr std::string_view k_lock = "Invalidation";

// A message as it lies in the ring. It may be overwritten while somebody copies it, and so it is made of atomics.
struct Entry {
    std::atomic<std::uint64_t> kind_and_database, id;

    void put(const Invalidation& what) {
        kind_and_database.store(std::uint64_t{what.database} << 32 | static_cast<std::uint32_t>(what.kind), std::memory_order_relaxed);
        id.store(what.id, std::memory_order_relaxed);
    }
    Invalidation get() const {
        const std::uint64_t both = kind_and_database.load(std::memory_order_relaxed);
        return {static_cast<InvalidationKind>(static_cast<std::uint32_t>(both)), static_cast<std::uint32_t>(both >> 32),
                id.load(std::memory_order_relaxed)};
    }
};

struct InvalidationRing {
    using Shareable = void;
    // ---- written under the lock, read by all
    alignas(64) std::atomic<std::uint64_t> sent;  // messages that can be read
    std::atomic<std::uint64_t> begun;             // messages that have been written, or are being written
    // ---- written and read under the lock
    std::uint64_t look_at;  // when so many have been sent, it is time to look who is far behind
    alignas(64) Entry entries[detail::k_invalidations];

    Entry& entry(std::uint64_t number) { return entries[number % detail::k_invalidations]; }
};
InvalidationRing* ring = nullptr;

std::array<void (*)(const Invalidation*) noexcept, static_cast<std::size_t>(InvalidationKind::k_count)> forgetters{};
//! [invalidation-ring]

//! [tell-laggards]
// Most of those who are behind do nothing at all, and would be told to forget everything when they do something again.
void tell_laggards(std::uint64_t sent) {
    for (SlotNumber process = 0; process < slot_count(); ++process)
        if (detail::can_be_told(process) && sent - detail::signal_place(process).heard.load(std::memory_order_relaxed) >= detail::k_far_behind)
            send_process_signal_to_slot(process, ProcessSignal::catch_up);
}
//! [tell-laggards]

}  // namespace

//! [send-invalidations]
void on_invalidation(InvalidationKind kind, void (*forget)(const Invalidation*) noexcept) { forgetters[static_cast<std::size_t>(kind)] = forget; }

void send_invalidations(std::span<const Invalidation> what) {
    std::uint64_t sent;
    bool look;
    {
        const LWLockGuard guard(requested_lw_locks(k_lock)[0].lock, LWLockMode::exclusive);
        sent = ring->sent.load(std::memory_order_relaxed);
        for (const Invalidation& each : what) {
            // First it is said that the entry is no longer what it was. Who copies something of what is written below finds that out afterwards.
            ring->begun.store(sent + 1, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_release);
            ring->entry(sent).put(each);
            ring->sent.store(++sent, std::memory_order_release);
        }
        look = sent >= ring->look_at;
        if (look) ring->look_at = sent + detail::k_far_behind / 2;
    }
    if (look) tell_laggards(sent);
}
//! [send-invalidations]

//! [accept-invalidations]
void accept_invalidations() noexcept {
    if (my_slot() == nullptr) return;
    std::atomic<std::uint64_t>& heard = detail::signal_place(my_slot_number()).heard;
    std::uint64_t next = heard.load(std::memory_order_relaxed), sent;
    while (next != (sent = ring->sent.load(std::memory_order_acquire))) {
        const Invalidation what = ring->entry(next).get();
        std::atomic_thread_fence(std::memory_order_acquire);
        if (ring->begun.load(std::memory_order_relaxed) - next > detail::k_invalidations) {
            // It was overwritten before it was copied, or while it was.
            next = sent;
            for (auto* const forget : forgetters)
                if (forget != nullptr) forget(nullptr);
        } else {
            ++next;
            if (auto* const forget = forgetters[static_cast<std::size_t>(what.kind)]) forget(&what);
        }
        heard.store(next, std::memory_order_relaxed);
    }
}
//! [accept-invalidations]

//! [invalidation-lives]
// What was sent before has nothing to say to who remembers nothing yet, whoever had the slot before.
void detail::attach_invalidations() {
    if (my_slot_number() == k_no_slot) return;
    signal_place(my_slot_number()).heard.store(ring->sent.load(std::memory_order_acquire), std::memory_order_relaxed);
}

void detail::request_invalidations() {
    request_lw_locks(k_lock, 1);
    segment().request("Invalidation Queue", sizeof(InvalidationRing));
}

void detail::create_invalidations() {
    ring = &segment().find_or_create<InvalidationRing>("Invalidation Queue");
    on_process_signal(ProcessSignal::catch_up, [] { accept_invalidations(); });
}
//! [invalidation-lives]

}  // namespace forklore
