// Follows every way, also to places where it has been.
#include <algorithm>

#include "book_of_orders.hpp"

namespace forklore::exercise {

std::vector<std::string> LockOrder::take(const std::vector<std::string>& held, const std::string& wanted) {
    std::vector<std::vector<std::string>> ways{{wanted}};
    while (!ways.empty()) {
        std::vector<std::vector<std::string>> longer;
        for (const auto& way : ways) {
            if (std::find(held.begin(), held.end(), way.back()) != held.end()) return way;
            for (const std::string& next : after_[way.back()]) {
                longer.push_back(way);
                longer.back().push_back(next);
            }
        }
        if (longer.size() > 1'000'000) longer.resize(1'000'000);  // before the memory is gone
        ways = std::move(longer);
    }
    for (const std::string& lock : held) after_[lock].insert(wanted);
    return {};
}

}  // namespace forklore::exercise
