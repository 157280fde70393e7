/// \file
/// Byte buffers in network order: the writer that messages and binary values are built with, the reader that
/// takes them apart and refuses to read past the end.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace forklore {

/// Reverses to or from network byte order.
/// \param value any integer.
template <typename T>
constexpr T network_order(T value) noexcept {
    static_assert(std::is_integral_v<T>);
    if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) {
        return value;
    } else if constexpr (sizeof(T) == 2) {
        return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    } else if constexpr (sizeof(T) == 4) {
        return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    } else {
        return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    }
}

/// A growing buffer. Values are appended; lengths that are known only later are patched in. Whatever appends
/// throws Error 54000 when the buffer would pass k_limit, and 53200 when the system has no memory. Movable,
/// not copyable.
class ByteWriter {
public:
    /// The most that a buffer holds: no message of the protocol may be longer (PostgreSQL's MaxAllocSize).
    static constexpr std::size_t k_limit = 0x3fffffff;

    ByteWriter() = default;

    /// \param other left empty.
    ByteWriter(ByteWriter&& other) noexcept
        : data_(std::move(other.data_)),
          capacity_(std::exchange(other.capacity_, 0)),
          size_(std::exchange(other.size_, 0)) {}

    /// \param other left empty.
    /// \return itself.
    ByteWriter& operator=(ByteWriter&& other) noexcept {
        data_ = std::move(other.data_);
        capacity_ = std::exchange(other.capacity_, 0);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }

    /// Appends an integer in network order.
    /// \param value any integer; its type decides how many bytes.
    template <typename T>
    void put(T value) {
        value = network_order(value);
        std::memcpy(extend(sizeof value), &value, sizeof value);
    }

    /// Appends four bytes, IEEE 754 in network order.
    /// \param value the number.
    void put_float4(float value) { put(std::bit_cast<std::int32_t>(value)); }

    /// Appends eight bytes, IEEE 754 in network order.
    /// \param value the number.
    void put_float8(double value) { put(std::bit_cast<std::int64_t>(value)); }

    /// Appends one byte.
    /// \param c the byte.
    void put_char(char c) { *extend(1) = c; }

    /// Appends bytes as they are.
    /// \param bytes copied.
    void append(std::string_view bytes) {
        if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }

    /// Appends a text and a NUL.
    /// \param text without NUL.
    void put_cstring(std::string_view text) {
        append(text);
        put_char('\0');
    }

    /// Overwrites four bytes with an integer in network order.
    /// \param at offset from the start; four bytes must have been written there.
    /// \param value the integer.
    void patch_int32(std::size_t at, std::int32_t value) {
        value = network_order(value);
        std::memcpy(data_.get() + at, &value, sizeof value);
    }

    /// Room for more bytes, to be written at once by the caller.
    /// \param n how many.
    /// \return where they begin; valid until the next change.
    char* extend(std::size_t n) {
        if (n > capacity_ - size_) grow(n);
        char* at = data_.get() + size_;
        size_ += n;
        return at;
    }

    /// Forgets what was written after a point.
    /// \param size how much to keep, at most size().
    void truncate(std::size_t size) noexcept { size_ = size; }

    /// Bytes written.
    std::size_t size() const noexcept { return size_; }

    /// All bytes; the view is valid until the next change.
    std::string_view view() const noexcept { return {data_.get(), size_}; }

    /// Forgets all, keeps the memory.
    void clear() noexcept { size_ = 0; }

    /// Gives memory back after something unusually large. Does nothing while more than `keep` bytes are
    /// written.
    /// \param keep bytes of memory to keep.
    void release_beyond(std::size_t keep);

private:
    void grow(std::size_t n);
    void reallocate(std::size_t capacity);

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0, size_ = 0;
};

/// Reads from a view. Each call throws Error 08P01 "insufficient data left in message" when too little is
/// left.
class ByteReader {
public:
    /// \param bytes must outlive the reader and all views that it hands out.
    explicit ByteReader(std::string_view bytes) noexcept : rest_(bytes) {}

    /// The next integer, from network order; T decides how many bytes.
    template <typename T>
    T get() {
        if constexpr (sizeof(T) == 1) {
            if (rest_.empty()) throw_no_data();
        }
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return network_order(value);
    }

    /// The next four bytes as IEEE 754.
    float get_float4() { return std::bit_cast<float>(get<std::int32_t>()); }

    /// The next eight bytes as IEEE 754.
    double get_float8() { return std::bit_cast<double>(get<std::int64_t>()); }

    /// The next bytes as they are.
    /// \param n how many.
    std::string_view take(std::size_t n) {
        if (n > rest_.size()) throw_insufficient_data();
        std::string_view taken{rest_.data(), n};
        rest_.remove_prefix(n);
        return taken;
    }

    /// What comes before the next NUL, which is skipped. Throws Error 08P01 "invalid string in message"
    /// without one.
    std::string_view get_cstring();

    /// What is left.
    std::string_view rest() const noexcept { return rest_; }

    /// Whether nothing is left.
    bool empty() const noexcept { return rest_.empty(); }

private:
    [[noreturn]] static void throw_insufficient_data();
    [[noreturn]] static void throw_no_data();

    std::string_view rest_;
};

}  // namespace forklore
