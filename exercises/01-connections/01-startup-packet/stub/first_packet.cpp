#include "first_packet.hpp"

#include "base/error.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

std::int32_t read_int32([[maybe_unused]] std::string_view bytes, [[maybe_unused]] std::size_t offset) {
    // TODO: four bytes, the most significant first.
    not_written_yet("01-connections/01-startup-packet");
}

StartupPacket read_startup_packet([[maybe_unused]] std::string_view packet) {
    // TODO: the length, the request code, and what the request code promises.
    not_written_yet("01-connections/01-startup-packet");
}

}  // namespace forklore::exercise
