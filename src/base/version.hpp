/// \file
/// Who this server says it is. Clients choose their catalogue queries by PostgreSQL's version, so that is what
/// stands first; ours stands behind it.
#pragma once

#include <string_view>

namespace forklore {

/// Of Forklore.
inline constexpr std::string_view k_forklore_version = "0.1";

/// Of the PostgreSQL whose behaviour is reproduced.
inline constexpr std::string_view k_postgres_version = "15.20";

/// The setting `server_version_num`: the same as one number.
inline constexpr int k_postgres_version_number = 150020;

/// The setting `server_version`.
inline constexpr std::string_view k_server_version = "15.20 (Forklore 0.1)";

}  // namespace forklore
