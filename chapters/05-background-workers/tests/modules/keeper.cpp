// Keeps a lock that it takes in its entry.
#include "background_workers/module.hpp"
#include "lwlocks/lw_lock.hpp"

namespace {
forklore::LWLock kept;
}  // namespace

FORKLORE_MODULE("keeper", "1") { kept.lock(); }
