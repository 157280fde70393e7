/// \file
/// TCP options: the settings of a connection that the kernel keeps.
///
/// Counterpart in PostgreSQL: pqcomm.c (pq_setkeepalivesidle and its kin).
#pragma once

namespace forklore {

/// Prepares a client's TCP connection for a conversation, and from then on lets `tcp_keepalives_idle` and its kin act
/// on it. \param socket connected; not a Unix socket.
void configure_tcp(int socket);

/// Makes these settings follow the connection: what is set goes to the kernel, what is shown comes from it. To be
/// called before they are added to the registry.
void hook_tcp_settings();

}  // namespace forklore
