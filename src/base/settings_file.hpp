/// \file
/// The settings file: lines of `name = 'value'` in PostgreSQL's syntax.
///
/// Counterpart in PostgreSQL: guc-file.l.
#pragma once

#include <string>
#include <vector>

namespace forklore {

/// What a settings file holds: one line `name = 'value'` (the equals sign is optional) with its place.
struct SettingLine {
    std::string name;   ///< as written
    std::string value;  ///< without its quotes
    std::string file;   ///< path of the file
    int line = 0;       ///< from 1
};

/// Reads a settings file, following include, include_if_exists and include_dir.
/// Throws Error naming file and line when it cannot be read (58P01, 42501, …) or understood (42601).
/// \param path the file.
/// \return its lines in order.
std::vector<SettingLine> read_settings_file(const std::string& path);

}  // namespace forklore
