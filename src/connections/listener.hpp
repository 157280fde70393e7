/// \file
/// Listener: the sockets on which clients knock.
///
/// Counterpart in PostgreSQL: pqcomm.c (StreamServerPort), postmaster.c.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace forklore {

/// A socket that accepts connections. Non-blocking and close-on-exec.
struct ListeningSocket {
    UniqueFd fd;              ///< the socket
    std::string description;  ///< for the log: `IPv4 address "127.0.0.1", port 5433`
    std::string host;         ///< numeric address; empty for a Unix socket
    std::string path;         ///< of a Unix socket; empty for TCP
};

/// Sockets at most, over all addresses and directories.
inline constexpr std::size_t k_max_listening_sockets = 64;

/// Opens a TCP socket for every address that a name stands for. An address that cannot be used is a WARNING.
/// \param host name, address, or "*" for all. \param port in host order. \return those that could be opened.
std::vector<ListeningSocket> listen_on_host(const std::string& host, int port);

/// Opens the Unix socket `.s.PGSQL.PORT` in a directory, with its lock file. Throws Fatal when the lock is
/// held; anything else that fails is a WARNING. \param directory an existing directory. \param port in host
/// order. \param permissions mode bits of the socket. \return the socket, or none.
std::vector<ListeningSocket> listen_on_directory(const std::string& directory, int port, int permissions);

/// Opens everything that `listen_addresses` and `unix_socket_directories` name, and logs each.
/// Throws Fatal when a whole list is given and nothing in it works. \return at least one socket.
std::vector<ListeningSocket> open_listening_sockets();

/// Splits a list as settings spell it ("a, b"), dropping blanks and empty items. \param list the text.
std::vector<std::string> split_list(const std::string& list);

}  // namespace forklore
