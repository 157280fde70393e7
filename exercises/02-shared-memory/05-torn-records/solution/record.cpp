// An even number before, and the same number after: nobody has begun to write in between. The second look is what makes the
// copy believable; until then it is only bytes. The number of tries has a limit, since the writer may have died in the middle.
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
        const std::uint64_t before = changes_.load();
        if (before % 2 != 0) continue;
        Activity seen;
        for (std::size_t i = 0; i < words_.size(); ++i) seen[i] = words_[i].load();
        if (changes_.load() == before) return seen;
    }
    return std::nullopt;
}

}  // namespace forklore::exercise
