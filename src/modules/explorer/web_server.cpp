#include "web_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "request.hpp"

namespace explorer {

namespace {

using namespace forklore;

const WaitEvent k_explorer_main = define_wait_event(WaitEventClass::extension, "ExplorerMain");
constexpr int k_queue = 64;  // clients that the kernel has connected and that have not been accepted yet

//! [web-listen]
UniqueFd listen_on(int port) {
    UniqueFd fd(sys::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!fd || sys::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        sys::listen(fd.get(), k_queue) != 0)
        throw Error(sqlstate::object_not_in_prerequisite_state,
                    "explorer could not listen on 127.0.0.1, port {}: {}", port, errno_text(errno))
            .hint("Choose another port with \"explorer.port\".");
    return fd;
}
//! [web-listen]

//! [web-head]
// What all answers say. The page loads nothing from elsewhere, nobody else may embed or keep it.
constexpr std::string_view k_headers =
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n"
    "Connection: close\r\n";

std::string_view reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 421: return "Misdirected Request";
        case 431: return "Request Header Fields Too Large";
        case 505: return "HTTP Version Not Supported";
        default: return "Bad Request";
    }
}

std::string whole_answer(int status, std::string_view type, std::string_view body, bool head_only) {
    return fmt::format("HTTP/1.1 {} {}\r\n{}{}Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status,
                       reason(status), k_headers, status == 405 ? "Allow: GET, HEAD\r\n" : "", type,
                       body.size(), head_only ? "" : body);
}
//! [web-head]

}  // namespace

//! [web-serve]
WebServer::WebServer(int port, std::vector<File> files)
    : files_(std::move(files)), listener_(listen_on(port)) {
    set_.add(listener_.get(), k_readable);
}

void WebServer::serve(std::optional<std::int64_t> until) {
    for (const auto [fd, events] : set_.wait(time_to_wait(until), k_explorer_main)) {
        if (fd == listener_.get()) {
            accept_clients();
            continue;
        }
        const auto client =
            std::ranges::find_if(clients_, [fd = fd](const Connection& one) { return one.fd.get() == fd; });
        if (client != clients_.end()) handle(*client);
    }
    lose_patience(monotonic_us());
    std::erase_if(clients_, [](const Connection& one) { return !one.fd; });
    if (!watched()) snapshot_.reset();
}

std::optional<int> WebServer::time_to_wait(std::optional<std::int64_t> until) const {
    const auto earlier = [&](std::int64_t time) { until = std::min(until.value_or(time), time); };
    if (!accepts_) earlier(accept_at_);
    for (const Connection& client : clients_)
        if (client.latest) earlier(*client.latest);
    if (!until) return {};
    return static_cast<int>(std::max<std::int64_t>(0, (*until - monotonic_us() + 999) / 1000));
}
//! [web-serve]

//! [web-accept]
void WebServer::accept_clients() {
    for (;;) {
        UniqueFd fd(sys::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (!fd && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (!fd) {  // no descriptors, no memory: the client goes on waiting in the kernel
            set_.remove(listener_.get());
            accepts_ = false;
            accept_at_ = monotonic_us() + k_breath_us;
            return;
        }
        make_room();
        setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &k_kernel_keeps, sizeof k_kernel_keeps);
        try {
            set_.add(fd.get(), k_readable);
        } catch (const Error&) {  // the kernel watches no more sockets: this one is closed
            continue;
        }
        clients_.push_back({.fd = std::move(fd), .latest = monotonic_us() + k_patience_us});
    }
}

// When there are too many, whoever has been at it longest without watching goes; when all watch, whoever has watched longest. Its page will
// connect again.
void WebServer::make_room() {
    std::erase_if(clients_, [](const Connection& one) { return !one.fd; });
    if (clients_.size() < k_most_connections) return;
    auto first =
        std::ranges::find_if(clients_, [](const Connection& one) { return one.stage != Stage::watching; });
    if (first == clients_.end()) first = clients_.begin();
    close(*first);
    clients_.erase(first);
}

void WebServer::lose_patience(std::int64_t now) {
    for (Connection& client : clients_)
        if (client.latest && *client.latest <= now) close(client);
    if (accepts_ || accept_at_ > now) return;
    set_.add(listener_.get(), k_readable);
    accepts_ = true;
}

void WebServer::close(Connection& client) noexcept {
    if (!client.fd) return;
    set_.remove(client.fd.get());
    client.fd.reset();
}
//! [web-accept]

//! [web-receive]
void WebServer::handle(Connection& client) {
    if (client.sending != nullptr) go_on_sending(client);
    if (client.fd && client.sending == nullptr) receive(client);
}

// A head is collected; whatever else a client says is not listened to. At its end it has gone.
void WebServer::receive(Connection& client) {
    std::array<char, 4096> piece;
    const ssize_t got = sys::recv(client.fd.get(), piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got <= 0) return close(client);
    if (client.stage == Stage::watching) return close(client);  // there is nothing to say here
    if (client.stage != Stage::asking) return;
    client.received.append(piece.data(), static_cast<std::size_t>(got));
    answer(client);
}

void WebServer::answer(Connection& client) {
    const std::optional<Request> request = read_request(client.received);
    if (!request) return;
    const auto say = [&](int status, std::string_view type, std::string_view body) {
        client.stage = Stage::answered;
        send(client, std::make_shared<std::string>(whole_answer(status, type, body, request->head_only)));
    };
    const auto file = std::ranges::find(files_, request->path, &File::path);
    if (request->refusal != 0) {
        say(request->refusal, "text/plain; charset=utf-8",
            fmt::format("{} {}\n", request->refusal, reason(request->refusal)));
    } else if (file != files_.end()) {
        say(200, file->type, file->text);
    } else if (request->path == "/events") {
        client.stage = request->head_only ? Stage::answered : Stage::watching;
        send(client, std::make_shared<std::string>(
                         fmt::format("HTTP/1.1 200 OK\r\n{}Content-Type: text/event-stream\r\n\r\n{}",
                                     k_headers, request->head_only ? "" : "retry: 1000\n\n")));
    } else {
        say(404, "text/plain; charset=utf-8", "404 Not Found\n");
    }
}
//! [web-receive]

//! [web-send]
void WebServer::send(Connection& client, Text text) {
    client.sending = std::move(text);
    client.sent = 0;
    client.latest = monotonic_us() + (client.stage == Stage::watching ? k_viewer_patience_us : k_patience_us);
    go_on_sending(client);
}

void WebServer::go_on_sending(Connection& client) {
    while (client.sending != nullptr) {
        const ssize_t sent = sys::send(client.fd.get(), client.sending->data() + client.sent,
                                       client.sending->size() - client.sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return set_.modify(client.fd.get(), k_writable);
        if (sent < 0) return close(client);
        client.sent += static_cast<std::size_t>(sent);
        if (client.sent == client.sending->size()) sent_all(client);
    }
}

// A viewer gets the snapshots that came meanwhile, which is to say the last of them. Who has been answered is waited for to close
// its end: a connection that is closed with something unread in it is reset, and the answer with it.
void WebServer::sent_all(Connection& client) {
    client.sending.reset();
    client.latest.reset();
    if (client.stage == Stage::watching && snapshot_ != nullptr && client.seen != number_) {
        client.seen = number_;
        client.sending = snapshot_;
        client.sent = 0;
        client.latest = monotonic_us() + k_viewer_patience_us;
        return;
    }
    set_.modify(client.fd.get(), k_readable);
    if (client.stage != Stage::answered) return;
    client.stage = Stage::leaving;
    client.latest = monotonic_us() + k_farewell_us;
    shutdown(client.fd.get(), SHUT_WR);
}
//! [web-send]

//! [web-publish]
bool WebServer::watched() const {
    return std::ranges::any_of(clients_, [](const Connection& one) {
        return one.fd && one.stage == Stage::watching && one.sending == nullptr;
    });
}

void WebServer::publish(std::string_view data) {
    snapshot_ = std::make_shared<std::string>(fmt::format("event: snapshot\ndata: {}\n\n", data));
    ++number_;
    for (Connection& client : clients_) {
        if (!client.fd || client.stage != Stage::watching || client.sending != nullptr) continue;
        client.seen = number_;
        send(client, snapshot_);
    }
}
//! [web-publish]

}  // namespace explorer
