// Sessions that listen to one channel, others that listen elsewhere, and notifiers that tell the one channel something, again and again:
//
//   notify_storm SOCKET-PATH USER LISTENERS ELSEWHERE NOTIFIERS AHEAD SECONDS
//
// Each notifier sends up to AHEAD statements before the server has answered the first of them. With one, all processes wait for one another in
// turn, and that shows how long a notification takes; with more, the server is never without work, and that shows how many it delivers. The program
// prints `told delivered seconds median-milliseconds 99th-percentile-milliseconds`: from a notifier's statement to a listener's
// receipt. The seconds end when everything has been delivered. One process, one thread, no library: it costs little beside the server.
#include <sys/epoll.h>
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
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "notify_storm: %s\n", what.c_str());
    std::exit(1);
}

std::string number(std::size_t n) {
    return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::int64_t now_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count(); }

// A session over the simple protocol.
struct Client {
    int fd = -1;
    std::string in{};
    std::uint64_t asked = 0, answered = 0;  // statements
    std::uint64_t received = 0;  // notifications

    Client(const sockaddr_un& address, const std::string& user) {
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(std::strerror(errno));
        std::string body("\0\3\0\0", 4);
        for (const std::string& text : {std::string("user"), user, std::string("database"), std::string("postgres")}) body += text + '\0';
        body += '\0';
        ++asked;
        send_all(number(body.size() + 4) + body);
        wait_until_ready();
    }
    void send_all(const std::string& bytes) {
        if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) fail("the server does not read");
    }
    void query(const std::string& text) {
        ++asked;
        send_all('Q' + number(text.size() + 5) + text + '\0');
    }
    void wait_until_ready() {
        std::vector<double> nobody;
        while (answered < asked) receive(nobody);
    }
    void receive(std::vector<double>& milliseconds) {
        char data[65536];
        const ssize_t n = recv(fd, data, sizeof data, 0);
        if (n <= 0) fail("the server hung up");
        in.append(data, static_cast<std::size_t>(n));
        std::string_view left = in;
        while (left.size() >= 5) {
            std::uint32_t size = 0;
            for (std::size_t i = 1; i <= 4; ++i) size = size << 8 | static_cast<unsigned char>(left[i]);
            if (left.size() < size + 1) break;
            if (left[0] == 'E') fail("the server says: " + std::string(left.substr(0, size)));
            if (left[0] == 'Z') ++answered;
            if (left[0] == 'A') {
                ++received;
                const char* const payload = left.data() + 9 + std::strlen(left.data() + 9) + 1;
                milliseconds.push_back(static_cast<double>(now_ns() - std::atoll(payload)) / 1e6);
            }
            left.remove_prefix(size + 1);
        }
        in.erase(0, in.size() - left.size());
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        std::fprintf(stderr, "usage: notify_storm SOCKET-PATH USER LISTENERS ELSEWHERE NOTIFIERS AHEAD SECONDS\n");
        return 2;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    const std::size_t listeners = std::strtoul(argv[3], nullptr, 10), elsewhere = std::strtoul(argv[4], nullptr, 10),
                      notifiers = std::strtoul(argv[5], nullptr, 10), ahead = std::strtoul(argv[6], nullptr, 10);
    std::vector<Client> clients;  // listeners first, then those elsewhere, then the notifiers
    clients.reserve(listeners + elsewhere + notifiers);
    const int epoll = epoll_create1(0);
    for (std::size_t i = 0; i < listeners + elsewhere + notifiers; ++i) {
        Client& c = clients.emplace_back(address, argv[2]);
        if (i < listeners + elsewhere) {
            c.query(i < listeners ? "listen c" : "listen elsewhere_" + std::to_string(i));
            c.wait_until_ready();
        }
        epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, c.fd, &event);
    }
    std::vector<double> milliseconds;
    std::uint64_t told = 0;
    const auto tell = [&](Client& c) {
        c.query("notify c, '" + std::to_string(now_ns()) + "'");
        ++told;
    };
    const auto began = Clock::now(), end = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(argv[7])));
    const auto tell_ahead = [&](Client& c) {
        while (c.asked - c.answered < ahead) tell(c);
    };
    for (std::size_t i = listeners + elsewhere; i < clients.size(); ++i) tell_ahead(clients[i]);
    const auto delivered = [&] {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < listeners; ++i) sum += clients[i].received;
        return sum;
    };
    for (bool over = false; !over || delivered() < told * listeners;) {
        epoll_event events[256];
        const int n = epoll_wait(epoll, events, 256, 30'000);
        if (n <= 0) fail("nothing for thirty seconds");
        over = over || Clock::now() >= end;
        for (int i = 0; i < n; ++i) {
            Client& c = clients[events[i].data.u64];
            c.receive(milliseconds);
            if (events[i].data.u64 >= listeners + elsewhere && !over) tell_ahead(c);
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const auto at = [&](double part) {
        const auto place = milliseconds.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(milliseconds.size() - 1) * part);
        std::nth_element(milliseconds.begin(), place, milliseconds.end());
        return *place;
    };
    if (milliseconds.empty()) fail("nothing was delivered");
    std::printf("%llu %zu %.3f %.3f %.3f\n", static_cast<unsigned long long>(told), milliseconds.size(), seconds, at(0.5), at(0.99));
}
