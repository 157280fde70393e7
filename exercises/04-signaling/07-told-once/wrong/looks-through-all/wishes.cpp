// The list is the truth, so it is the list that is asked.
#include <algorithm>

#include "wishes.hpp"

namespace forklore::exercise {

void Wishes::tell(const Message& message) {
    if (std::find(messages_.begin(), messages_.end(), message) == messages_.end())
        messages_.push_back(message);
}

void Wishes::savepoint() { savepoints_.push_back(messages_.size()); }

void Wishes::release() { savepoints_.pop_back(); }

void Wishes::rollback() { messages_.resize(savepoints_.back()); }

}  // namespace forklore::exercise
