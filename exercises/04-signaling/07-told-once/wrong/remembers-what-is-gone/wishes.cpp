// A rollback cuts off the end of the list.
#include "wishes.hpp"

namespace forklore::exercise {

void Wishes::tell(const Message& message) {
    if (known_.insert(message).second) messages_.push_back(message);
}

void Wishes::savepoint() { savepoints_.push_back(messages_.size()); }

void Wishes::release() { savepoints_.pop_back(); }

void Wishes::rollback() { messages_.resize(savepoints_.back()); }

}  // namespace forklore::exercise
