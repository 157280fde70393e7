/// \file
/// Hashing of values, for grouping and joining in one process. Not PostgreSQL's hash functions: nothing is kept on
/// disk by these.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace forklore {

/// Spreads the bits of a number over the whole word (the finaliser of splitmix64, Steele and others 2014).
/// \param value any number
constexpr std::uint64_t hash_number(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/// Hash of a row of bytes, eight at a time. \param bytes any bytes
inline std::uint64_t hash_bytes(std::string_view bytes) {
    std::uint64_t hash = 0x9ae16a3b2f90404f ^ bytes.size();
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        hash = hash_number(hash ^ word);
        bytes.remove_prefix(8);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    return hash_number(hash ^ word);
}

}  // namespace forklore
