#include "queries/types/array.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"

namespace forklore {

namespace {

struct ArrayHeader {
    Oid element;
    std::uint32_t count;
    std::uint8_t dimensions;
    std::uint8_t width;
    std::uint8_t has_nulls;
    std::uint8_t unused;
};

constexpr std::size_t k_max_value_bytes = 1024 * 1024 * 1024 - 1;

}  // namespace

std::uint32_t array_count(ArrayShape shape) {
    std::int64_t count = shape.empty() ? 0 : 1;
    for (const ArrayDimension& d : shape) {
        // A negative length is one that did not fit an int4.
        count = d.length < 0 ? std::numeric_limits<std::int32_t>::max() : count * d.length;
        if (count > k_max_array_elements)
            throw Error(sqlstate::program_limit_exceeded, "array size exceeds the maximum allowed ({})", k_max_array_elements);
    }
    for (const ArrayDimension& d : shape)
        if (std::int64_t{d.lower} + d.length > std::numeric_limits<std::int32_t>::max())
            throw Error(sqlstate::program_limit_exceeded, "array lower bound is too large: {}", d.lower);
    return static_cast<std::uint32_t>(count);
}

ArrayView::ArrayView(std::string_view bytes) : bytes_(bytes) {
    ArrayHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    element_ = header.element;
    count_ = header.count;
    dimension_count_ = header.dimensions;
    width_ = header.width;
    const char* at = bytes.data() + sizeof header;
    std::memcpy(dimensions_, at, header.dimensions * sizeof(ArrayDimension));
    at += header.dimensions * sizeof(ArrayDimension);
    if (header.has_nulls != 0) {
        nulls_ = reinterpret_cast<const unsigned char*>(at);
        at += (count_ + 7) / 8;
    }
    if (width_ == 0) {
        ends_ = at;
        at += std::size_t{count_} * sizeof(std::uint32_t);
    }
    data_ = at;
}

Datum make_array(Arena& arena, const Type& element, std::span<const Datum> elements, ArrayShape shape) {
    const std::uint32_t count = array_count(shape);
    if (count == 0) shape = {};
    ArrayHeader header{element.oid, count, static_cast<std::uint8_t>(shape.size()),
                       static_cast<std::uint8_t>(element.by_reference ? 0 : element.length), 0, 0};
    std::size_t data = std::size_t{count} * (header.width == 0 ? sizeof(std::uint32_t) : header.width);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (elements[i].is_null) header.has_nulls = 1;
        else if (header.width == 0) data += elements[i].size;
    }
    const std::size_t bitmap = header.has_nulls != 0 ? (std::size_t{count} + 7) / 8 : 0;
    const std::size_t total = sizeof header + shape.size() * sizeof(ArrayDimension) + bitmap + data;
    if (total > k_max_value_bytes)
        throw Error(sqlstate::program_limit_exceeded, "array size exceeds the maximum allowed ({})", k_max_value_bytes);

    char* const begin = static_cast<char*>(arena.allocate_bytes(total));
    char* at = begin;
    auto put = [&at](const void* from, std::size_t n) {
        if (n != 0) std::memcpy(at, from, n);
        at += n;
    };
    put(&header, sizeof header);
    put(shape.data(), shape.size() * sizeof(ArrayDimension));
    if (bitmap != 0) {
        std::memset(at, 0, bitmap);
        for (std::uint32_t i = 0; i < count; ++i)
            if (elements[i].is_null) at[i / 8] = static_cast<char>(at[i / 8] | 1 << (i % 8));
        at += bitmap;
    }
    if (header.width != 0) {
        // Cells of nulls are zero, so that equal arrays have equal bytes.
        for (std::uint32_t i = 0; i < count; ++i) {
            if (elements[i].is_null) std::memset(at, 0, header.width);
            else std::memcpy(at, &elements[i].int8, header.width);
            at += header.width;
        }
    } else {
        std::uint32_t end = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (!elements[i].is_null) end += elements[i].size;
            put(&end, sizeof end);
        }
        for (std::uint32_t i = 0; i < count; ++i)
            if (!elements[i].is_null) put(elements[i].bytes, elements[i].size);
    }
    return Datum(std::string_view(begin, total));
}

Datum make_array(Arena& arena, const Type& element, std::span<const Datum> elements) {
    if (elements.size() > static_cast<std::size_t>(k_max_array_elements))
        throw Error(sqlstate::program_limit_exceeded, "array size exceeds the maximum allowed ({})", k_max_array_elements);
    const ArrayDimension one{static_cast<std::int32_t>(elements.size()), 1};
    return make_array(arena, element, elements, {&one, 1});
}

}  // namespace forklore
