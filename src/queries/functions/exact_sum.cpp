#include "queries/functions/exact_sum.hpp"

#include <algorithm>

#include "queries/types/big_number.hpp"

namespace forklore {

void ExactSum::add_slowly(Arena& arena, Int128 coefficient, int scale) {
    if (scale == scale_) {
        // The addition overflowed, and has left total_ wrapped around: undo it.
        total_ = static_cast<Int128>(static_cast<Uint128>(total_) - static_cast<Uint128>(coefficient));
        spill(arena, BigNumber(total_, scale_));
        total_ = coefficient;
        return;
    }
    constexpr int k_max_shift = 38;
    int difference = scale - scale_;
    Int128& shorter = difference > 0 ? total_ : coefficient;
    int shift = std::abs(difference);
    if (shift > k_max_shift || __builtin_mul_overflow(shorter, power_of_ten(shift), &shorter)) {
        // Aligned they do not both fit: the one of lower scale goes to the rest.
        if (difference > 0) {
            spill(arena, BigNumber(total_, scale_));
            total_ = 0;
        } else {
            return spill(arena, BigNumber(coefficient, scale));
        }
    }
    scale_ = std::max(scale_, scale);
    add(arena, coefficient, scale_);
}

void ExactSum::add(Arena& arena, const Numeric& value) {
    if (value.is_small()) return add(arena, Int128{value.coefficient()}, value.scale());
    spill(arena, BigNumber(value));
    if (value.scale() > scale_) add(arena, Int128{0}, value.scale());
}

void ExactSum::spill(Arena& arena, const BigNumber& number) {
    BigNumber sum = number;
    if (rest_ != nullptr) sum = sum + BigNumber(Numeric::decode({rest_, rest_size_}));
    Arena scratch(256);
    std::string_view bytes = Numeric::make(scratch, sum).encode(scratch);
    if (bytes.size() > capacity_) {
        capacity_ = static_cast<std::uint32_t>(bytes.size() * 2);
        rest_ = static_cast<char*>(arena.allocate_bytes(capacity_, 1));
    }
    rest_size_ = static_cast<std::uint32_t>(bytes.size());
    std::memcpy(rest_, bytes.data(), bytes.size());
}

Numeric ExactSum::result(Arena& arena) const {
    if (rest_ == nullptr) return Numeric::make(arena, total_, scale_);
    return Numeric::make(arena, BigNumber(total_, scale_) + BigNumber(Numeric::decode({rest_, rest_size_})));
}

}  // namespace forklore
