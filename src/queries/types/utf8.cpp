#include "queries/types/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace forklore {

namespace {
constexpr bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Bytes of the valid character that a text begins with; 0 when it begins with none.
std::size_t valid_character(std::string_view text) {
    auto first = static_cast<unsigned char>(text[0]);
    if (first == 0) return 0;
    if (first < 0x80) return 1;
    // c0, c1 and f5 and above would be too long or beyond 0x10ffff; the second byte's range rules out the rest of these.
    if (first < 0xc2 || first > 0xf4) return 0;
    std::size_t length = utf8_length(text[0]);
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!continues(text[i])) return 0;
    auto second = static_cast<unsigned char>(text[1]);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
        (first == 0xf4 && second > 0x8f))
        return 0;
    return length;
}

}  // namespace

void utf8_check(std::string_view text) {
    while (!text.empty()) {
        // Eight plain characters at a time: no byte has its top bit set, and none is zero.
        while (text.size() >= 8) {
            std::uint64_t word;
            std::memcpy(&word, text.data(), 8);
            constexpr std::uint64_t k_tops = 0x8080808080808080, k_ones = 0x0101010101010101;
            if ((word & k_tops) != 0 || ((word - k_ones) & ~word & k_tops) != 0) break;
            text.remove_prefix(8);
        }
        if (text.empty()) return;
        std::size_t length = valid_character(text);
        if (length == 0) {
            std::string bytes;
            for (char c : text.substr(0, utf8_length(text[0])))
                bytes += fmt::format("{}0x{:02x}", bytes.empty() ? "" : " ", static_cast<unsigned char>(c));
            throw Error(sqlstate::character_not_in_repertoire, "invalid byte sequence for encoding \"UTF8\": {}", bytes);
        }
        text.remove_prefix(length);
    }
}

std::size_t utf8_count(std::string_view text) {
    // Every byte but those that continue a character begins one. The compiler makes a vector loop of this.
    std::size_t count = 0;
    for (char c : text) count += !continues(c);
    return count;
}

std::size_t utf8_offset(std::string_view text, std::size_t n) {
    std::size_t at = 0;
    for (; n > 0 && at < text.size(); --n) at += utf8_length(text[at]);
    return std::min(at, text.size());
}

std::size_t utf8_offset_from_end(std::string_view text, std::size_t n) {
    std::size_t at = text.size();
    for (; n > 0 && at > 0; --n)
        do --at;
        while (at > 0 && continues(text[at]));
    return at;
}

char32_t utf8_take(std::string_view& text) {
    auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    std::size_t length = std::min(utf8_length(text[0]), text.size());
    char32_t result = byte(0);
    if (length > 1) result &= 0xff >> (length + 1);
    for (std::size_t i = 1; i < length; ++i) result = result << 6 | (byte(i) & 0x3f);
    text.remove_prefix(length);
    return result;
}

std::size_t utf8_put(char32_t c, char* to) {
    if (c < 0x80) {
        to[0] = static_cast<char>(c);
        return 1;
    }
    std::size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (std::size_t i = length - 1; i > 0; --i, c >>= 6) to[i] = static_cast<char>(0x80 | (c & 0x3f));
    to[0] = static_cast<char>((0xf00 >> length & 0xff) | c);
    return length;
}

std::string_view utf8_clip(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && continues(text[bytes])) --bytes;
    return text.substr(0, bytes);
}

}  // namespace forklore
