#include "signaling/pending_notifications.hpp"

#include <algorithm>
#include <cstring>

namespace forklore {

//! [pending-tell]
namespace {
constexpr std::size_t k_room_kept = 64 * 1024;  // bytes: what an idle session keeps of a large transaction's
}

// A message's bytes begin with their number.
std::string_view PendingNotifications::Bytes::at(std::size_t offset) const {
    std::uint32_t size;
    std::memcpy(&size, in->data() + offset, sizeof size);
    return std::string_view(*in).substr(offset, size);
}

void PendingNotifications::tell(const QueuedMessage& message) {
    const std::size_t begin = messages_.size();
    try {
        message.append_to(messages_);
        if (known_.insert(begin).second) return;
    } catch (...) {
        messages_.resize(begin);
        throw;
    }
    messages_.resize(begin);  // told before
}
//! [pending-tell]

//! [pending-levels]
void PendingNotifications::savepoint() { levels_.push_back({actions_.size(), messages_.size()}); }

void PendingNotifications::release(int level) noexcept { levels_.resize(std::min(levels_.size(), static_cast<std::size_t>(level) - 2)); }

void PendingNotifications::rollback_to(int level) noexcept {
    const std::size_t at = static_cast<std::size_t>(level) - 2;
    if (at >= levels_.size()) return;  // undone before, when the statement failed
    const Level then = levels_[at];
    for (std::size_t offset = then.bytes; offset < messages_.size();) {
        const std::size_t size = Bytes{&messages_}.at(offset).size();
        known_.erase(offset);
        offset += size;
    }
    messages_.resize(then.bytes);
    actions_.erase(actions_.begin() + static_cast<std::ptrdiff_t>(then.actions), actions_.end());
    levels_.resize(at);
}

void PendingNotifications::clear() noexcept {
    actions_.clear();
    levels_.clear();
    messages_.clear();
    if (messages_.capacity() <= k_room_kept) return known_.clear();
    std::string().swap(messages_);
    known_ = decltype(known_)(0, Bytes{&messages_}, Bytes{&messages_});
}
//! [pending-levels]

}  // namespace forklore
