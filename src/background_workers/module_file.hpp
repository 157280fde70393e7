/// \file
/// A library's file: where it is looked for, and what it says of itself before it is loaded.
///
/// Counterpart in PostgreSQL: expand_dynamic_library_name and find_in_dynamic_libpath (dfmgr.c).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "background_workers/module_block.hpp"

namespace forklore {

//! [module-file]
/// The directory that `$libdir` stands for: `lib/forklore` beside the directory of an installed server, and `modules` in the build tree
/// of one that was not installed.
const std::string& library_directory();

/// The file that a name means. A name without a slash is looked for along `dynamic_library_path`, any other is a path, which may begin
/// with `$libdir`; where there is no file of the name, one with `.so` behind it will do. Throws Error 42602 when `$` begins anything
/// else or the search path is bad. \param name as somebody wrote it \return a path; the name as it is when there is no such file
std::string find_library(std::string_view name);

/// Reads the block of a library, without running anything of it. Throws Error 58P01 and its like when the file cannot be read, XX000
/// when it is a library that has none. \param path of the file \return none when it is no library: the loader will say what is wrong
std::optional<ModuleBlock> read_module_block(const std::string& path);

/// Throws Error XX000, with both versions, unless this server can load such a module. \param path for the message \param block what it
/// says of itself
void require_same_abi(const std::string& path, const ModuleBlock& block);
//! [module-file]

}  // namespace forklore
