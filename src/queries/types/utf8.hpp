/// \file
/// UTF-8, the encoding of all text inside the server: counting, finding and changing characters. Text is valid by the
/// time it gets here; nothing below reads past the end of one that is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace forklore {

/// Bytes of the character that a first byte announces. \param first the byte \return 1 to 4
constexpr std::size_t utf8_length(char first) {
    auto byte = static_cast<unsigned char>(first);
    return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// Throws Error 22021 `invalid byte sequence for encoding "UTF8": 0xff` unless the text is valid and without NUL.
/// \param text bytes from outside
void utf8_check(std::string_view text);

/// Number of characters. \param text any text
std::size_t utf8_count(std::string_view text);

/// Where the n-th character begins. \param text any text \param n counted from 0
/// \return its offset in bytes; the size of the text when it has n characters or fewer
std::size_t utf8_offset(std::string_view text, std::size_t n);

/// Where the n-th character from the end begins. \param text any text \param n 1 is the last character
/// \return its offset in bytes; 0 when the text has n characters or fewer
std::size_t utf8_offset_from_end(std::string_view text, std::size_t n);

/// Takes the first character off. \param text not empty; loses it \return its code point
char32_t utf8_take(std::string_view& text);

/// Writes a character. \param code_point at most 0x10ffff \param to room for four bytes \return bytes written
std::size_t utf8_put(char32_t code_point, char* to);

/// The longest beginning of at most so many bytes that ends with a whole character.
/// \param text any text \param bytes limit \return a view of it
std::string_view utf8_clip(std::string_view text, std::size_t bytes);

}  // namespace forklore
