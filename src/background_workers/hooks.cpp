#include "background_workers/hooks.hpp"

namespace forklore {

//! [shared-memory-hooks]
Hook<void()> shared_memory_request_hook, shared_memory_startup_hook;
//! [shared-memory-hooks]

}  // namespace forklore
