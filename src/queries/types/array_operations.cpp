#include "queries/types/array_operations.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace forklore {

Datum array_element(const ArrayView& array, std::span<const std::int32_t> subscripts) {
    const ArrayShape shape = array.shape();
    if (shape.empty() || subscripts.size() != shape.size()) return {};
    std::uint32_t index = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::int64_t at = std::int64_t{subscripts[i]} - shape[i].lower;
        if (at < 0 || at >= shape[i].length) return {};
        index = index * static_cast<std::uint32_t>(shape[i].length) + static_cast<std::uint32_t>(at);
    }
    return array[index];
}

Datum array_slice(Arena& arena, const ArrayView& array, std::span<const std::optional<std::int32_t>> lower,
                  std::span<const std::optional<std::int32_t>> upper) {
    const Type& element = registry().type(array.element());
    const ArrayShape shape = array.shape();
    const auto dimensions = static_cast<int>(shape.size());
    if (dimensions == 0 || lower.size() > shape.size()) return make_array(arena, element, {}, {});

    // For each dimension: where the slice begins (from 0), and how long it is.
    ArrayDimension slice[k_max_array_dimensions];
    std::uint32_t begin[k_max_array_dimensions], count = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::int64_t first = shape[i].lower, last = first + shape[i].length - 1;
        const std::int64_t from = i < lower.size() && lower[i] ? std::max<std::int64_t>(*lower[i], first) : first;
        const std::int64_t to = i < upper.size() && upper[i] ? std::min<std::int64_t>(*upper[i], last) : last;
        if (from > to) return make_array(arena, element, {}, {});
        begin[i] = static_cast<std::uint32_t>(from - first);
        slice[i] = {static_cast<std::int32_t>(to - from + 1), 1};
        count *= static_cast<std::uint32_t>(slice[i].length);
    }
    const std::span<Datum> elements = arena.make_array<Datum>(count);
    std::uint32_t at[k_max_array_dimensions] = {};
    for (Datum& to : elements) {
        std::uint32_t index = 0;
        for (int i = 0; i < dimensions; ++i) index = index * static_cast<std::uint32_t>(shape[i].length) + begin[i] + at[i];
        to = array[index];
        for (int i = dimensions - 1; i >= 0 && ++at[i] == static_cast<std::uint32_t>(slice[i].length); --i) at[i] = 0;
    }
    return make_array(arena, element, elements, {slice, shape.size()});
}

Datum array_of_arrays(Arena& arena, const Type& element, std::span<const Datum> arrays) {
    const auto mismatch = [] {
        throw Error(sqlstate::array_subscript_error, "multidimensional arrays must have array expressions with matching dimensions");
    };
    std::pmr::vector<Datum> elements(&arena);
    ArrayDimension shape[k_max_array_dimensions + 1];
    std::size_t dimensions = 0;
    bool any = false, any_empty = false;
    for (const Datum& datum : arrays) {
        if (datum.is_null || ArrayView(datum).dimensions() == 0) {
            any_empty = true;
            continue;
        }
        const ArrayView array(datum);
        if (!any) {
            any = true;
            dimensions = array.shape().size() + 1;
            if (dimensions > k_max_array_dimensions)
                throw Error(sqlstate::program_limit_exceeded, "number of array dimensions ({}) exceeds the maximum allowed ({})", dimensions,
                            k_max_array_dimensions);
            std::copy(array.shape().begin(), array.shape().end(), shape + 1);
        } else if (!std::ranges::equal(array.shape(), ArrayShape(shape + 1, dimensions - 1))) {
            mismatch();
        }
        for (std::uint32_t i = 0; i < array.count(); ++i) elements.push_back(array[i]);
    }
    if (any && any_empty) mismatch();
    shape[0] = {static_cast<std::int32_t>(arrays.size()), 1};
    return make_array(arena, element, elements, any ? ArrayShape(shape, dimensions) : ArrayShape{});
}

std::span<Datum> array_elements(Arena& arena, const ArrayView& array) {
    const std::span<Datum> elements = arena.make_array<Datum>(array.count());
    for (std::uint32_t i = 0; i < array.count(); ++i) elements[i] = array[i];
    return elements;
}

}  // namespace forklore
