// libFuzzer on the first code that a stranger's bytes meet: the start-up packet, the reader of messages, and the taking
// apart of each body. The stream is the server's own; only the line below it is made of the input.
//
// Recorded sessions (corpus/) are the beginnings. How small the pieces are in which an input arrives follows from its length.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "connections/client_stream.hpp"
#include "connections/encoding.hpp"
#include "connections/messages.hpp"
#include "connections/startup_packet.hpp"

namespace {

using namespace forklore;

/// A line on which the input arrives, piece by piece, and answers are lost.
class InputTransport : public Transport {
public:
    InputTransport(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}

    ssize_t read(char* to, std::size_t size) override {
        const std::size_t n = std::min({size, piece_, input_.size()});
        std::memcpy(to, input_.data(), n);
        input_.remove_prefix(n);
        return static_cast<ssize_t>(n);
    }
    ssize_t write(const char*, std::size_t size) override { return static_cast<ssize_t>(size); }
    std::uint32_t wants() const override { return k_readable; }
    bool has_buffered_input() const override { return true; }

private:
    std::string_view input_;
    std::size_t piece_;
};

/// What each message's fields are, as the protocol has it; results are thrown away.
void take_apart(const Message& message) {
    ByteReader reader(message.body);
    std::string room;
    const auto text = [&] { to_server_encoding(reader.get_cstring(), Encoding::utf8, room); };
    const auto numbers = [&] {
        for (int n = reader.get<std::uint16_t>(); n > 0; --n) reader.get<std::int16_t>();
    };
    switch (message.type) {
        case 'Q': text(); break;
        case 'P':
            text();
            text();
            for (int n = reader.get<std::uint16_t>(); n > 0; --n) reader.get<std::uint32_t>();
            break;
        case 'B':
            text();
            text();
            numbers();
            for (int n = reader.get<std::uint16_t>(); n > 0; --n) {
                const auto length = reader.get<std::int32_t>();
                if (length >= 0) reader.take(static_cast<std::size_t>(length));
            }
            numbers();
            break;
        case 'D':
        case 'C':
            reader.get<char>();
            text();
            break;
        case 'E':
            text();
            reader.get<std::int32_t>();
            break;
        default: break;
    }
}

/// The packet before the messages. Returns how much of the input it took, or nothing if it is no packet.
std::size_t start_up(std::string_view input) {
    if (input.size() < 8) return 0;
    ByteReader reader(input);
    const auto length = reader.get<std::int32_t>();
    if (length < k_shortest_startup_packet || length > k_longest_startup_packet || static_cast<std::size_t>(length) > input.size()) return 0;
    const auto version = reader.get<std::int32_t>();
    try {
        parse_startup_packet(version, input.substr(8, static_cast<std::size_t>(length) - 8));
    } catch (const Error&) {
    }
    return static_cast<std::size_t>(length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t piece = size % 3 == 0 ? 1 + size % 32 : 65536;
    input.remove_prefix(start_up(input));
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) != 0) return 0;
    const UniqueFd other(sockets[1]);
    ClientStream stream{UniqueFd(sockets[0])};
    stream.use(std::make_unique<InputTransport>(input, piece));
    try {
        while (true) {
            const Message message = read_message(stream);
            if (message.type == 0) break;
            try {
                take_apart(message);
            } catch (const Error& e) {
                write_report(stream.out(), e.report(), Encoding::utf8);
            }
            stream.flush_if_large();
        }
    } catch (const Error&) {    // a message that ends the session
    }
    return 0;
}
