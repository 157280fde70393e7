// Wants a prefix that the watcher has.
#include "background_workers/module.hpp"
#include "base/settings.hpp"

namespace {
forklore::BoolSetting twin{{.name = "watcher.twin"}, false};
}  // namespace

FORKLORE_MODULE("twin", "1") {
    module.add(twin);
    module.reserve_setting_prefix("watcher");
}
