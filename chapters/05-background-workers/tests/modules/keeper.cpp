// Keeps a lock that it takes: in its entry, or in a function.
#include "background_workers/module.hpp"
#include "base/settings.hpp"
#include "lwlocks/lw_lock.hpp"

namespace {
forklore::LWLock kept;
forklore::BoolSetting keep_in_entry{{.name = "keeper.in_entry"}, false};

std::int32_t keep(std::int32_t divisor) {
    kept.lock();
    if (divisor == 0) throw forklore::Error(forklore::sqlstate::division_by_zero, "division by zero");
    return 1 / divisor;
}
}  // namespace

FORKLORE_MODULE("keeper", "1") {
    module.add(keep_in_entry);
    module.add(forklore::function<keep>("keep_lock", 0, {.volatility = forklore::Volatility::volatile_}));
    if (keep_in_entry.value()) kept.lock();
}
