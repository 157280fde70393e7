#include "connections/parameter_status.hpp"

#include "base/settings.hpp"
#include "connections/messages.hpp"

namespace forklore {

//! [parameter-status]
namespace {
void write_parameter(ByteWriter& out, std::string_view name, std::string_view value) {
    MessageWriter message(out, 'S');
    message->put_cstring(name);
    message->put_cstring(value);
}
}  // namespace

void report_all_parameters(ByteWriter& out) {
    for (const SettingBase* setting : settings().all())
        if (setting->info().report_to_client) write_parameter(out, setting->info().name, setting->show());
    settings().take_changes_to_report();  // they are known now
}

void report_changed_parameters(ByteWriter& out) {
    for (const auto& [name, value] : settings().take_changes_to_report()) write_parameter(out, name, value);
}
//! [parameter-status]

}  // namespace forklore
