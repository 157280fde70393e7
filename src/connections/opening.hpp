/// \file
/// The opening: what client and server say to each other before anybody is anybody.
///
/// Counterpart in PostgreSQL: ProcessStartupPacket (postmaster.c).
#pragma once

#include <optional>

#include "connections/client_stream.hpp"
#include "connections/registrar.hpp"
#include "connections/startup_packet.hpp"

namespace forklore {

/// Reads packets until the client says what it wants: answers requests for encryption, passes a cancel
/// request on. \param stream to the client. \param local through a Unix socket, where TLS is not offered.
/// \param registrar who passes cancel requests on. \return the start-up packet, or none when there is nothing to serve. Throws
/// Fatal for a broken packet.
std::optional<StartupPacket> receive_opening(ClientStream& stream, bool local,
                                             Registrar& registrar);

/// Tells a client that asked for more than we speak what we do speak. \param out the stream's output. \param
/// packet what it asked for
void negotiate_version(ByteWriter& out, const StartupPacket& packet);

/// Whether the client understands long cancel keys. \param packet its start-up packet
bool speaks_3_2(const StartupPacket& packet);

}  // namespace forklore
