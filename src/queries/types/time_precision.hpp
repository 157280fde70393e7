/// \file
/// Type modifiers of times, timestamps and intervals: the number of digits of the second.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace forklore {

/// Reads `timestamp(3)`'s 3. A precision above 6 becomes 6 with a warning. Throws Error 22023.
/// \param words what stood in the brackets \param title the type in capitals, for messages: `TIMESTAMP` \param suffix what follows the brackets there
std::int32_t read_time_precision(std::span<const std::string_view> words, std::string_view title, std::string_view suffix);

/// One of the numbers in a type modifier's brackets. Throws Error 22P02. \param word the number
std::int32_t read_modifier(std::string_view word);

/// Writes it: `(3)`. \param typmod the precision, or -1 \param suffix what follows \return the text
std::string write_time_precision(std::int32_t typmod, std::string_view suffix);

}  // namespace forklore
