/// \file
/// What a process tells of itself, for others to read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "shared_word.hpp"

namespace forklore::exercise {

/// What a session is doing: four words that belong together.
using Activity = std::array<std::uint64_t, 4>;

/// A reader looks so often at a record that does not hold still.
inline constexpr int k_tries = 10;

/// One process writes it, any process reads it, and nobody has a lock.
class Record {
public:
    /// By the process that the record belongs to. It waits for nobody. \param activity what it does now.
    void write(const Activity& activity);

    /// By anybody.
    /// \return what was written by one call of write(), as a whole; nothing when the record did not hold still in k_tries tries
    std::optional<Activity> read() const;

private:
    SharedWord changes_;  // 0 at first
    std::array<SharedWord, 4> words_;
};

}  // namespace forklore::exercise
