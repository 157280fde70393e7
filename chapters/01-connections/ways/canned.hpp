/// \file
/// What the four programs in this folder say to their clients: as much of the protocol as psql needs. Every
/// query is answered with the same row, except two: `work` computes without end, `crash` breaks the program.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace ways {

inline std::string int32(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

inline std::string message(char type, const std::string& body) {
    return type + int32(static_cast<std::uint32_t>(body.size()) + 4) + body;
}

inline std::string ready() { return message('Z', "I"); }

inline std::string one_row(const std::string& value) {
    using namespace std::string_literals;
    return message('T', "\0\1answer\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"s) +
           message('D', "\0\1"s + int32(static_cast<std::uint32_t>(value.size())) + value) +
           message('C', "SELECT 1\0"s);
}

inline std::string answer_to(std::string_view query) {
    if (query.starts_with("crash")) std::abort();
    for (volatile bool work = query.starts_with("work"); work;) continue;
    return one_row("hello") + ready();
}

/// One client's side of the story so far. It never waits: it is given what has arrived.
class Talk {
public:
    /// Takes bytes, whole messages or not, and says what to answer.
    std::string hear(std::string_view bytes) {
        heard_ += bytes;
        std::string answer;
        while (!over_) {
            const std::size_t header = started_ ? 5 : 4;  // the first packet has no type
            if (heard_.size() < header) break;
            std::uint32_t length = 0;
            for (std::size_t i = header - 4; i < header; ++i)
                length = length << 8 | static_cast<unsigned char>(heard_[i]);
            if (heard_.size() < header - 4 + length) break;
            const std::string body = heard_.substr(header, length - 4);
            if (!started_)
                answer += message('R', int32(0)) + ready(), started_ = true;
            else if (heard_[0] == 'Q')
                answer += answer_to(body);
            else
                over_ = true;
            heard_.erase(0, header - 4 + length);
        }
        return answer;
    }

    bool over() const { return over_; }

private:
    std::string heard_;
    bool started_ = false, over_ = false;
};

/// A Unix socket that listens; ends the program if there can be none.
inline int listen_at(int argc, char** argv) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (argc != 2 || std::strlen(argv[1]) >= sizeof address.sun_path) {
        std::fprintf(stderr, "usage: %s SOCKET-PATH\n", argv[0]);
        std::exit(2);
    }
    std::strcpy(address.sun_path, argv[1]);
    unlink(argv[1]);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, 128) != 0) {
        std::perror(argv[1]);
        std::exit(1);
    }
    return listener;
}

//! [serve]
/// Serves one client to its end, waiting for it as long as it takes.
inline void serve(int client) {
    Talk talk;
    char bytes[4096];
    while (!talk.over()) {
        const ssize_t got = recv(client, bytes, sizeof bytes, 0);
        if (got <= 0) break;
        const std::string answer = talk.hear({bytes, static_cast<std::size_t>(got)});
        if (!answer.empty()) send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    close(client);
}
//! [serve]

}  // namespace ways
