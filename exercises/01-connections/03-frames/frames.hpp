/// \file
/// The stream of a client, cut into messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forklore::exercise {

/// One message. The body is a view into the reader's buffer, valid until the next call of `add`.
struct Message {
    char type = 0;
    std::string_view body;
};

/// The longest body, in bytes, that a message of this type may have; -1 when there is no such type.
inline std::int32_t longest_body(char type) {
    switch (type) {
        case 'C':  // Close
        case 'D':  // Describe
        case 'E':  // Execute
        case 'H':  // Flush
        case 'S':  // Sync
        case 'X':  // Terminate
        case 'c':  // CopyDone
            return 10'000;
        case 'B':  // Bind
        case 'F':  // FunctionCall
        case 'P':  // Parse
        case 'Q':  // Query
        case 'd':  // CopyData
        case 'f':  // CopyFail
        case 'p':  // the password, or another step of authentication
            return 0x3fff'ffff;
        default: return -1;
    }
}

/// Collects bytes as they come and hands out whole messages.
class FrameReader {
public:
    /// Adds bytes that have just arrived. Views handed out before are no longer valid. \param bytes any
    /// number, copied.
    void add(std::string_view bytes);

    /// The next whole message, or none while a part of it is missing. Throws Fatal 08P01 for a header that
    /// cannot be.
    std::optional<Message> next();

    /// Whether bytes of an unfinished message are here.
    bool unfinished() const { return begin_ < buffer_.size(); }

private:
    std::string buffer_;
    std::size_t begin_ = 0;  // what lies before has been handed out
};

/// Reads until there is a message. \param fd a connected socket, blocking. \param frames of this client.
/// \return none when the client has closed between two messages. Throws Fatal 08P01.
std::optional<Message> read_message(int fd, FrameReader& frames);

}  // namespace forklore::exercise
