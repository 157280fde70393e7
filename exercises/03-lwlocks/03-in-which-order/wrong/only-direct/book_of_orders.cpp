// Looks for the opposite order of the same two locks, and for nothing longer.
#include "book_of_orders.hpp"

namespace forklore::exercise {

std::vector<std::string> LockOrder::take(const std::vector<std::string>& held, const std::string& wanted) {
    for (const std::string& lock : held) {
        if (after_[wanted].count(lock) != 0) return {wanted, lock};
    }
    for (const std::string& lock : held) after_[lock].insert(wanted);
    return {};
}

}  // namespace forklore::exercise
