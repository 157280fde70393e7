#include "connections/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "base/error.hpp"

namespace forklore {

//! [encoding-names]
namespace {
constexpr std::array<std::pair<std::string_view, Encoding>, 5> k_names{{{"utf8", Encoding::utf8},
                                                                        {"unicode", Encoding::utf8},
                                                                        {"latin1", Encoding::latin1},
                                                                        {"iso88591", Encoding::latin1},
                                                                        {"sqlascii", Encoding::sql_ascii}}};
}

std::optional<Encoding> find_encoding(std::string_view name) {
    std::string plain;
    for (const char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) plain += static_cast<char>(std::tolower(c));
    for (const auto& [known, encoding] : k_names)
        if (plain == known) return encoding;
    return {};
}

std::string_view encoding_name(Encoding encoding) {
    return encoding == Encoding::utf8 ? "UTF8" : encoding == Encoding::latin1 ? "LATIN1" : "SQL_ASCII";
}
//! [encoding-names]

//! [utf8-length]
namespace {

/// Length of the valid UTF-8 character at the start of a text, 0 if there is none. Overlong forms, surrogates
/// and code points above U+10FFFF are not valid (RFC 3629).
std::size_t character_length(std::string_view text) {
    auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const unsigned first = byte(0), second = byte(1);
    if (first < 0x80) return first == 0 ? 0 : 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned least = first == 0xE0 ? 0xA0 : 0x80, most = first == 0xED ? 0x9F : 0xBF;
        return second >= least && second <= most && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned least = first == 0xF0 ? 0x90 : 0x80, most = first == 0xF4 ? 0x8F : 0xBF;
        return second >= least && second <= most && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}
//! [utf8-length]

//! [invalid-bytes]
/// How many bytes a first byte announces, to show in the message as many as the client meant.
std::size_t announced_length(unsigned char first) {
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 1;
}

std::string hex_bytes(std::string_view bytes) {
    std::string text;
    for (const char c : bytes)
        text += fmt::format("{}0x{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
    return text;
}
}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        // Most texts are ASCII: eight bytes at a time while no byte has its top bit set and none is NUL.
        while (at + 8 <= text.size()) {
            std::uint64_t word;
            std::memcpy(&word, text.data() + at, sizeof word);
            const std::uint64_t zero = (word - 0x0101010101010101u) & ~word;
            if (((word | zero) & 0x8080808080808080u) != 0) break;
            at += 8;
        }
        if (at == text.size()) break;
        const std::size_t length = character_length(text.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::string_view::npos;
}
//! [invalid-bytes]

//! [to-server-encoding]
std::string_view to_server_encoding(std::string_view text, Encoding from, std::string& room) {
    if (from == Encoding::latin1) {
        room.clear();
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte == 0)
                throw Error(sqlstate::character_not_in_repertoire,
                            "invalid byte sequence for encoding \"LATIN1\": 0x00");
            if (byte < 0x80)
                room += c;
            else
                (room += static_cast<char>(0xC0 | byte >> 6)) += static_cast<char>(0x80 | (byte & 0x3F));
        }
        return room;
    }
    const std::size_t at = find_invalid_utf8(text);
    if (at == std::string_view::npos) return text;
    throw Error(sqlstate::character_not_in_repertoire, "invalid byte sequence for encoding \"UTF8\": {}",
                hex_bytes(text.substr(at, announced_length(static_cast<unsigned char>(text[at])))));
}
//! [to-server-encoding]

//! [to-client-encoding]
std::string_view to_client_encoding(std::string_view text, Encoding to, std::string& room) {
    const bool ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (to != Encoding::latin1 || ascii) return text;
    room.clear();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = std::max<std::size_t>(character_length(text.substr(at)), 1);
        const auto first = static_cast<unsigned char>(text[at]);
        if (length == 1)
            room += text[at];
        else if (length == 2 && first <= 0xC3)
            room += static_cast<char>((first & 0x03) << 6 | (text[at + 1] & 0x3F));
        else
            throw Error(sqlstate::untranslatable_character,
                        "character with byte sequence {} in encoding \"UTF8\" has no equivalent in encoding "
                        "\"LATIN1\"",
                        hex_bytes(text.substr(at, length)));
        at += length;
    }
    return room;
}
//! [to-client-encoding]

}  // namespace forklore
