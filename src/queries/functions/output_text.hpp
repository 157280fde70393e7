/// \file
/// A value of any type as text: the way it is printed, and the way a cast makes it.
#pragma once

#include <string_view>

#include "queries/registry.hpp"

namespace forklore {

/// What the type's output writes. \param context whose arena holds the result \param type of the value \param value not null
std::string_view output_text(EvalContext& context, const Type& type, const Datum& value);

/// What a cast to text gives: as above, but for bool (true, not t) and char(n) (without its blanks).
/// \param context whose arena holds the result \param type of the value \param value not null
std::string_view cast_to_text(EvalContext& context, const Type& type, const Datum& value);

}  // namespace forklore
