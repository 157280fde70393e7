/// \file
/// Cryptographic digests, by libmd.
#pragma once

#include <string_view>

#include "base/arena.hpp"

namespace forklore {

/// \name Digests
/// \param arena where the result lives \param bytes what to digest \return the digest's bytes
/// \{
std::string_view md5_hex(Arena& arena, std::string_view bytes);  ///< as 32 hexadecimal digits
std::string_view sha224(Arena& arena, std::string_view bytes);
std::string_view sha256(Arena& arena, std::string_view bytes);
std::string_view sha384(Arena& arena, std::string_view bytes);
std::string_view sha512(Arena& arena, std::string_view bytes);
/// \}

}  // namespace forklore
