// When all has been sent there is nothing to read.
#include "delivery.hpp"

#include <algorithm>

namespace forklore::exercise {

bool deliver(const Queue& queue, Listener& listener, std::vector<std::string>& client) {
    if (listener.unread.load() == k_nothing_to_read) return false;
    const Position noted = listener.unread.fetch_and(~k_more_to_read) & ~k_more_to_read;
    const Position head = queue.head.load();
    listener.read = std::max(listener.read, noted);
    for (; listener.read < head; ++listener.read) client.push_back(queue.messages[listener.read]);
    listener.unread.store(k_nothing_to_read);
    return queue.head.load() != head;
}

}  // namespace forklore::exercise
