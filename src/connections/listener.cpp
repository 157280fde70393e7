#include "connections/listener.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/log.hpp"
#include "base/syscalls.hpp"
#include "connections/connection_settings.hpp"
#include "connections/lock_file.hpp"

namespace forklore {

//! [split-list]
std::vector<std::string> split_list(const std::string& list) {
    std::vector<std::string> items;
    std::size_t at = 0;
    while (at <= list.size()) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const std::size_t first = list.find_first_not_of(" \t", at);
        if (first < comma) {
            const std::size_t last = list.find_last_not_of(" \t", comma - 1);
            items.push_back(list.substr(first, last - first + 1));
        }
        at = comma + 1;
    }
    return items;
}
//! [split-list]

namespace {

//! [accept-queue]
/// Length of the accept queue: clients that the kernel has connected and we have not accepted yet. The kernel
/// caps it at net.core.somaxconn. PostgreSQL asks for twice max_connections, for the same reason: a burst
/// should wait, not fail.
int accept_queue_length() { return std::max(2 * setting::max_connections.value(), 128); }
//! [accept-queue]

//! [warn]
/// Says why one address does not work; the server goes on without it.
void warn(const std::string& what, const ListeningSocket& socket, int error) {
    const std::string address = socket.description.substr(0, socket.description.find(", port"));
    Report warning{.severity = Severity::log,
                   .code = sqlstate::successful_completion,
                   .message = fmt::format("could not {} {}: {}", what, address, errno_text(error))};
    if (error == EADDRINUSE)
        warning.hint =
            fmt::format("Is another server already running on port {}? If not, wait a few seconds and retry.",
                        setting::port.value());
    report(warning);
}
//! [warn]

//! [listen-on-address]
/// One TCP address: socket, bind, listen.
bool listen_on_address(const addrinfo& address, ListeningSocket& made) {
    char host[NI_MAXHOST], port[NI_MAXSERV];
    getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    made.host = host;
    made.description = fmt::format("{} address \"{}\", port {}",
                                   address.ai_family == AF_INET6 ? "IPv6" : "IPv4", host, port);

    made.fd.reset(sys::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made.fd) return warn("create socket for", made, errno), false;
    const int on = 1;
    // Without this a restarted server could not have its port back while old connections linger in TIME_WAIT.
    setsockopt(made.fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ai_family == AF_INET6) setsockopt(made.fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (sys::bind(made.fd.get(), address.ai_addr, address.ai_addrlen) != 0)
        return warn("bind", made, errno), false;
    if (sys::listen(made.fd.get(), accept_queue_length()) != 0) return warn("listen on", made, errno), false;
    return true;
}
//! [listen-on-address]

}  // namespace

//! [listen-on-host]
std::vector<ListeningSocket> listen_on_host(const std::string& host, int port) {
    addrinfo wanted{};
    wanted.ai_flags = AI_PASSIVE;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error =
            getaddrinfo(host == "*" ? nullptr : host.c_str(), std::to_string(port).c_str(), &wanted, &found);
        error != 0) {
        log_line(sqlstate::successful_completion,
                 "could not translate host name \"{}\", service \"{}\" to address: {}", host, port,
                 gai_strerror(error));
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::vector<ListeningSocket> sockets;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        ListeningSocket made;
        if (listen_on_address(*address, made)) sockets.push_back(std::move(made));
    }
    return sockets;
}
//! [listen-on-host]

//! [listen-on-directory]
std::vector<ListeningSocket> listen_on_directory(const std::string& directory, int port, int permissions) {
    std::vector<ListeningSocket> sockets(1);
    ListeningSocket& made = sockets.front();
    made.path = fmt::format("{}/.s.PGSQL.{}", directory, port);
    made.description = fmt::format("Unix socket \"{}\"", made.path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (made.path.size() >= sizeof address.sun_path)
        throw Fatal(sqlstate::invalid_parameter_value,
                    "Unix-domain socket path \"{}\" is too long (maximum {} bytes)", made.path,
                    sizeof address.sun_path - 1);
    std::memcpy(address.sun_path, made.path.c_str(), made.path.size() + 1);

    lock_socket_path(made.path);  // whoever holds the lock may remove what a crashed server left behind
    sys::unlink(made.path.c_str());
    made.fd.reset(sys::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made.fd) return warn("create socket for", made, errno), std::vector<ListeningSocket>{};
    if (sys::bind(made.fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        chmod(made.path.c_str(), permissions) != 0)
        return warn("bind", made, errno), std::vector<ListeningSocket>{};
    if (sys::listen(made.fd.get(), accept_queue_length()) != 0)
        return warn("listen on", made, errno), std::vector<ListeningSocket>{};
    return sockets;
}
//! [listen-on-directory]

//! [open-listening-sockets]
std::vector<ListeningSocket> open_listening_sockets() {
    std::vector<ListeningSocket> sockets;
    auto add = [&](std::vector<ListeningSocket> more) {
        for (ListeningSocket& socket : more) {
            if (sockets.size() == k_max_listening_sockets)
                throw Fatal(sqlstate::configuration_limit_exceeded, "too many listening sockets (maximum {})",
                            k_max_listening_sockets);
            log_line(sqlstate::successful_completion, "listening on {}", socket.description);
            sockets.push_back(std::move(socket));
        }
        return !more.empty();
    };
    bool any = false;
    for (const std::string& host : split_list(setting::listen_addresses.value())) {
        if (add(listen_on_host(host, setting::port.value())))
            any = true;
        else
            say(Severity::warning, sqlstate::internal_error, "could not create listen socket for \"{}\"",
                host);
    }
    if (!any && !split_list(setting::listen_addresses.value()).empty())
        throw Fatal(sqlstate::internal_error, "could not create any TCP/IP sockets");
    any = false;
    for (const std::string& directory : split_list(setting::unix_socket_directories.value())) {
        if (add(listen_on_directory(directory, setting::port.value(),
                                    setting::unix_socket_permissions.value())))
            any = true;
        else
            say(Severity::warning, sqlstate::internal_error,
                "could not create Unix-domain socket in directory \"{}\"", directory);
    }
    if (!any && !split_list(setting::unix_socket_directories.value()).empty())
        throw Fatal(sqlstate::internal_error, "could not create any Unix-domain sockets");
    if (sockets.empty()) throw Fatal(sqlstate::internal_error, "no socket created for listening");
    return sockets;
}
//! [open-listening-sockets]

}  // namespace forklore
