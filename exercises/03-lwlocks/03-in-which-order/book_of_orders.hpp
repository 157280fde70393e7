/// \file
/// A book of orders: which lock was taken while which others were held.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace forklore::exercise {

/// See the top of this file. Locks are known by their names.
class LockOrder {
public:
    /// A process is about to take a lock. If that fits all orders that have been seen, it is written down: `wanted` after each of `held`. If
    /// it would close a circle, nothing is written down.
    /// \param held what the process holds. \param wanted what it is about to take; none of `held`.
    /// \return a shortest way from `wanted` to one of `held` along orders that have been seen, both ends included; empty if there is none.
    std::vector<std::string> take(const std::vector<std::string>& held, const std::string& wanted);

private:
    std::map<std::string, std::set<std::string>> after_;  ///< what has been taken while the first was held
};

}  // namespace forklore::exercise
