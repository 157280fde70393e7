/// \file
/// The settings of this layer. Each is described where it is defined, in words that `pg_settings` shows.
#pragma once

#include <cstddef>

#include "base/settings.hpp"

namespace forklore {

/// Whether the segment shall lie in huge pages.
enum class HugePages : int { off, on, attempt };

namespace setting {

/// \name How shared memory is made
/// \{
extern EnumSetting huge_pages;
extern IntSetting huge_page_size;
extern IntSetting shared_memory_size;
extern IntSetting shared_memory_size_in_huge_pages;
/// \}
/// \name What sessions tell of themselves
/// \{
extern BoolSetting track_activities;
extern IntSetting track_activity_query_size;
/// \}

}  // namespace setting

/// Adds all of them. \param to the process's registry.
void define_shared_memory_settings(Settings& to);

/// Size of a huge page by the setting, or else by the kernel's default. \return bytes; 0: there are none here.
std::size_t huge_page_bytes();

/// Lets the settings that tell the segment's size tell it. \param bytes of the segment.
void show_segment_size(std::size_t bytes);

}  // namespace forklore
