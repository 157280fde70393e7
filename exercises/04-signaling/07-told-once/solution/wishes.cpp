// The list only grows at its end, so a savepoint is a number, and a rollback cuts off. Whatever is cut off is not known any more.
#include "wishes.hpp"

namespace forklore::exercise {

void Wishes::tell(const Message& message) {
    if (known_.insert(message).second) messages_.push_back(message);
}

void Wishes::savepoint() { savepoints_.push_back(messages_.size()); }

void Wishes::release() { savepoints_.pop_back(); }

void Wishes::rollback() {
    // What had been told before the savepoint was not added once more: it is not among these, and stays known.
    for (std::size_t i = savepoints_.back(); i < messages_.size(); ++i) known_.erase(messages_[i]);
    messages_.resize(savepoints_.back());
}

}  // namespace forklore::exercise
