#include "connections/accept_loop.hpp"

#include <cerrno>

#include "base/syscalls.hpp"
#include "not_written_yet.hpp"

namespace forklore {

void accept_clients([[maybe_unused]] int listening, [[maybe_unused]] ClientLauncher& launcher) {
    // TODO: accept whoever waits, and fork a process for each.
    not_written_yet("01-connections/08-accept-loop");
}

}  // namespace forklore
