/// \file
/// SessionNotifications: one session's part in LISTEN and NOTIFY.
///
/// What the session wishes is gathered while its transaction runs, and done when it commits: under the queue's lock the session joins and
/// leaves channels, its messages are put behind the queue's head, and the head is moved. From that moment on they have been told. Then those
/// whom they concern are woken, and nobody else.
///
/// The other way round: when other sessions have told something, this one is woken; it reads up to the head, and sends its client what is
/// for it, between two transactions.
///
/// Counterpart in PostgreSQL: async.c (PreCommit_Notify, AtCommit_Notify, ProcessNotifyInterrupt).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connections/session_parts.hpp"
#include "signaling/notify_channels.hpp"
#include "signaling/notify_queue.hpp"
#include "signaling/pending_notifications.hpp"

namespace forklore {

//! [session-notifications]
/// See the top of this file. One for the process.
class SessionNotifications final : public Notifications, public TransactionHooks, public Courier {
public:
    void begin_session(const Identity& who) override;  ///< \param who it is
    void listen(std::string_view channel) override;    ///< \param channel its name
    void unlisten(std::string_view channel) override;  ///< \param channel its name
    void unlisten_all() override;                      ///< all of them
    void notify(std::string_view channel, std::string_view payload) override;  ///< \param channel its name \param payload what to tell

    void prepare() override;                        ///< takes the queue's lock, and puts the messages behind the head
    void commit() noexcept override;                ///< tells them
    void abort() noexcept override;                 ///< forgets them
    void savepoint(int level) override;             ///< \param level from 2
    void release(int level) override;               ///< \param level from 2
    void rollback_to(int level) noexcept override;  ///< \param level from 2

    bool deliver(NewsSink& to) override;            ///< \param to whom

    void wake_told() noexcept override;             ///< those of the transactions since it was called last

    std::vector<std::string_view> channels() const;  ///< those it listens to, in the order of its LISTENs
    void leave_all() noexcept;                       ///< the process ends

private:
    // A channel that it listens to.
    struct Listening {
        ChannelNumber number;
        QueuePosition since;   // what lies before was told before it listened
        std::uint64_t order;   // of its LISTEN
    };
    using Channels = std::unordered_map<std::string, Listening>;
    // Of a channel that the transaction has told something.
    struct Told {
        ChannelNumber number;
        std::uint64_t messages, bytes;
    };

    void resolve_actions();
    void join_channels() noexcept;
    void leave_channel(const std::string& channel, ChannelNumber number) noexcept;
    void find_told();
    void concern(QueuePosition from) noexcept;
    void concern_one(SlotNumber listener, QueuePosition from) noexcept;
    void trace_commit() const noexcept;
    static void warn(const NotifyQueue::Fullness& full) noexcept;
    bool deliver_up_to(QueuePosition stop, QueuePosition& noted, NewsSink& to);
    void send(const QueuedMessage& message, const Listening& listening, NewsSink& to);

    SlotNumber slot_ = k_no_slot;
    pid_t pid_ = 0;
    std::string database_;
    PendingNotifications pending_;
    Channels listening_;
    QueuePosition read_ = 0;          // what lies before has been read
    std::uint64_t next_order_ = 0;
    std::size_t without_number_ = 0;  // channels that did not fit into the table
    // Between prepare() and the end of the transaction: the lock is held.
    bool prepared_ = false;
    Channels joining_;                // to be added to listening_
    std::vector<std::string> leaving_;
    std::vector<Told> told_;
    std::vector<SlotNumber> to_wake_;
};

/// This process's.
SessionNotifications& session_notifications();

/// Ends all listening of a slot whose process is dead, or is about to end. Takes the queue's lock. \param slot whose
void stop_listening(SlotNumber slot);

/// For an undertaker: wakes all listeners that have something to read. Whoever told it may have been killed before it could do so.
void wake_listeners_again() noexcept;
//! [session-notifications]

}  // namespace forklore
