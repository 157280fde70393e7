// Takes "more" back at the end, together with everything else.
#include "delivery.hpp"

#include <algorithm>

namespace forklore::exercise {

bool deliver(const Queue& queue, Listener& listener, std::vector<std::string>& client) {
    if (listener.unread.load() == k_nothing_to_read) return false;
    Position noted = listener.unread.load();
    const Position head = queue.head.load();
    listener.read = std::max(listener.read, noted & ~k_more_to_read);
    for (; listener.read < head; ++listener.read) client.push_back(queue.messages[listener.read]);
    return !listener.unread.compare_exchange(noted, k_nothing_to_read);
}

}  // namespace forklore::exercise
