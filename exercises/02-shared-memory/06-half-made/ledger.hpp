/// \file
/// Two columns whose sum never changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shared_word.hpp"

namespace forklore::exercise {

/// How much a process holds of shared things just now: what would be lost, or broken, if it were killed. It lies in the process's
/// slot; the process alone writes it, and the postmaster reads it when the process is dead.
using Held = SharedWord;

/// A ledger in shared memory. Whoever moves something has the lock that goes with it; here that is the caller's business.
class Ledger {
public:
    /// \param first how much there is in column 0 at the beginning. \param second in column 1.
    Ledger(std::uint64_t first, std::uint64_t second) {
        columns_[0].store(first);
        columns_[1].store(second);
    }

    /// Moves an amount from one column to the other. Throws Error 22003 when there is not so much in it; then nothing has changed.
    /// \param from 0 or 1. \param amount how much. \param held of the process that does it. What it counts already, for other
    /// things, is counted afterwards, too.
    void move(std::size_t from, std::uint64_t amount, Held& held);

    /// For a test. \param column 0 or 1.
    std::uint64_t peek(std::size_t column) const { return columns_[column].peek(); }

private:
    std::array<SharedWord, 2> columns_;
};

}  // namespace forklore::exercise
