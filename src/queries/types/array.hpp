/// \file
/// Arrays: how a value of any array type lies in memory, how to read one and how to make one.
///
/// An array is one block of bytes: a header, the dimensions, a bitmap of nulls when there are any, then the elements.
/// Elements that fit a datum lie side by side in cells of their own width; others have a table of end offsets before
/// their bytes. Either way any element is found in one step. The block may lie at any address.
///
/// Counterpart in PostgreSQL: ArrayType (utils/array.h), whose elements of variable length must be walked to be found.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "queries/declare.hpp"
#include "queries/registry.hpp"

namespace forklore {

inline constexpr int k_max_array_dimensions = 6;                    ///< PostgreSQL's MAXDIM
inline constexpr std::int32_t k_max_array_elements = 134'217'727;   ///< PostgreSQL's MaxArraySize

/// One dimension of an array.
struct ArrayDimension {
    std::int32_t length = 0;  ///< number of elements along it
    std::int32_t lower = 1;   ///< subscript of the first
    friend bool operator==(const ArrayDimension&, const ArrayDimension&) = default;
};

/// An array's dimensions, outermost first. None: the empty array.
using ArrayShape = std::span<const ArrayDimension>;

/// Number of elements of a shape. Throws Error 54000 when they are more than an array may have, or when a subscript
/// would not fit an int4.
/// \param shape the dimensions.
std::uint32_t array_count(ArrayShape shape);

/// Reads an array value; owns nothing and copies nothing.
class ArrayView {
public:
    /// \param bytes an array value; must outlive this.
    explicit ArrayView(std::string_view bytes);
    /// \param array an array value, not null; its bytes must outlive this.
    explicit ArrayView(const Datum& array) : ArrayView(array.view()) {}

    Oid element() const { return element_; }                                     ///< type of the elements
    ArrayShape shape() const { return {dimensions_, dimension_count_}; }         ///< dimensions, valid while this lives
    int dimensions() const { return dimension_count_; }                          ///< how many dimensions; 0 for an empty array
    std::uint32_t count() const { return count_; }                               ///< number of elements in all
    bool has_nulls() const { return nulls_ != nullptr; }                         ///< whether any element is null
    std::string_view bytes() const { return bytes_; }                            ///< the whole value
    /// Whether an element is null. \param i below count(), in storage order (last subscript runs fastest).
    bool is_null(std::uint32_t i) const { return nulls_ != nullptr && (nulls_[i / 8] >> (i % 8) & 1) != 0; }
    /// An element; its bytes are those of the array. \param i below count(), in storage order.
    Datum operator[](std::uint32_t i) const {
        Datum d;
        if (is_null(i)) return d;
        d.is_null = false;
        if (width_ == 0) {
            const std::uint32_t begin = i == 0 ? 0 : end_of(i - 1);
            d.bytes = data_ + begin;
            d.size = end_of(i) - begin;
        } else {
            std::memcpy(&d.int8, data_ + std::size_t{i} * width_, width_);
        }
        return d;
    }

private:
    std::uint32_t end_of(std::uint32_t i) const {
        std::uint32_t end;
        std::memcpy(&end, ends_ + std::size_t{i} * sizeof end, sizeof end);
        return end;
    }

    std::string_view bytes_;
    Oid element_ = 0;
    std::uint32_t count_ = 0;
    std::uint8_t dimension_count_ = 0;
    std::uint8_t width_ = 0;  // of a cell; 0: elements by reference
    ArrayDimension dimensions_[k_max_array_dimensions];
    const unsigned char* nulls_ = nullptr;
    const char* ends_ = nullptr;
    const char* data_ = nullptr;
};

/// Makes an array value. A shape without elements gives the empty array (no dimensions).
/// Throws Error 54000 when it would be too large.
/// \param arena where the value lives. \param element type of the elements.
/// \param elements as many as the shape has, in storage order; copied. \param shape at most k_max_array_dimensions.
Datum make_array(Arena& arena, const Type& element, std::span<const Datum> elements, ArrayShape shape);

/// Makes an array of one dimension whose first subscript is 1.
/// \param arena where the value lives. \param element type of the elements. \param elements copied.
Datum make_array(Arena& arena, const Type& element, std::span<const Datum> elements);

/// Collects elements one by one into an array of one dimension.
class ArrayBuilder {
public:
    /// \param arena holds what is collected, and the result. \param element type of the elements; must outlive this.
    ArrayBuilder(Arena& arena, const Type& element) : arena_(arena), element_(element), elements_(&arena) {}
    void add(const Datum& element) { elements_.push_back(element); }              ///< \param element its bytes must live until finish()
    void add(std::string_view element) { elements_.push_back(Datum(element)); }   ///< \param element of a type kept as bytes; must live until finish()
    void add_null() { elements_.push_back(Datum{}); }                             ///< adds a null
    std::uint32_t count() const { return static_cast<std::uint32_t>(elements_.size()); }  ///< collected so far
    std::span<const Datum> elements() const { return elements_; }                 ///< collected so far
    Datum finish() { return make_array(arena_, element_, elements_); }            ///< the array

private:
    Arena& arena_;
    const Type& element_;
    std::pmr::vector<Datum> elements_;
};

/// An array argument of a function: an ArrayView of a known array type.
template <Oid array_type>
struct ArrayOf : ArrayView {
    using ArrayView::ArrayView;
};
/// Any array (the element type is in the value).
using AnyArray = ArrayOf<k_any_array>;

/// \copydoc ArrayOf
template <Oid array_type>
struct SqlType<ArrayOf<array_type>> {
    static constexpr Oid oid = array_type;                                        ///< which
    static ArrayOf<array_type> get(const Datum& d) { return ArrayOf<array_type>(d); }  ///< \param d an array
    static Datum put(Arena&, const ArrayOf<array_type>& array) { return Datum(array.bytes()); }  ///< not copied \param array an array
};

}  // namespace forklore
