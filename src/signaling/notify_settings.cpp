#include "signaling/notify_settings.hpp"

namespace forklore {

//! [notify-setting-values]
namespace {
constexpr std::string_view k_memory = "Resource Usage / Memory";
constexpr std::string_view k_disk = "Resource Usage / Disk";
constexpr int k_fewest_buffers = 4, k_usual_buffers = 64, k_most_buffers = 131072;
constexpr int k_fewest_pages = 64, k_usual_pages = 1048576;
constexpr int k_usual_channels = 4096, k_most_channels = 1 << 20;
}  // namespace

namespace setting {
IntSetting notify_buffers{{.name = "notify_buffers", .context = SettingContext::postmaster, .unit = SettingUnit::blocks_8kb, .category = k_memory,
                           .description = "Sets the size of the part of the NOTIFY queue that is kept in shared memory."},
                          k_usual_buffers, k_fewest_buffers, k_most_buffers};
IntSetting max_notify_queue_pages{
    {.name = "max_notify_queue_pages", .context = SettingContext::postmaster, .category = k_disk,
     .description = "Sets the maximum number of allocated pages for NOTIFY / LISTEN queue."},
    k_usual_pages, k_fewest_pages};
IntSetting max_notify_channels{
    {.name = "max_notify_channels", .context = SettingContext::postmaster, .category = k_memory,
     .description = "Sets the number of channels whose listeners are known one by one.",
     .extra_description = "A session that listens to a channel beyond that is woken for every notification in its database."},
    k_usual_channels, 1, k_most_channels};
BoolSetting trace_notify{{.name = "trace_notify", .category = "Developer Options",
                          .description = "Generates debugging output for LISTEN and NOTIFY."},
                         false};
}  // namespace setting

void define_notify_settings(Settings& to) {
    for (IntSetting* each : {&setting::notify_buffers, &setting::max_notify_queue_pages, &setting::max_notify_channels}) to.add(*each);
    to.add(setting::trace_notify);
}
//! [notify-setting-values]

}  // namespace forklore
