/// \file
/// Datum, Column, Rows: values as expressions and operators see them, many rows at a time.
///
/// A query runs batch by batch. A batch holds up to k_batch_rows rows, column by column; a column is an array of
/// datums, or one datum that stands for all rows (stride 0). A function is called once for a batch, with the rows it
/// concerns, so the cost of finding the function is paid once for a thousand rows. The idea is from MonetDB/X100
/// (Boncz, Zukowski, Nes: "Hyper-Pipelining Query Execution", CIDR 2005); PostgreSQL calls a function for each row.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace forklore {

/// Identity of a type, function, operator or relation. Built-in ones have PostgreSQL's numbers.
using Oid = std::uint32_t;

/// One value of any type, or null. 16 bytes, trivially copyable. It does not know its type: whoever holds it does.
///
/// Types of at most 8 bytes lie in it. All others (text, numeric, interval, arrays, …) are `size` bytes at `bytes`,
/// owned by an arena or a page that must outlive the datum.
struct Datum {
    union {
        bool boolean;        ///< bool
        char character;      ///< "char"
        std::int16_t int2;   ///< int2
        std::int32_t int4;   ///< int4, date (days since 2000-01-01)
        std::int64_t int8;   ///< int8, time, timestamp, timestamptz (microseconds since 2000-01-01)
        Oid oid;             ///< oid and its kin
        float float4;        ///< float4
        double float8;       ///< float8
        const char* bytes;   ///< everything else
    };
    std::uint32_t size = 0;  ///< bytes at `bytes`; 0 for types that lie in the datum
    bool is_null = true;     ///< no value: the union is undefined

    constexpr Datum() : int8(0) {}
    /// A value by reference. \param view its bytes; not copied.
    explicit Datum(std::string_view view) : bytes(view.data()), size(static_cast<std::uint32_t>(view.size())), is_null(false) {}
    /// The bytes of a value by reference.
    std::string_view view() const { return {bytes, size}; }
};
static_assert(sizeof(Datum) == 16 && std::is_trivially_copyable_v<Datum>);

/// Rows of a batch at most.
inline constexpr std::uint32_t k_batch_rows = 1024;

/// A column of a batch: `values[row * stride]`. It owns nothing.
struct Column {
    const Datum* values = nullptr;  ///< first value
    std::uint32_t stride = 1;       ///< 1: a value for each row; 0: one value for all rows
    /// Value of a row. \param row below k_batch_rows.
    const Datum& operator[](std::uint32_t row) const { return values[row * stride]; }
};

/// The rows of a batch that an operation concerns: the first n, or a list of row numbers in ascending order.
class Rows {
public:
    constexpr explicit Rows(std::uint32_t count) : count_(count) {}  ///< rows 0 … count-1 \param count how many
    constexpr Rows(const std::uint16_t* index, std::uint32_t count) : index_(index), count_(count) {}  ///< \param index the row numbers, must outlive this; null for the first n \param count how many
    std::uint32_t count() const { return count_; }                    ///< how many
    bool empty() const { return count_ == 0; }                        ///< none
    const std::uint16_t* index() const { return index_; }             ///< the list, or null for the first n
    std::uint32_t operator[](std::uint32_t i) const { return index_ ? index_[i] : i; }  ///< i-th row's number \param i below count()
    /// Calls f(row) for each row, in order. \param f the body of the loop.
    template <typename F>
    void each(F&& f) const {
        if (index_ != nullptr) for (std::uint32_t i = 0; i < count_; ++i) f(static_cast<std::uint32_t>(index_[i]));
        else for (std::uint32_t i = 0; i < count_; ++i) f(i);
    }

private:
    const std::uint16_t* index_ = nullptr;
    std::uint32_t count_;
};

/// Some rows, column by column. It owns nothing: the source that made it keeps the memory until its next call.
struct Batch {
    std::span<const Column> columns;  ///< one for each column asked for
    Rows rows{0};                     ///< which rows are there
};

}  // namespace forklore
