// Connects, waits for ReadyForQuery, says goodbye and connects again, so many clients at once, for so long:
//
//   connect_storm SOCKET-PATH USER CLIENTS SECONDS
//
// and prints `connections seconds median-milliseconds`. One process, one thread, no library: it costs little beside the server.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Client {
    int fd = -1;
    Clock::time_point began{};
    std::string answer{};
};

std::string startup_packet(const std::string& user) {
    std::string body("\0\3\0\0", 4);
    for (const std::string& text : {std::string("user"), user, std::string("database"), std::string("postgres")}) body += text + '\0';
    body += '\0';
    const auto size = static_cast<std::uint32_t>(body.size() + 4);
    return std::string{static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)} + body;
}

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "connect_storm: %s\n", what.c_str());
    std::exit(1);
}

void open(Client& c, const sockaddr_un& address, const std::string& hello) {
    c.began = Clock::now();
    c.answer.clear();
    c.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (c.fd < 0) fail(std::strerror(errno));
    if (connect(c.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(std::strerror(errno));
    if (send(c.fd, hello.data(), hello.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(hello.size())) fail("the server does not take the first packet");
}

/// Whether the answer ends with ReadyForQuery; ends the program at an error.
bool ready(const std::string& answer) {
    std::size_t at = 0;
    while (answer.size() - at >= 5) {
        std::uint32_t size = 0;
        for (std::size_t i = 1; i <= 4; ++i) size = size << 8 | static_cast<unsigned char>(answer[at + i]);
        if (answer[at] == 'E') fail("the server says: " + answer.substr(at));
        if (answer[at] == 'Z') return true;
        at += size + 1;
        if (at > answer.size()) return false;
    }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: connect_storm SOCKET-PATH USER CLIENTS SECONDS\n");
        return 2;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    const std::string hello = startup_packet(argv[2]);
    const std::string goodbye("X\0\0\0\4", 5);
    std::vector<Client> clients(static_cast<std::size_t>(std::atoi(argv[3])));
    const auto began = Clock::now();
    const auto end = began + std::chrono::duration<double>(std::atof(argv[4]));
    std::vector<double> milliseconds;
    for (Client& c : clients) open(c, address, hello);
    std::vector<pollfd> waiting(clients.size());
    while (Clock::now() < end) {
        for (std::size_t i = 0; i < clients.size(); ++i) waiting[i] = {clients[i].fd, POLLIN, 0};
        if (poll(waiting.data(), waiting.size(), 10'000) <= 0) fail("no answer for ten seconds");
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if (waiting[i].revents == 0) continue;
            Client& c = clients[i];
            char data[4096];
            const ssize_t n = recv(c.fd, data, sizeof data, 0);
            if (n <= 0) fail("the server hung up");
            c.answer.append(data, static_cast<std::size_t>(n));
            if (!ready(c.answer)) continue;
            milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - c.began).count());
            send(c.fd, goodbye.data(), goodbye.size(), MSG_NOSIGNAL);
            close(c.fd);
            open(c, address, hello);
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (milliseconds.empty()) fail("not one connection in that time");
    const auto middle = milliseconds.begin() + static_cast<std::ptrdiff_t>(milliseconds.size() / 2);
    std::nth_element(milliseconds.begin(), middle, milliseconds.end());
    std::printf("%zu %.3f %.3f\n", milliseconds.size(), seconds, *middle);
}
