/// \file
/// Integers of 128 bits, which every 64-bit compiler has but the standard does not name.
#pragma once

namespace forklore {

__extension__ using Int128 = __int128;            ///< signed
__extension__ using Uint128 = unsigned __int128;  ///< unsigned

}  // namespace forklore
