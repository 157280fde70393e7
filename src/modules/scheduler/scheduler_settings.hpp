/// \file
/// What can be set of the scheduler.
#pragma once

#include "base/setting.hpp"

namespace scheduler::setting {

//! [settings-declared]
extern forklore::StringSetting time_zone;  ///< whose clocks cron lines mean
extern forklore::IntSetting max_jobs;      ///< that there can be
extern forklore::IntSetting max_runs;      ///< that are remembered
//! [settings-declared]

}  // namespace scheduler::setting
