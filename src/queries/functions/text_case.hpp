/// \file
/// Upper and lower case of all of Unicode, as the locale C.UTF-8 has it.
#pragma once

#include <string_view>

#include "base/arena.hpp"

namespace forklore {

/// \name Case of a character
/// \param c a code point
/// \{
char32_t to_upper(char32_t c);
char32_t to_lower(char32_t c);
bool is_alphanumeric(char32_t c);
/// \}

/// \name Case of a text
/// Each character becomes one character.
/// \param arena where the result lives \param text any text
/// \{
std::string_view upper(Arena& arena, std::string_view text);
std::string_view lower(Arena& arena, std::string_view text);
std::string_view initcap(Arena& arena, std::string_view text);  ///< words begin in upper case and go on in lower case
/// \}

}  // namespace forklore
