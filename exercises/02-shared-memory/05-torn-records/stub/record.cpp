// TODO: once in ten million times a reader sees half of one activity and half of another. Find out how, and mend it.
#include "record.hpp"

namespace forklore::exercise {

void Record::write(const Activity& activity) {
    // Odd: the record is being written.
    changes_.store(changes_.load() + 1);
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i].store(activity[i]);
    changes_.store(changes_.load() + 1);
}

std::optional<Activity> Record::read() const {
    for (int attempt = 0; attempt < k_tries; ++attempt) {
        if (changes_.load() % 2 != 0) continue;
        Activity seen;
        for (std::size_t i = 0; i < words_.size(); ++i) seen[i] = words_[i].load();
        return seen;
    }
    return std::nullopt;
}

}  // namespace forklore::exercise
