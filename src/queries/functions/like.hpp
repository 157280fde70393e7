/// \file
/// LIKE: patterns with % for any text and _ for any character.
#pragma once

#include <string>
#include <string_view>

namespace forklore {

/// Whether a text matches a pattern; a backslash takes its meaning from the next character.
/// Throws Error 22025 when the pattern ends in an escape. Time is at most the product of the lengths.
/// \param text any text \param pattern a pattern \param bytes whether _ stands for a byte instead of a character
bool like_matches(std::string_view text, std::string_view pattern, bool bytes = false);

/// A pattern whose escape character is another one, rewritten to use the backslash. Throws Error 22025.
/// \param pattern a pattern \param escape one character, or none to have no escapes
/// \param bytes whether the escape is a byte instead of a character
std::string like_with_backslash(std::string_view pattern, std::string_view escape, bool bytes = false);

}  // namespace forklore
