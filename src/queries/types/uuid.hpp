/// \file
/// Type uuid: sixteen bytes.
#pragma once

#include <array>
#include <string_view>

#include "queries/declare.hpp"

namespace forklore {

using Uuid = BytesOf<k_uuid>;  ///< uuid

/// Bytes of a uuid.
inline constexpr std::size_t k_uuid_size = 16;

/// Reads a uuid: 32 hexadecimal digits, with a dash allowed after every four, all in braces or not.
/// Throws Error 22P02. \param text the input \return its bytes
std::array<char, k_uuid_size> parse_uuid(std::string_view text);

}  // namespace forklore
