#include "connections/opening.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "connections/connection_settings.hpp"
#include "connections/door.hpp"
#include "connections/messages.hpp"

namespace forklore {

namespace {
//! [newest-minor]
constexpr int k_newest_minor = 2;  // of protocol 3; 3.1 was never used
//! [newest-minor]

//! [read-packet]
/// The next packet before or at start-up: a length, then so many bytes. None when the client has gone or
/// talks nonsense.
std::optional<std::string> read_packet(ClientStream& stream) {
    if (!stream.fill(4)) {
        if (!stream.input().empty()) log_line(sqlstate::protocol_violation, "incomplete startup packet");
        return {};
    }
    const auto length = ByteReader(stream.input()).get<std::int32_t>();
    if (length < k_shortest_startup_packet || length > k_longest_startup_packet) {
        // Perhaps not our protocol at all. Nothing that we could answer would be understood.
        log_line(sqlstate::protocol_violation, "invalid length of startup packet");
        return {};
    }
    if (!stream.fill(static_cast<std::size_t>(length))) {
        log_line(sqlstate::protocol_violation, "incomplete startup packet");
        return {};
    }
    std::string packet(stream.input().substr(4, static_cast<std::size_t>(length) - 4));
    stream.consume(static_cast<std::size_t>(length));
    return packet;
}
//! [read-packet]

//! [answer-encryption]
/// Answers a request for encryption with one byte and no header: neither side knows yet in what way it will go on.
/// What is in the buffer already came in clear. Whoever could slip it in could make it look as if it had come behind
/// the answer, perhaps through TLS.
void answer(ClientStream& stream, char letter, const char* request) {
    stream.out().put_char(letter);
    stream.flush();
    if (!stream.input().empty())
        throw Fatal(sqlstate::protocol_violation, "received unencrypted data after {} request", request)
            .detail(
                "This could be either a client-software bug or evidence of an attempted man-in-the-middle "
                "attack.");
}

void answer_tls_request(ClientStream& stream, bool local) {
    const bool possible = !local && door().tls != nullptr;
    answer(stream, possible ? 'S' : 'N', "SSL");
    if (possible) door().tls->accept(stream);
}
//! [answer-encryption]

//! [pass-cancel]
void pass_cancel(std::string_view body, Registrar& registrar) {
    CancelRequest request;
    if (body.size() < sizeof request.pid + k_short_key || body.size() > sizeof request.pid + request.key.size())
        return log_line(sqlstate::protocol_violation, "invalid length of cancel request packet");
    ByteReader reader(body);
    request.pid = reader.get<std::int32_t>();
    const std::string_view key = reader.rest();
    std::copy(key.begin(), key.end(), request.key.begin());
    request.key_length = static_cast<std::uint32_t>(key.size());
    registrar.cancel(request);
}
//! [pass-cancel]

}  // namespace

//! [receive-opening]
std::optional<StartupPacket> receive_opening(ClientStream& stream, bool local,
                                             Registrar& registrar) {
    bool tls_asked = false, gss_asked = false;
    for (;;) {
        const std::optional<std::string> packet = read_packet(stream);
        if (!packet) return {};
        ByteReader reader(*packet);
        const auto code = reader.get<std::int32_t>();
        if (code == k_cancel_request) {
            pass_cancel(reader.rest(), registrar);
            return {};
        }
        if (code == k_ssl_request && !std::exchange(tls_asked, true)) {
            answer_tls_request(stream, local);
        } else if (code == k_gss_request && !std::exchange(gss_asked, true)) {
            answer(stream, 'N', "GSSAPI encryption");
        } else {
            return parse_startup_packet(code, reader.rest());
        }
    }
}
//! [receive-opening]

//! [negotiate-version]
bool speaks_3_2(const StartupPacket& packet) { return (packet.version & 0xFFFF) >= 2; }

void negotiate_version(ByteWriter& out, const StartupPacket& packet) {
    const int minor = packet.version & 0xFFFF;
    if ((minor == 0 || minor == k_newest_minor) && packet.protocol_options.empty()) return;
    MessageWriter message(out, 'v');
    message->put<std::int32_t>(k_protocol_3_0 | std::min(minor, minor < k_newest_minor ? 0 : k_newest_minor));
    message->put(static_cast<std::int32_t>(packet.protocol_options.size()));
    for (const std::string& option : packet.protocol_options) message->put_cstring(option);
}
//! [negotiate-version]

}  // namespace forklore
