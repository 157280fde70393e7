#include "connections/process_title.hpp"

#include <bsd/unistd.h>

#include <cstring>
#include <string>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [process-title]
namespace {
std::string fixed_part;
std::string shown_activity;
int shortest;  // characters: libbsd ends a title that is shorter than the program's path with a dot

// The dash keeps the program's name out.
void show(const std::string& title) { setproctitle("-%-*s", shortest, title.c_str()); }
}  // namespace

void prepare_process_title(int argc, char** argv) {
    shortest = static_cast<int>(std::strlen(argv[0])) + 1;
    setproctitle_init(argc, argv, environ);
}

void set_process_title(std::string_view identity) {
    const std::string& cluster = setting::cluster_name.value();
    fixed_part = fmt::format("forklore: {}{}{}", cluster, cluster.empty() ? "" : ": ", identity);
    shown_activity.clear();
    show(fixed_part);
}

void show_activity(std::string_view activity) {
    if (activity == shown_activity) return;
    shown_activity = activity;
    log_context().command_tag = activity;
    if (setting::update_process_title.value()) show(fixed_part + ' ' + shown_activity);
}
//! [process-title]

}  // namespace forklore
