/// \file
/// Counters that a process shares with its children.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace forklore::exercise {

/// A row of counters, all 0 at first. It is made before the fork; whoever is forked afterwards counts in the same row.
class Tally {
public:
    /// Throws std::bad_alloc when there is no memory. \param counters how many, at least 1.
    explicit Tally(std::size_t counters);
    ~Tally() { ::munmap(memory_, bytes_); }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

    /// Adds to a counter, in whichever process. \param counter from 0. \param n how much.
    void add(std::size_t counter, std::uint64_t n);

    /// What has been added so far, by all processes. \param counter from 0.
    std::uint64_t value(std::size_t counter) const;

private:
    std::size_t bytes_ = 0;
    void* memory_ = nullptr;
};

}  // namespace forklore::exercise
