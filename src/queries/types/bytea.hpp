/// \file
/// Type bytea: a row of bytes.
#pragma once

#include "queries/declare.hpp"

namespace forklore {

using Bytea = BytesOf<k_bytea>;  ///< bytea

}  // namespace forklore
