#include "connections/process_title.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"

namespace forklore {

//! [process-title]
namespace {
char* room;              // where the kernel looks for this program's arguments
std::size_t room_size;   // bytes: the arguments and, behind them, the environment
std::size_t shown_size;  // bytes of it that are in use
std::string fixed_part;
std::string shown_activity;

void show(std::string_view title) {
    if (room == nullptr) return;  // a test, not a server
    const std::size_t size = std::min(title.size(), room_size - 1);
    std::memcpy(room, title.data(), size);
    std::memset(room + size, 0, std::max(shown_size, size + 1) - size);
    shown_size = size;
}
}  // namespace

void prepare_process_title(int argc, char** argv) {
    char* end = argv[0];
    const auto extend = [&end](const char* text) {
        if (text == end) end += std::strlen(text) + 1;
    };
    for (int i = 0; i < argc; ++i) extend(argv[i]);
    shown_size = static_cast<std::size_t>(end - argv[0]);
    for (char** variable = environ; *variable != nullptr; ++variable) extend(*variable);
    room = argv[0];
    room_size = static_cast<std::size_t>(end - room);
    // The environment moves out, for good.
    static char* const moved = static_cast<char*>(std::memcpy(new char[room_size], room, room_size));
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (std::less_equal<>()(room, *variable) && std::less<>()(*variable, end)) *variable = moved + (*variable - room);
}

void set_process_title(std::string_view identity) {
    const std::string& cluster = setting::cluster_name.value();
    fixed_part.assign("forklore: ").append(cluster).append(cluster.empty() ? "" : ": ").append(identity);
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
