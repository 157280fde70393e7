/// \file
/// SIMILAR TO: the SQL standard's own regular expressions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace forklore {

/// A regular expression that matches what the SQL pattern does. Throws Error 22025 or 2200C.
/// \param pattern an SQL pattern \param escape one character, or empty for no escapes; none for the backslash
std::string similar_to_regex(std::string_view pattern, std::optional<std::string_view> escape = {});

}  // namespace forklore
