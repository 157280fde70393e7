#include "background_workers/worker_settings.hpp"

namespace forklore {

namespace setting {

//! [worker-settings]
IntSetting max_worker_processes{{.name = "max_worker_processes",
                                 .context = SettingContext::postmaster,
                                 .category = "Resource Usage / Asynchronous Behavior",
                                 .description = "Maximum number of concurrent worker processes."},
                                8,
                                0,
                                10'000};
IntSetting background_worker_stop_timeout{
    {.name = "background_worker_stop_timeout",
     .context = SettingContext::sighup,
     .unit = SettingUnit::milliseconds,
     .category = "Resource Usage / Asynchronous Behavior",
     .description = "Sets how long a fast shutdown waits for a background worker before it is killed.",
     .extra_description = "A value of 0 turns this off."},
    30'000,
    0};
//! [worker-settings]

}  // namespace setting

//! [define-worker-settings]
void define_worker_settings(Settings& to) {
    to.add(setting::max_worker_processes);
    to.add(setting::background_worker_stop_timeout);
}
//! [define-worker-settings]

}  // namespace forklore
