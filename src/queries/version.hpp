/// \file
/// What the server says it is.
#pragma once

#include <string_view>

namespace forklore {

inline constexpr std::string_view k_version = "0.1";                        ///< of Forklore
inline constexpr std::string_view k_postgres_version = "15.20";             ///< whose behaviour it follows; clients choose their catalogue queries by it
inline constexpr int k_postgres_version_number = 150020;                    ///< the same as a number
inline constexpr std::string_view k_server_version = "15.20 (Forklore 0.1)"; ///< the setting `server_version`

}  // namespace forklore
