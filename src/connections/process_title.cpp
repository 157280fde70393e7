#include "connections/process_title.hpp"

#include <bsd/unistd.h>

#include <string>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [process-title]
namespace {
std::string fixed_part;
std::string shown_activity;
}  // namespace

void prepare_process_title(int argc, char** argv) { setproctitle_init(argc, argv, environ); }

void set_process_title(std::string_view identity) {
    const std::string& cluster = setting::cluster_name.value();
    fixed_part = fmt::format("forklore: {}{}{}", cluster, cluster.empty() ? "" : ": ", identity);
    shown_activity.clear();
    setproctitle("-%s", fixed_part.c_str());  // the dash keeps the program's name out
}

void show_activity(std::string_view activity) {
    if (activity == shown_activity) return;
    shown_activity = activity;
    log_context().command_tag = activity;
    if (setting::update_process_title.value())
        setproctitle("-%s %s", fixed_part.c_str(), shown_activity.c_str());
}
//! [process-title]

}  // namespace forklore
