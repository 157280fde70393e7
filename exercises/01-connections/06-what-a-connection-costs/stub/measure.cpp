#include "not_written_yet.hpp"
#include "servers.hpp"

namespace forklore::exercise {

Cost measure([[maybe_unused]] Server& server, [[maybe_unused]] int connections) {
    // TODO: the time of each connection, their median, and the processor time of all the server's processes.
    not_written_yet("01-connections/06-what-a-connection-costs");
}

}  // namespace forklore::exercise
