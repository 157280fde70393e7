/// \file
/// Settings of the query engine that do not belong to a type.
#pragma once

#include "base/settings.hpp"

namespace forklore {

/// Isolation levels, as the setting's values.
enum class Isolation : int { serializable, repeatable_read, read_committed, read_uncommitted };

/// Whether `\'` may stand for a quote, as the setting's values. No encoding that clients may use here is unsafe.
enum class BackslashQuote : int { off, on, safe_encoding };

/// \name The settings
/// \{
extern StringSetting search_path_setting;
extern BoolSetting standard_conforming_strings_setting;
extern EnumSetting backslash_quote_setting;
extern BoolSetting escape_string_warning_setting;
extern EnumSetting default_isolation_setting;
extern BoolSetting default_read_only_setting;
extern BoolSetting default_deferrable_setting;
extern EnumSetting isolation_setting;
extern BoolSetting read_only_setting;
extern BoolSetting deferrable_setting;
extern IntSetting work_mem_setting;
extern BoolSetting transform_null_equals_setting;
extern BoolSetting enable_hashjoin_setting;
/// \}

/// Adds them to the process's settings. Called once, before anything is read from a file.
void register_query_settings();

}  // namespace forklore
