/// \file
/// MessageQueue: messages from one process to one other.
///
/// A ring of bytes in a dynamic segment, and two counters: how many bytes have ever been written, and how many read. Each counter is one
/// side's to write, so there is no lock. A message is its length and its bytes; one that is longer than the ring goes through it piece by
/// piece. Who finds the ring full or empty waits on its latch, and the other side sets it.
///
/// A side that detaches, ends, or is killed is noticed by the other. What had been sent completely is still received.
///
/// Counterpart in PostgreSQL: shm_mq.c.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/wait_set.hpp"
#include "signaling/peer.hpp"

namespace forklore {

//! [message-ring]
/// What the two sides share. It lies in memory that both have mapped, at whatever address, and the ring follows it.
struct MessageRing {
    using Shareable = void;  ///< see k_shareable

    /// One side of it. Its own process writes all of it.
    struct alignas(64) Side {
        std::atomic<std::uint64_t> count;      ///< bytes ever written, or read
        std::atomic<std::uint64_t> generation; ///< of its process; 0: has not come yet. Written after the slot
        std::atomic<SlotNumber> slot;          ///< of its process
        std::atomic<bool> detached;            ///< and will not come again
    };
    Side sender;         ///< writes
    Side receiver;       ///< reads
    std::uint64_t size;  ///< bytes of the ring; does not change

    /// Makes one. \param memory zeros, on a boundary of 64 bytes \param bytes all that there are. Throws Error 22023 when they are too few.
    /// \return it, in that memory
    static MessageRing& create(void* memory, std::size_t bytes);

    char* bytes() { return reinterpret_cast<char*>(this + 1); }  ///< where the ring begins
};
//! [message-ring]

//! [outcome]
/// How an attempt ended.
enum class QueueOutcome : std::uint8_t {
    done,         ///< sent; received
    would_block,  ///< not yet: try again when the latch has been set
    detached      ///< the other side is gone, and there is nothing left
};

/// Whether to wait for the other side.
enum class QueueWait : bool { no, yes };
//! [outcome]

//! [queue-end]
namespace detail {
// What both ends have in common.
class QueueEnd {
public:
    QueueEnd(const QueueEnd&) = delete;
    QueueEnd& operator=(const QueueEnd&) = delete;

protected:
    QueueEnd(MessageRing& ring, MessageRing::Side& mine, MessageRing::Side& other, const Peer& expected);
    ~QueueEnd();
    bool other_is_gone() const;
    void wake_other() const;
    template <typename Ready>
    QueueOutcome wait_until(Ready ready, QueueWait wait, WaitEvent event);

    MessageRing& ring_;
    MessageRing::Side &mine_, &other_;

private:
    Peer other_peer() const;
    const Peer expected_;
    WaitSet wait_set_;
};
}  // namespace detail
//! [queue-end]

//! [sender]
/// The end that sends; detached when it goes.
class MessageSender : detail::QueueEnd {
public:
    /// Throws Error 55000 when the ring has had a sender. \param ring stays mapped while this lives \param expected who will receive, if that
    /// is known: then its end is noticed though it has never come
    explicit MessageSender(MessageRing& ring, const Peer& expected = {});
    /// Sends a message. Throws what an interrupt throws. \param message any bytes. After would_block, and after an exception, a part of it may be on
    /// its way: the next call must bring the same message. \param wait for room
    /// \return done: all of it is in the ring
    QueueOutcome send(std::string_view message, QueueWait wait = QueueWait::yes);

private:
    std::size_t put(std::string_view what);
    std::uint64_t sent_ = 0;  // bytes of the present message, its length included
};
//! [sender]

//! [receiver]
/// The end that receives; detached when it goes.
class MessageReceiver : detail::QueueEnd {
public:
    /// Throws Error 55000 when the ring has had a receiver. \param ring stays mapped while this lives \param expected who will send, if that is
    /// known: then its end is noticed though it has never come
    explicit MessageReceiver(MessageRing& ring, const Peer& expected = {});
    /// Receives a message. Throws what an interrupt throws, and std::bad_alloc when there is no memory for it: the next call goes on with the same
    /// message.
    /// \param message gets it when the outcome is done \param wait for one
    QueueOutcome receive(std::string& message, QueueWait wait = QueueWait::yes);

private:
    std::size_t take(char* to, std::size_t most);
    std::uint64_t length_ = 0, taken_ = 0;  // of the present message; bytes taken, its length included
    std::string partial_;
};
//! [receiver]

}  // namespace forklore
