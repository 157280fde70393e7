/// \file
/// Bytes as text: hexadecimal, base64, and text with escapes. Each reader throws Error 22023 or 22P02 on what it
/// cannot read.
#pragma once

#include <string_view>

#include "base/arena.hpp"

namespace forklore {

/// \name Encoders and decoders
/// Results live in the arena.
/// \param arena where the result lives \param bytes what to write \param text what to read
/// \{
std::string_view hex_encode(Arena& arena, std::string_view bytes);
std::string_view hex_decode(Arena& arena, std::string_view text);     ///< white space between bytes is skipped
std::string_view base64_encode(Arena& arena, std::string_view bytes); ///< lines of 76 characters
std::string_view base64_decode(Arena& arena, std::string_view text);  ///< white space is skipped
std::string_view escape_encode(Arena& arena, std::string_view bytes); ///< zero and non-ASCII bytes as a backslash and three octal digits, backslashes doubled
std::string_view escape_decode(Arena& arena, std::string_view text);
/// \}

/// Whether two ASCII words are the same but for case. \param a any text \param b any text
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

/// A byte as two hexadecimal digits. \param byte the byte \param to room for two
inline void put_hex(unsigned char byte, char* to) {
    to[0] = "0123456789abcdef"[byte >> 4];
    to[1] = "0123456789abcdef"[byte & 15];
}

}  // namespace forklore
