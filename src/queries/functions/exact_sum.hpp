/// \file
/// ExactSum: the sum of many decimal numbers, without rounding and mostly without more than an addition for each.
#pragma once

#include "queries/types/numeric.hpp"

namespace forklore {

/// The state of an exact sum; trivially copyable, as aggregate states must be. The sum is kept in 128 bits at the
/// largest scale seen; what does not fit is moved over to a big number in the arena.
class ExactSum {
public:
    /// Adds coefficient / 10^scale. \param arena lives as long as this \param coefficient any \param scale its scale
    void add(Arena& arena, Int128 coefficient, int scale) {
        if (scale != scale_ || __builtin_add_overflow(total_, coefficient, &total_)) add_slowly(arena, coefficient, scale);
    }
    void add(Arena& arena, const Numeric& value);    ///< adds any finite number \param arena as above \param value finite
    Numeric result(Arena& arena) const;              ///< the sum \param arena where a big one lives
    int scale() const { return scale_; }             ///< largest seen

private:
    void add_slowly(Arena& arena, Int128 coefficient, int scale);
    void spill(Arena& arena, const BigNumber& number);

    Int128 total_ = 0;
    int scale_ = 0;
    std::uint32_t capacity_ = 0;      // bytes at rest_
    char* rest_ = nullptr;            // encoded numeric: the part of the sum that is not in total_
    std::uint32_t rest_size_ = 0;
};

}  // namespace forklore
