#include "signaling/message_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "signaling/latch.hpp"

namespace forklore {

namespace {

//! [queue-events]
const WaitEvent k_message_queue_send = define_wait_event(WaitEventClass::ipc, "MessageQueueSend");
const WaitEvent k_message_queue_receive = define_wait_event(WaitEventClass::ipc, "MessageQueueReceive");
//! [queue-events]

//! [ring-copy]
// Before each message stands its length. Another size would do as well, since the reader takes bytes as they come.
using Length = std::uint64_t;

// At most two pieces: up to the ring's end, and from its beginning.
template <typename Copy>
void in_pieces(std::uint64_t at, std::uint64_t size, std::size_t count, Copy copy) {
    const std::size_t begin = at % size, first = std::min<std::size_t>(count, size - begin);
    copy(begin, 0, first);
    if (first < count) copy(0, first, count - first);
}
//! [ring-copy]

}  // namespace

//! [ring-create]
MessageRing& MessageRing::create(void* memory, std::size_t bytes) {
    if (bytes <= sizeof(MessageRing))
        throw Error(sqlstate::invalid_parameter_value, "a message queue needs more than {} bytes", sizeof(MessageRing));
    auto* const ring = new (memory) MessageRing{};
    ring->size = bytes - sizeof(MessageRing);
    return *ring;
}
//! [ring-create]

//! [end-attach]
detail::QueueEnd::QueueEnd(MessageRing& ring, MessageRing::Side& mine, MessageRing::Side& other, const Peer& expected)
    : ring_(ring), mine_(mine), other_(other), expected_(expected) {
    const Peer self = this_process();
    if (mine.generation.load(std::memory_order_relaxed) != 0)
        throw Error(sqlstate::object_not_in_prerequisite_state, "this end of the message queue has been attached before");
    mine.slot.store(self.slot, std::memory_order_relaxed);
    // Each side writes that it has come and then looks for the other, so one of two that come at once sees the other.
    mine.generation.store(self.generation, std::memory_order_seq_cst);
    wake_other();  // which may wait for somebody to come
}

detail::QueueEnd::~QueueEnd() {
    mine_.detached.store(true, std::memory_order_release);
    wake_other();
}

Peer detail::QueueEnd::other_peer() const {
    const std::uint64_t generation = other_.generation.load(std::memory_order_seq_cst);
    return generation == 0 ? expected_ : Peer{other_.slot.load(std::memory_order_relaxed), generation};
}

bool detail::QueueEnd::other_is_gone() const {
    if (other_.detached.load(std::memory_order_acquire)) return true;
    const Peer peer = other_peer();
    return peer.slot != k_no_slot && is_gone(peer);
}

void detail::QueueEnd::wake_other() const {
    if (const Peer peer = other_peer(); peer.slot != k_no_slot) latch_of(peer.slot).set();
}
//! [end-attach]

//! [end-wait]
// Whether the other side is gone is asked before `ready`: what it did before it went is then seen.
template <typename Ready>
QueueOutcome detail::QueueEnd::wait_until(Ready ready, QueueWait wait, WaitEvent event) {
    for (;;) {
        const bool gone = other_is_gone();
        if (ready()) return QueueOutcome::done;
        if (gone) return QueueOutcome::detached;
        if (wait == QueueWait::no) return QueueOutcome::would_block;
        check_for_interrupts();
        const Peer peer = other_peer();
        const CountingOn counting(peer);
        if (peer.slot != k_no_slot && is_gone(peer)) continue;
        wait_set_.wait({}, event);
    }
}
//! [end-wait]

//! [send]
MessageSender::MessageSender(MessageRing& ring, const Peer& expected) : QueueEnd(ring, ring.sender, ring.receiver, expected) {}

// As much as there is room for.
std::size_t MessageSender::put(std::string_view what) {
    const std::uint64_t written = mine_.count.load(std::memory_order_relaxed);
    const std::size_t room = ring_.size - (written - other_.count.load(std::memory_order_acquire));
    const std::size_t count = std::min(what.size(), room);
    in_pieces(written, ring_.size, count,
              [&](std::size_t to, std::size_t from, std::size_t n) { std::memcpy(ring_.bytes() + to, what.data() + from, n); });
    mine_.count.store(written + count, std::memory_order_release);
    return count;
}

QueueOutcome MessageSender::send(std::string_view message, QueueWait wait) {
    const Length length = message.size();
    const std::string_view header(reinterpret_cast<const char*>(&length), sizeof length);
    while (sent_ < sizeof length + length) {
        if (other_is_gone()) return QueueOutcome::detached;
        const std::size_t count = put(sent_ < sizeof length ? header.substr(sent_) : message.substr(sent_ - sizeof length));
        sent_ += count;
        if (count > 0) continue;
        wake_other();
        const auto room = [&] { return mine_.count.load(std::memory_order_relaxed) - other_.count.load(std::memory_order_acquire) < ring_.size; };
        if (const QueueOutcome outcome = wait_until(room, wait, k_message_queue_send); outcome != QueueOutcome::done) return outcome;
    }
    sent_ = 0;
    wake_other();
    return QueueOutcome::done;
}
//! [send]

//! [receive]
MessageReceiver::MessageReceiver(MessageRing& ring, const Peer& expected) : QueueEnd(ring, ring.receiver, ring.sender, expected) {}

// As much as there is.
std::size_t MessageReceiver::take(char* to, std::size_t most) {
    const std::uint64_t read = mine_.count.load(std::memory_order_relaxed);
    const std::size_t count = std::min<std::size_t>(most, other_.count.load(std::memory_order_acquire) - read);
    in_pieces(read, ring_.size, count,
              [&](std::size_t from, std::size_t at, std::size_t n) { std::memcpy(to + at, ring_.bytes() + from, n); });
    mine_.count.store(read + count, std::memory_order_release);
    return count;
}

QueueOutcome MessageReceiver::receive(std::string& message, QueueWait wait) {
    for (;;) {
        if (taken_ >= sizeof(Length) && partial_.size() != length_) partial_.resize(length_);
        if (taken_ == sizeof(Length) + length_ && taken_ >= sizeof(Length)) break;
        const std::size_t count = taken_ < sizeof(Length)
                                      ? take(reinterpret_cast<char*>(&length_) + taken_, sizeof(Length) - taken_)
                                      : take(partial_.data() + (taken_ - sizeof(Length)), length_ - (taken_ - sizeof(Length)));
        taken_ += count;
        if (count > 0) continue;
        wake_other();  // there is room now
        const auto something = [&] { return other_.count.load(std::memory_order_acquire) != mine_.count.load(std::memory_order_relaxed); };
        if (const QueueOutcome outcome = wait_until(something, wait, k_message_queue_receive); outcome != QueueOutcome::done) return outcome;
    }
    message = std::exchange(partial_, {});
    length_ = taken_ = 0;
    wake_other();
    return QueueOutcome::done;
}
//! [receive]

}  // namespace forklore
