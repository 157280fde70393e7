// Has a setting that only the start of the server can give a value.
#include "background_workers/module.hpp"
#include "base/settings.hpp"

namespace {
forklore::IntSetting fixed{{.name = "late.fixed", .context = forklore::SettingContext::postmaster}, 1, 0, 9};
}  // namespace

FORKLORE_MODULE("late", "1") { module.add(fixed); }
