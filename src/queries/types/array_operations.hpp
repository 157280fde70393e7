/// \file
/// What SQL's own syntax does with arrays: subscripts, slices, ARRAY[…] of arrays.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "queries/types/array.hpp"

namespace forklore {

/// `array[i][j]`: the element, or null when the subscripts are too few, too many or out of bounds.
/// \param array any \param subscripts one for each dimension
Datum array_element(const ArrayView& array, std::span<const std::int32_t> subscripts);

/// `array[l:u][l:u]`: the elements within bounds, with subscripts from 1 on; the empty array when there are none.
/// \param arena where the result lives \param array any \param lower, upper the bounds; none: as far as the array goes.
/// As many of each; dimensions beyond them are taken whole.
Datum array_slice(Arena& arena, const ArrayView& array, std::span<const std::optional<std::int32_t>> lower,
                  std::span<const std::optional<std::int32_t>> upper);

/// `array[a, b]` of arrays: one dimension more. Throws Error 2202E unless all have the same shape.
/// \param arena where the result lives \param element type of the elements \param arrays arrays or nulls
Datum array_of_arrays(Arena& arena, const Type& element, std::span<const Datum> arrays);

/// All elements, in storage order. \param arena where the list lives \param array its bytes must outlive the list
std::span<Datum> array_elements(Arena& arena, const ArrayView& array);

}  // namespace forklore
