/// \file
/// Identifiers as SQL writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forklore {

inline constexpr std::size_t k_max_identifier = 63;  ///< bytes of a name; longer ones are cut (PostgreSQL's NAMEDATALEN - 1)

/// Splits a comma-separated list of identifiers, folding what is not quoted. \param list as written \param to the names
/// \return false when it is malformed
bool split_identifiers(std::string_view list, std::vector<std::string>& to);

/// The longest beginning of at most so many bytes that does not cut a character. \param text UTF-8 \param bytes at most
std::string_view clip(std::string_view text, std::size_t bytes);

}  // namespace forklore
