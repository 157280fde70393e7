/// \file
/// Reading a protobuf message where it lies: the serialised form of libpg_query's tree.
///
/// libpg_query hands out its tree as bytes. Unpacking them with the protobuf library costs an allocation for every
/// node and kilobytes of stack for every level, more than the parser itself; reading them in place costs neither.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace forklore::wire {

/// One message: numbered fields, each perhaps several times. Absent fields read as zero, empty or no message.
class Message {
public:
    Message() = default;
    explicit Message(std::string_view bytes) : bytes_(bytes) {}  ///< \param bytes well-formed; must outlive this

    explicit operator bool() const { return bytes_.data() != nullptr; }  ///< whether it is there

    /// Calls f(number, value, bytes) for every field until it returns true. \param f the visitor
    template <typename F>
    void visit(F&& f) const {
        const char* at = bytes_.data();
        const char* const end = at + bytes_.size();
        while (at < end) {
            const std::uint64_t key = varint(at);
            std::uint64_t value = 0;
            std::string_view bytes;
            switch (key & 7) {
                case 0: value = varint(at); break;
                case 1: std::memcpy(&value, at, 8); at += 8; break;
                case 2: {
                    const std::uint64_t size = varint(at);
                    bytes = {at, static_cast<std::size_t>(size)};
                    at += size;
                    break;
                }
                default: std::memcpy(&value, at, 4); at += 4; break;
            }
            if (f(static_cast<std::uint32_t>(key >> 3), value, bytes)) return;
        }
    }

    /// A number, enumerator or bool. \param number of the field
    std::int64_t integer(std::uint32_t number) const {
        std::int64_t found = 0;
        visit([&](std::uint32_t n, std::uint64_t value, std::string_view) {
            if (n == number) found = static_cast<std::int64_t>(value);
            return n == number;
        });
        return found;
    }
    /// A 32-bit number. \param number of the field
    int int32(std::uint32_t number) const { return static_cast<int>(integer(number)); }
    /// Text, as bytes of the message. \param number of the field
    std::string_view text(std::uint32_t number) const {
        std::string_view found;
        visit([&](std::uint32_t n, std::uint64_t, std::string_view bytes) {
            if (n == number) found = bytes;
            return n == number;
        });
        return found;
    }
    /// A message within. \param number of the field
    Message message(std::uint32_t number) const { return Message(text(number)); }
    /// How often a field is there. \param number of the field
    std::size_t count(std::uint32_t number) const {
        std::size_t n = 0;
        each(number, [&](Message) { ++n; });
        return n;
    }
    /// Calls f(message) for each of a repeated field. \param number of the field \param f the visitor
    template <typename F>
    void each(std::uint32_t number, F&& f) const {
        visit([&](std::uint32_t n, std::uint64_t, std::string_view bytes) {
            if (n == number) f(Message(bytes));
            return false;
        });
    }
    /// The first field's number and message: how a oneof is taken apart. \param content set to the message
    std::uint32_t only(Message& content) const {
        std::uint32_t number = 0;
        visit([&](std::uint32_t n, std::uint64_t, std::string_view bytes) {
            number = n;
            content = Message(bytes);
            return true;
        });
        return number;
    }

private:
    friend class Repeated;
    static std::uint64_t varint(const char*& at) {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(*at++);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
    }
    std::string_view bytes_{};
};

/// Walks over a repeated field, as each() does, but as a loop of the caller's.
class Repeated {
public:
    /// \param from the message \param number of the field
    Repeated(Message from, std::uint32_t number) : rest_(from.bytes_), number_(number) {}
    /// Goes to the next one. \param to set to it \return false when there is none
    bool next(Message& to) {
        bool found = false;
        const char* end = rest_.data();
        Message(rest_).visit([&](std::uint32_t number, std::uint64_t, std::string_view bytes) {
            if (number != number_) return false;
            to = Message(bytes);
            end = bytes.data() + bytes.size();
            return found = true;
        });
        if (found) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return found;
    }

private:
    std::string_view rest_;
    std::uint32_t number_;
};

}  // namespace forklore::wire
