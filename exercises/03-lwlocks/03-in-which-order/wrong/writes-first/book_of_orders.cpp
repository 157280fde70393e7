// Writes the new orders down before it looks whether they fit.
#include "book_of_orders.hpp"

#include <algorithm>
#include <deque>

namespace forklore::exercise {

std::vector<std::string> LockOrder::take(const std::vector<std::string>& held, const std::string& wanted) {
    for (const std::string& lock : held) after_[lock].insert(wanted);
    std::map<std::string, std::string> came_from{{wanted, ""}};
    std::deque<std::string> to_visit{wanted};
    while (!to_visit.empty()) {
        const std::string here = to_visit.front();
        to_visit.pop_front();
        if (std::find(held.begin(), held.end(), here) != held.end()) {
            std::vector<std::string> way;
            for (std::string at = here; !at.empty(); at = came_from[at]) way.push_back(at);
            std::reverse(way.begin(), way.end());
            return way;
        }
        for (const std::string& next : after_[here]) {
            if (came_from.emplace(next, here).second) to_visit.push_back(next);
        }
    }
    return {};
}

}  // namespace forklore::exercise
