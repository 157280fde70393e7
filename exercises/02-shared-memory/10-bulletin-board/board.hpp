/// \file
/// A layer with a board on which all sessions pin notes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connections/subsystem.hpp"

namespace forklore::exercise {

inline constexpr std::size_t k_notes = 8;           ///< that fit on the board
inline constexpr std::size_t k_longest_note = 100;  ///< bytes

/// A note, as a reader sees it.
struct Note {
    std::int64_t number;  ///< from 1, in the order in which they were pinned
    std::int32_t pid;     ///< of the process that pinned it
    std::string text;     ///< what it says
};

/// select pin('…'): pins a note, over the oldest one when there is no room. Throws Error 22001 when it is longer than k_longest_note.
/// \param text of the note. \return its number
std::int64_t pin(std::string_view text);

/// select * from board: all notes that hang there, the oldest first.
std::vector<Note> notes();

/// The layer, for the list in `main`.
std::unique_ptr<Subsystem> board_subsystem();

}  // namespace forklore::exercise
