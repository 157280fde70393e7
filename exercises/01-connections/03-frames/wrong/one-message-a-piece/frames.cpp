// Takes what one read brought for one message.
#include "frames.hpp"

#include <cerrno>

#include "base/error.hpp"
#include "base/syscalls.hpp"

namespace forklore::exercise {

namespace {

constexpr std::size_t k_header = 5;        // type and length
constexpr std::int32_t k_length_word = 4;  // the part of the header that the length counts
constexpr std::size_t k_piece = 8'192;     // read at once

std::int32_t read_int32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int32_t>(value);
}

}  // namespace

void FrameReader::add(std::string_view bytes) {
    // Usually everything has been handed out, and this costs nothing.
    if (begin_ > 0) buffer_.clear();
    begin_ = 0;
    buffer_.append(bytes);
}

std::optional<Message> FrameReader::next() {
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    if (rest.size() < k_header) return {};

    const char type = rest[0];
    const std::int32_t length = read_int32(rest.substr(1, 4));
    const std::int32_t longest = longest_body(type);
    if (longest < 0) {
        throw Fatal(sqlstate::protocol_violation, "invalid frontend message type {}",
                    static_cast<unsigned char>(type));
    }
    // In this order: a length below 4 must not be subtracted from.
    if (length < k_length_word || length - k_length_word > longest) {
        throw Fatal(sqlstate::protocol_violation, "invalid message length");
    }

    const std::size_t whole = 1 + static_cast<std::size_t>(length);
    if (rest.size() < whole) return {};
    begin_ += whole;
    return Message{type, rest.substr(k_header, whole - k_header)};
}

std::optional<Message> read_message(int fd, FrameReader& frames) {
    for (;;) {
        char piece[k_piece];
        const ssize_t got = sys::recv(fd, piece, sizeof piece, 0);
        if (got > 0) {
            frames.add({piece, static_cast<std::size_t>(got)});
            if (const std::optional<Message> message = frames.next()) return message;
        } else if (got == 0 || errno != EINTR) {
            if (!frames.unfinished()) return {};
            throw Fatal(sqlstate::protocol_violation, "incomplete message from client");
        }
    }
}

}  // namespace forklore::exercise
