/// \file
/// Three servers that do as little as a server can: they answer each connection with one byte and close it.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

#include "processes.hpp"

namespace forklore::exercise {

/// What one way of serving costs. All times in nanoseconds.
struct Cost {
    std::vector<std::int64_t> samples;  ///< of each connection: from before connect to the answer's byte
    std::int64_t median = 0;            ///< of the samples
    std::int64_t cpu = 0;               ///< processor time of the server and its children, for one connection
};

/// Serves a listening socket until nothing more can be read from `control`. Then buries its children and
/// returns.
using Serve = std::function<void(int listener, int control)>;

/// A server process of its own, on a port of the loopback interface.
class Server {
public:
    /// Starts it. \param serve what it does.
    explicit Server(const Serve& serve) {
        UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        socklen_t length = sizeof address_;
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address_), length) != 0 ||
            ::listen(listener.get(), SOMAXCONN) != 0 ||
            ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address_), &length) != 0) {
            throw std::system_error(errno, std::generic_category(), "listen");
        }
        pid_ = ::fork();
        if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
        if (pid_ == 0) {
            leave_the_test();
            control_.write_end.reset();
            serve(listener.get(), control_.read_end.get());
            ::_exit(0);
        }
    }
    ~Server() {
        // Only if nobody has waited for it.
        if (::waitid(P_PID, static_cast<id_t>(pid_), nullptr, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Asks it to end. Returns at once; `pid()` can then be waited for.
    void stop() { control_.write_end.reset(); }
    pid_t pid() const { return pid_; }                       ///< the server's process
    const sockaddr_in& address() const { return address_; }  ///< where it listens

private:
    Pipe control_;
    sockaddr_in address_{};
    pid_t pid_ = -1;
};

/// Connects. \param server to which.
inline UniqueFd connect_to(const Server& server) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* address = reinterpret_cast<const sockaddr*>(&server.address());
    if (::connect(socket.get(), address, sizeof server.address()) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect");
    }
    return socket;
}

/// Waits for the server's byte. \param socket connected.
inline void wait_for_byte(int socket) {
    if (!get_byte(socket)) throw std::runtime_error("the server closed without an answer");
}

/// Waits for the next client. \param listener a listening socket. \param control readable when the server
/// should end. \return none when it should.
inline UniqueFd next_client(int listener, int control) {
    for (;;) {
        pollfd wanted[2] = {{listener, POLLIN, 0}, {control, POLLIN, 0}};
        if (::poll(wanted, 2, -1) < 0) continue;
        if (wanted[1].revents != 0) return {};
        UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
        if (client) return client;
    }
}

/// Buries all children. \return when the last one has ended.
inline void wait_for_children() {
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

/// A process for each client. \param listener listening. \param control see Serve. \param work what the child
/// does before it answers.
inline void serve_by_fork(
    int listener, int control, const std::function<void()>& work = [] {}) {
    while (UniqueFd client = next_client(listener, control)) {
        if (::fork() == 0) {
            work();
            put_byte(client.get());
            ::_exit(0);
        }
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
    wait_for_children();
}

/// A thread for each client. \param listener listening. \param control see Serve.
inline void serve_by_thread(int listener, int control) {
    std::atomic<int> running = 0;
    while (UniqueFd client = next_client(listener, control)) {
        ++running;
        std::thread([&running, fd = client.release()] {
            put_byte(fd);
            ::close(fd);
            --running;
            running.notify_one();
        }).detach();
    }
    for (int left; (left = running.load()) != 0;) running.wait(left);
}

/// Four processes that are there before the clients come. \param listener listening. \param control see
/// Serve.
inline void serve_preforked(int listener, int control) {
    std::vector<pid_t> workers(4);
    for (pid_t& worker : workers) {
        if ((worker = ::fork()) != 0) continue;
        for (;;) {
            const UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
            if (client) put_byte(client.get());
        }
    }
    get_byte(control);
    for (const pid_t worker : workers) ::kill(worker, SIGTERM);
    wait_for_children();
}

/// Measures what connections to a server cost, one after the other. Afterwards the server has ended and is
/// buried. \param server just started. \param connections how many; odd.
Cost measure(Server& server, int connections);

}  // namespace forklore::exercise
