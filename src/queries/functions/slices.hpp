/// \file
/// How SQL counts: substring's start and length, for characters and for bytes alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/error.hpp"

namespace forklore {

/// A part of something that is counted from 0.
struct Slice {
    std::size_t begin;                                                    ///< how many to skip
    std::size_t count;                                                    ///< how many to take at most
    static constexpr std::size_t k_all = std::numeric_limits<std::size_t>::max();  ///< to the end
};

/// The slice that `substring(… from start for length)` means: start counts from 1, and what lies before the first
/// element counts too. Throws Error 22011. \param start SQL's start \param length SQL's length, or to the end
inline Slice slice_of(std::int32_t start, std::optional<std::int32_t> length = {}) {
    if (length && *length < 0) throw Error(sqlstate::substring_error, "negative substring length not allowed");
    std::int64_t begin = start < 1 ? 0 : std::int64_t{start} - 1;
    if (!length) return {static_cast<std::size_t>(begin), Slice::k_all};
    std::int64_t end = std::int64_t{start} + *length - 1;
    return {static_cast<std::size_t>(begin), end <= begin ? 0 : static_cast<std::size_t>(end - begin)};
}

/// The parts of something that `overlay(… placing … from start for length)` keeps.
struct Overlay {
    std::size_t before;  ///< how many are kept before the new part
    std::size_t after;   ///< where the kept rest begins
};

/// Throws Error 22011 or 22003. \param start SQL's start \param length how many are replaced
inline Overlay overlay_of(std::int32_t start, std::int32_t length) {
    if (start <= 0) throw Error(sqlstate::substring_error, "negative substring length not allowed");
    std::int32_t end;
    if (__builtin_add_overflow(start, length, &end))
        throw Error(sqlstate::numeric_value_out_of_range, "integer out of range");
    return {static_cast<std::size_t>(start) - 1, end < 1 ? 0 : static_cast<std::size_t>(end) - 1};
}

}  // namespace forklore
