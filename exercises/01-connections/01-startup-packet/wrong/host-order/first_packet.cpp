// Forgets that the wire is big-endian.
#include "first_packet.hpp"

#include <cstring>

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

// Without the NUL behind it; `at` moves to the byte after that NUL.
std::string take_string(std::string_view packet, std::size_t& at) {
    const std::size_t end = packet.find('\0', at);
    if (end == std::string_view::npos) {
        throw Fatal(sqlstate::protocol_violation,
                    "invalid startup packet layout: expected terminator as last byte");
    }
    std::string text(packet.substr(at, end - at));
    at = end + 1;
    return text;
}

StartupPacket read_session(std::string_view packet, std::uint32_t version) {
    StartupPacket result;
    const std::uint32_t major = version >> 16;
    result.minor_version = static_cast<int>(version & 0xffff);
    if (major != 3) {
        throw Fatal(sqlstate::feature_not_supported,
                    "unsupported frontend protocol {}.{}: server supports 3.0 to 3.0", major,
                    result.minor_version);
    }

    std::size_t at = k_shortest_packet;
    while (at < packet.size() && packet[at] != '\0') {
        std::string name = take_string(packet, at);
        // The value may be empty, so it does not end the list; only an empty name does.
        std::string value = take_string(packet, at);
        if (name == "user") {
            result.user = std::move(value);
        } else if (name == "database") {
            result.database = std::move(value);
        } else {
            result.parameters[std::move(name)] = std::move(value);
        }
    }
    if (at + 1 != packet.size()) {
        throw Fatal(sqlstate::protocol_violation,
                    "invalid startup packet layout: expected terminator as last byte");
    }

    if (result.user.empty()) {
        throw Fatal(sqlstate::invalid_authorization_specification,
                    "no PostgreSQL user name specified in startup packet");
    }
    if (result.database.empty()) result.database = result.user;
    return result;
}

}  // namespace

std::int32_t read_int32(std::string_view bytes, std::size_t offset) {
    std::int32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

StartupPacket read_startup_packet(std::string_view packet) {
    // The code is in the packet only if the packet is long enough: check the length first.
    const bool lies = packet.size() < k_shortest_packet || packet.size() > k_longest_packet ||
                      static_cast<std::uint32_t>(read_int32(packet, 0)) != packet.size() ||
                      (read_int32(packet, 4) == k_cancel_code && packet.size() != k_cancel_packet);
    if (lies) throw Fatal(sqlstate::protocol_violation, "invalid length of startup packet");

    StartupPacket result;
    const std::int32_t code = read_int32(packet, 4);
    switch (code) {
        case k_cancel_code:
            result.request = Request::cancel;
            result.pid = read_int32(packet, 8);
            result.key = read_int32(packet, 12);
            return result;
        case k_tls_code: result.request = Request::tls; return result;
        case k_gss_code: result.request = Request::gss_encryption; return result;
        default: return read_session(packet, static_cast<std::uint32_t>(code));
    }
}

}  // namespace forklore::exercise
