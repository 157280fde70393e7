/// \file
/// PendingNotifications: what a transaction will tell, and to what its session will listen, once it commits.
///
/// Counterpart in PostgreSQL: async.c (pendingActions, pendingNotifies).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "signaling/notify_queue.hpp"

namespace forklore {

//! [pending]
/// See the top of this file. Private to a session.
class PendingNotifications {
public:
    /// A wish of the session's.
    struct Action {
        /// LISTEN, UNLISTEN, UNLISTEN *.
        enum class Kind { listen, unlisten, unlisten_all };
        Kind kind;            ///< which statement
        std::string channel;  ///< empty for all
    };

    PendingNotifications() : known_(0, Bytes{&messages_}, Bytes{&messages_}) {}
    PendingNotifications(const PendingNotifications&) = delete;
    PendingNotifications& operator=(const PendingNotifications&) = delete;

    void add(Action action) { actions_.push_back(std::move(action)); }  ///< \param action the last of them so far
    /// Adds a message, unless the transaction has told the same before. \param message from this session
    void tell(const QueuedMessage& message);

    void savepoint();                          ///< begins a level, from 2
    void release(int level) noexcept;          ///< what was done since belongs to the level below \param level from 2
    void rollback_to(int level) noexcept;      ///< what was done since is forgotten \param level from 2
    void clear() noexcept;                     ///< forgets everything

    bool empty() const { return actions_.empty() && messages_.empty(); }  ///< whether there is nothing to do
    const std::vector<Action>& actions() const { return actions_; }       ///< in their order
    std::string& messages() { return messages_; }                         ///< as they go into the queue, in their order

private:
    // Messages are known by where they begin, and compared by their bytes.
    struct Bytes {
        const std::string* in;
        std::string_view at(std::size_t offset) const;
        std::size_t operator()(std::size_t offset) const { return std::hash<std::string_view>()(at(offset)); }
        bool operator()(std::size_t a, std::size_t b) const { return at(a) == at(b); }
    };
    struct Level {
        std::size_t actions, bytes;  // what there was when it began
    };
    std::vector<Action> actions_;
    std::string messages_;
    std::unordered_set<std::size_t, Bytes, Bytes> known_;
    std::vector<Level> levels_;
};
//! [pending]

}  // namespace forklore
