// First "more" is taken back, then the head is looked for. Who said "more" before that had moved the head before, so its message is read now. Who says it
// afterwards changes the word, so the last step fails and there is another round.
#include "delivery.hpp"

#include <algorithm>

namespace forklore::exercise {

bool deliver(const Queue& queue, Listener& listener, std::vector<std::string>& client) {
    if (listener.unread.load() == k_nothing_to_read) return false;
    Position noted = listener.unread.fetch_and(~k_more_to_read) & ~k_more_to_read;
    const Position head = queue.head.load();
    listener.read = std::max(listener.read, noted);
    for (; listener.read < head; ++listener.read) client.push_back(queue.messages[listener.read]);
    return !listener.unread.compare_exchange(noted, k_nothing_to_read);
}

}  // namespace forklore::exercise
