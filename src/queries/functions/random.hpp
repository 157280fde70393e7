/// \file
/// Random numbers of a session.
#pragma once

#include <cstdint>
#include <span>

namespace forklore {

/// The generator xoroshiro128** (Blackman and Vigna 2018), seeded through splitmix64: with the same seed PostgreSQL 15
/// gives the same numbers. Not for secrets.
class RandomGenerator {
public:
    /// \param seed the whole sequence follows from it
    explicit RandomGenerator(std::uint64_t seed);
    std::uint64_t next();       ///< 64 random bits
    double next_fraction();     ///< at least 0, below 1

private:
    std::uint64_t state_[2];
};

/// Fills memory with bytes that nobody can predict, from the kernel. \param bytes what to fill
void fill_with_secret_bytes(std::span<unsigned char> bytes);

}  // namespace forklore
