/// \file
/// Type bool.
#pragma once

#include <optional>
#include <string_view>

namespace forklore {

/// Reads a truth value as SQL spells it: true, false, yes, no, on, off, 1, 0 or a beginning of one that fits only one,
/// in any case. \param text without white space around it \return none when it is none of them
std::optional<bool> parse_boolean(std::string_view text);

/// Without the white space that C's isspace knows, at both ends. \param text any text \return a view of it
std::string_view trim_space(std::string_view text);

}  // namespace forklore
