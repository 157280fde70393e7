/// \file
/// The settings file: lines of `name = 'value'` in PostgreSQL's syntax.
///
/// Counterpart in PostgreSQL: guc-file.l.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace forklore {

/// What a settings file holds: one line `name = 'value'` (the equals sign is optional) with its place.
struct SettingLine {
    std::string name;   ///< as written
    std::string value;  ///< without its quotes
    std::string file;   ///< path of the file
    int line = 0;       ///< from 1
};

/// What reading a settings file gave.
struct SettingsFile {
    std::vector<SettingLine> lines;  ///< those that were understood, in order, with those of included files
    std::vector<Error> errors;  ///< a file that cannot be read (58P01, 42501, …), a line that is none (42601)
    std::vector<std::string> missing;  ///< files of include_if_exists that do not exist
};

/// Reads a settings file, following include, include_if_exists and include_dir. Goes on after a mistake, so
/// that an operator sees all of them at once.
/// \param path the file.
SettingsFile read_settings_file(const std::string& path);

}  // namespace forklore
