/// \file
/// Settings that decide how values become text.
#pragma once

#include "base/settings.hpp"

namespace forklore {

/// How bytea is written; it is read in either form.
enum class ByteaOutput { escape, hex };

extern IntSetting extra_float_digits;  ///< above 0: shortest exact text of floats; else so many digits fewer than 15 (6)
extern EnumSetting bytea_output;       ///< a ByteaOutput

/// Adds these settings to the process's registry. Call it once, before settings are read.
void define_type_settings();

}  // namespace forklore
