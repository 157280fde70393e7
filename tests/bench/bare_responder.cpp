// The limit: a program that forks for each client and answers PostgreSQL's protocol with canned bytes. It parses nothing,
// plans nothing and knows nobody; what a real server costs more than this is what its work costs.
//
//   bare_responder SOCKET-PATH
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

std::string number(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::uint32_t number_at(const char* p) {
    const auto* u = reinterpret_cast<const unsigned char*>(p);
    return std::uint32_t{u[0]} << 24 | std::uint32_t{u[1]} << 16 | std::uint32_t{u[2]} << 8 | u[3];
}

std::string message(char type, const std::string& body) {
    return type + number(static_cast<std::uint32_t>(body.size()) + 4) + body;
}

std::string greeting() {
    std::string out = message('R', number(0));
    const char* parameters[][2] = {{"application_name", ""}, {"client_encoding", "UTF8"}, {"DateStyle", "ISO, MDY"},
                                   {"default_transaction_read_only", "off"}, {"in_hot_standby", "off"}, {"integer_datetimes", "on"},
                                   {"IntervalStyle", "postgres"}, {"is_superuser", "on"}, {"server_encoding", "UTF8"},
                                   {"server_version", "15.0"}, {"session_authorization", "tester"},
                                   {"standard_conforming_strings", "on"}, {"TimeZone", "UTC"}};
    for (const auto& [name, value] : parameters) out += message('S', std::string(name) + '\0' + value + '\0');
    return out + message('K', number(1) + number(2)) + message('Z', "I");
}

const std::string ready = message('Z', "I");
const std::string description = message('T', std::string("\0\1?column?\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0", 29));
const std::string row = message('D', std::string("\0\1\0\0\0\1", 6) + "1");
const std::string complete = message('C', std::string("SELECT 1") + '\0');

bool send_all(int fd, const std::string& data) {
    std::size_t done = 0;
    while (done < data.size()) {
        const ssize_t n = send(fd, data.data() + done, data.size() - done, MSG_NOSIGNAL);
        if (n <= 0) return false;
        done += static_cast<std::size_t>(n);
    }
    return true;
}

void serve(int fd) {
    static const std::string hello = greeting();
    static char input[65536];
    std::size_t have = 0;
    bool started = false;
    std::string out;
    while (true) {
        const ssize_t n = recv(fd, input + have, sizeof input - have, 0);
        if (n <= 0) return;
        have += static_cast<std::size_t>(n);
        std::size_t at = 0;
        while (true) {
            const std::size_t head = started ? 5 : 4;
            if (have - at < head) break;
            const std::size_t size = number_at(input + at + head - 4) + head - 4;
            if (have - at < size) break;
            if (!started) {
                const bool encryption = size == 8;
                out += encryption ? "N" : hello;
                started = !encryption;
            } else {
                switch (input[at]) {
                    case 'Q': out += description + row + complete + ready; break;
                    case 'P': out += message('1', ""); break;
                    case 'B': out += message('2', ""); break;
                    case 'D': out += description; break;
                    case 'E': out += row + complete; break;
                    case 'S': out += ready; break;
                    default: return;
                }
            }
            at += size;
        }
        std::memmove(input, input + at, have - at);
        have -= at;
        if (!out.empty() && !send_all(fd, out)) return;
        out.clear();
    }
}

void reap(int) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {}
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: bare_responder SOCKET-PATH\n");
        return 2;
    }
    struct sigaction action {};
    action.sa_handler = reap;
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, nullptr);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    unlink(argv[1]);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 128) != 0) {
        std::perror("bare_responder");
        return 1;
    }
    while (true) {
        const int fd = accept(listener, nullptr, nullptr);
        if (fd < 0) continue;
        if (fork() == 0) {
            close(listener);
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
