/// \file
/// A queue, and one who listens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared_word.hpp"

namespace forklore::exercise {

/// A place in the queue: the first message has 0.
using Position = std::uint64_t;

inline constexpr Position k_nothing_to_read = ~Position{0};  ///< in Listener::unread
inline constexpr Position k_more_to_read = Position{1}
                                           << 63;  ///< a bit of Listener::unread, beside a position

/// What has been told, in order. Those who tell something take turns.
struct Queue {
    SharedWord head;                    ///< where the next message will be
    std::vector<std::string> messages;  ///< those before it may be read
};

/// One who listens.
struct Listener {
    Listener() { unread.store(k_nothing_to_read); }

    SharedWord
        unread;  ///< k_nothing_to_read, or from where on it has something to read, perhaps with k_more_to_read
    bool woken = false;  ///< its latch has been set. It sleeps only if this is false
    Position read = 0;   ///< private to it: what lies before has been sent to the client
};

/// For everybody: tells something, and wakes the listener if it has nothing to read.
inline void tell(Queue& queue, Listener& listener, const std::string& message) {
    const Position here = queue.head.load();
    queue.messages.push_back(message);
    queue.head.store(here + 1);
    Position now = listener.unread.load();
    while (!listener.unread.compare_exchange(now, now == k_nothing_to_read ? here : now | k_more_to_read)) {
    }
    if (now == k_nothing_to_read) listener.woken = true;
}

/// For the listener, when it has been woken: sends its client what there is. \param client gets it
/// \return true when there is more: it is called again, before the listener sleeps
bool deliver(const Queue& queue, Listener& listener, std::vector<std::string>& client);

}  // namespace forklore::exercise
