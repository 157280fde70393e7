/// \file
/// NotifyQueue: what has been told and not yet been heard by all whom it concerns.
///
/// The queue is one long line of bytes, and a place in it is a number of bytes that only grows. Its newest part lies in a ring in shared
/// memory. What is pushed out of the ring before everybody has read it goes to files in `pg_notify`, in pages; a file goes when nobody needs it
/// any more. So a listener that keeps up touches a file only when a single transaction has told more than the ring holds, and one that does not
/// keep up costs only disk space.
///
/// Writers take turns by a lock, and their turns are the order of commits. Readers take none: they copy and look afterwards whether what they
/// copied was still there. So a listener holds nothing while it reads, and may be killed at any moment.
///
/// Each listener says from where on it has something to read, or that it has nothing. The queue's tail is the lowest of these places.
///
/// Counterpart in PostgreSQL: async.c (asyncQueueControl, asyncQueueAddEntries, asyncQueueReadAllNotifications), slru.c.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lwlocks/lw_lock.hpp"
#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [position]
/// A place in the queue, in bytes since the server began. Messages begin at multiples of eight.
using QueuePosition = std::uint64_t;
inline constexpr QueuePosition k_nothing_to_read = 0;  ///< no message ever lies there: the first page is left out
inline constexpr QueuePosition k_more_to_read = 1;  ///< added to a place: more has come

/// Bytes of a page: what is written to a file at once.
inline constexpr std::size_t k_notify_page = 8192;
//! [position]

//! [message]
/// A message as it lies in the queue. The views point into the bytes it was taken from.
struct QueuedMessage {
    std::int32_t pid;           ///< who told it
    std::string_view database;  ///< where
    std::string_view channel;   ///< to whom
    std::string_view payload;   ///< what

    /// Appends the message's bytes, a multiple of eight. \param to any bytes, a multiple of eight
    void append_to(std::string& to) const;
    /// Takes the next message off. \param from begins with one; left behind it \return none when its end is missing
    static std::optional<QueuedMessage> take(std::string_view& from);
};
/// No message takes more bytes than that.
inline constexpr std::size_t k_longest_message = 8192 + 256;
//! [message]

//! [listener]
/// What the server knows of a slot's process as a listener.
struct alignas(64) NotifyListener {
    using Shareable = void;  ///< see k_shareable
    // ---- written by writers under the queue's lock, who make a place of k_nothing_to_read and add k_more_to_read to a place; and by its
    // process without a lock, which goes the other way
    std::atomic<QueuePosition> unread{k_nothing_to_read};  ///< where it goes on reading
    // ---- written by its process, or whoever buries it, under the queue's lock; read under the lock
    SharedName database{};                      ///< where it listens
    // ---- written as above, read by all
    std::atomic<std::uint32_t> channels{0};     ///< how many it listens to
    std::atomic<bool> to_everything{false};     ///< some of its channels did not fit into the table
    // ---- written by its process, read by all
    std::atomic<std::uint64_t> delivered{0};    ///< messages sent to its client
};
//! [listener]

//! [queue]
/// See the top of this file. One for the server.
class NotifyQueue {
public:
    void request();  ///< first phase of the segment
    void create();   ///< second phase: an empty queue, and no files. Throws Error when `pg_notify` cannot be emptied.

    LWLock& lock();                             ///< writers hold it alone
    NotifyListener& listener(SlotNumber slot);  ///< \param slot less than slot_count()
    QueuePosition head() const;                 ///< where the next message will be

    /// \name Under the lock, alone
    /// \{

    /// Puts bytes behind the head, where nobody looks yet. Throws Error 54000 when the queue is full, and others when a file cannot be
    /// written; then nothing has happened. \param bytes whole messages
    void put(std::string_view bytes);
    void publish(std::size_t bytes) noexcept;  ///< moves the head over what has been put \param bytes how many
    void advance_tail() noexcept;              ///< finds the tail anew, and removes files that nobody needs
    /// Who holds the tail back, if the queue is half full and nobody has been told for a while.
    struct Fullness {
        double percent;   ///< of max_notify_queue_pages
        std::int32_t pid; ///< who holds the tail
    };
    std::optional<Fullness> warn_of();  ///< see Fullness; from now on somebody has been told
    /// \}

    /// Copies bytes up to the head, from the ring or from files. Throws Fatal when a file cannot be read.
    /// \param from a place not before the reader's `unread` \param to room, a multiple of eight \return how many bytes
    std::size_t read(QueuePosition from, std::span<char> to) const;
    bool on_disk(QueuePosition place) const noexcept;  ///< whether it is no longer in the ring \param place in the queue
    /// How full the queue is, 0 to 1. Under the lock, alone.
    double usage();

private:
    struct State;
    QueuePosition limit() const;
    bool has_files() const noexcept;
    void spill(QueuePosition page, std::string_view bytes);
    std::size_t read_file(QueuePosition from, std::span<char> to) const;
    void copy_from_ring(QueuePosition from, std::span<char> to) const;
    void copy_to_ring(QueuePosition to, std::string_view bytes);

    State* state_ = nullptr;
    std::span<std::uint64_t> ring_;
    std::span<NotifyListener> listeners_;
};

/// This server's queue.
NotifyQueue& notify_queue();
//! [queue]

}  // namespace forklore
