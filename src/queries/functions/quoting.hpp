/// \file
/// Text as a part of an SQL statement.
#pragma once

#include <string>
#include <string_view>

namespace forklore {

/// An identifier, in double quotes unless it stands for itself without them. \param name any text
std::string quote_identifier(std::string_view name);

/// A string constant in quotes; with backslashes it becomes an E'…' one. \param text any text
std::string quote_literal(std::string_view text);

}  // namespace forklore
