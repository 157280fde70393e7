#include "shared_memory/shared_memory_settings.hpp"

#include <fstream>
#include <string>

namespace forklore {

//! [settings-words]
namespace {

constexpr std::string_view k_memory = "Resource Usage / Memory";
constexpr std::string_view k_preset = "Preset Options";
constexpr std::string_view k_monitoring = "Statistics / Cumulative Query and Index Statistics";
constexpr int k_shortest_query = 100, k_usual_query = 1024, k_longest_query = 1024 * 1024;

}  // namespace
//! [settings-words]

namespace setting {

//! [settings-memory]
EnumSetting huge_pages{{.name = "huge_pages", .context = SettingContext::postmaster, .category = k_memory,
                        .description = "Use of huge pages on Linux or Windows."},
                       static_cast<int>(HugePages::attempt),
                       {{"off", static_cast<int>(HugePages::off)},
                        {"on", static_cast<int>(HugePages::on)},
                        {"try", static_cast<int>(HugePages::attempt)},
                        {"true", static_cast<int>(HugePages::on), true},
                        {"false", static_cast<int>(HugePages::off), true},
                        {"yes", static_cast<int>(HugePages::on), true},
                        {"no", static_cast<int>(HugePages::off), true},
                        {"1", static_cast<int>(HugePages::on), true},
                        {"0", static_cast<int>(HugePages::off), true}}};
IntSetting huge_page_size{{.name = "huge_page_size", .context = SettingContext::postmaster, .unit = SettingUnit::kilobytes,
                           .category = k_memory, .description = "The size of huge page that should be requested."},
                          0, 0};
IntSetting shared_memory_size{{.name = "shared_memory_size", .context = SettingContext::internal, .unit = SettingUnit::megabytes,
                               .category = k_preset,
                               .description = "Shows the size of the server's main shared memory area (rounded up to the nearest MB)."},
                              0, 0};
IntSetting shared_memory_size_in_huge_pages{
    {.name = "shared_memory_size_in_huge_pages", .context = SettingContext::internal, .category = k_preset,
     .description = "Shows the number of huge pages needed for the main shared memory area.",
     .extra_description = "-1 indicates that the value could not be determined."},
    -1, -1};
//! [settings-memory]
//! [settings-activity]
BoolSetting track_activities{{.name = "track_activities", .context = SettingContext::superuser, .category = k_monitoring,
                              .description = "Collects information about executing commands.",
                              .extra_description = "Enables the collection of information on the currently executing command of each "
                                                   "session, along with the time at which that command began execution."},
                             true};
IntSetting track_activity_query_size{
    {.name = "track_activity_query_size", .context = SettingContext::postmaster, .unit = SettingUnit::bytes, .category = k_monitoring,
     .description = "Sets the size reserved for pg_stat_activity.query, in bytes."},
    k_usual_query, k_shortest_query, k_longest_query};
//! [settings-activity]

}  // namespace setting

//! [define-settings]
void define_shared_memory_settings(Settings& to) {
    using namespace setting;
    for (SettingBase* each : std::initializer_list<SettingBase*>{&huge_pages, &huge_page_size, &shared_memory_size, &shared_memory_size_in_huge_pages,
                                                                 &track_activities, &track_activity_query_size})
        to.add(*each);
}
//! [define-settings]

//! [show-segment-size]
void show_segment_size(std::size_t bytes) {
    constexpr std::size_t k_megabyte = 1024 * 1024;
    const std::size_t page = huge_page_bytes();
    const auto set = [](SettingBase& setting, std::size_t value) {
        settings().set(setting.info().name, std::to_string(value), SettingSource::override_value);
    };
    set(setting::shared_memory_size, (bytes + k_megabyte - 1) / k_megabyte);
    if (page != 0) set(setting::shared_memory_size_in_huge_pages, (bytes + page - 1) / page);
}
//! [show-segment-size]

//! [huge-page-bytes]
std::size_t huge_page_bytes() {
    if (setting::huge_page_size.value() != 0) return static_cast<std::size_t>(setting::huge_page_size.value()) * 1024;
    std::ifstream meminfo("/proc/meminfo");
    for (std::string name, line; meminfo >> name; std::getline(meminfo, line))
        if (std::size_t kilobytes = 0; name == "Hugepagesize:" && meminfo >> kilobytes) return kilobytes * 1024;
    return 0;
}
//! [huge-page-bytes]

}  // namespace forklore
