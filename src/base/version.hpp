/// \file
/// Who this server says it is. Clients choose their queries by the first number, so it is the PostgreSQL
/// version whose behaviour is reproduced; ours stands behind it.
#pragma once

#include <string_view>

namespace forklore {

inline constexpr std::string_view k_forklore_version = "0.1";                ///< our own
inline constexpr std::string_view k_server_version = "15.0 (Forklore 0.1)";  ///< the setting server_version
inline constexpr int k_server_version_num = 150000;  ///< the setting server_version_num

}  // namespace forklore
