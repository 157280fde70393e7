/// \file
/// Byte buffers in network order: the writer that messages and binary values are built with, the reader that takes
/// them apart and refuses to read past the end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"

namespace forklore {

/// Reverses to or from network byte order. \param value any integer.
template <typename T>
constexpr T network_order(T value) {
    static_assert(std::is_integral_v<T>);
    if constexpr (sizeof(T) == 1 || std::endian::native == std::endian::big) return value;
    else if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    else if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    else return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

/// A growing buffer. Values are appended; lengths that are known only later are patched in.
class ByteWriter {
public:
    /// Appends an integer in network order. \param value any integer.
    template <typename T>
    void put(T value) {
        value = network_order(value);
        append({reinterpret_cast<const char*>(&value), sizeof value});
    }
    void put_float4(float value) { put(std::bit_cast<std::int32_t>(value)); }    ///< IEEE 754 \param value the number
    void put_float8(double value) { put(std::bit_cast<std::int64_t>(value)); }   ///< IEEE 754 \param value the number
    void put_char(char c) { *extend(1) = c; }                                    ///< one byte \param c the byte
    void append(std::string_view bytes) { std::memcpy(extend(bytes.size()), bytes.data(), bytes.size()); } ///< raw bytes \param bytes copied
    void put_cstring(std::string_view text) { append(text); put_char('\0'); }    ///< text and a NUL \param text without NUL
    /// Overwrites four bytes with an integer in network order. \param at offset from the start. \param value the integer.
    void patch_int32(std::size_t at, std::int32_t value) { value = network_order(value); std::memcpy(data_.data() + at, &value, sizeof value); }
    /// Room for n more bytes, to be written at once by the caller. \param n bytes. \return where they begin.
    char* extend(std::size_t n) {
        if (size_ + n > data_.size()) grow(n);
        char* at = data_.data() + size_;
        size_ += n;
        return at;
    }
    void truncate(std::size_t size) { size_ = size; }      ///< forgets what was written after `size` \param size at most size()
    std::size_t size() const { return size_; }             ///< bytes written
    std::string_view view() const { return {data_.data(), size_}; }  ///< all bytes; valid until the next change
    void clear() { size_ = 0; }                            ///< forgets all, keeps the memory
    void release_beyond(std::size_t keep) { if (data_.size() > keep && size_ <= keep) { data_.resize(keep); data_.shrink_to_fit(); } } ///< gives memory back \param keep bytes to keep

private:
    void grow(std::size_t n);
    std::string data_;
    std::size_t size_ = 0;
};

/// Reads from a view; each call throws Error 08P01 "insufficient data left in message" when too little is left.
class ByteReader {
public:
    /// \param bytes must outlive the reader.
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
    /// The next integer, from network order.
    template <typename T>
    T get() {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return network_order(value);
    }
    float get_float4() { return std::bit_cast<float>(get<std::int32_t>()); }    ///< IEEE 754
    double get_float8() { return std::bit_cast<double>(get<std::int64_t>()); }  ///< IEEE 754
    std::string_view take(std::size_t n);   ///< the next n bytes \param n how many
    std::string_view get_cstring();         ///< up to the next NUL, which is skipped; throws Error 08P01 "invalid string in message" without one
    std::string_view rest() const { return rest_; }  ///< what is left
    bool empty() const { return rest_.empty(); }     ///< nothing left

private:
    std::string_view rest_;
};

}  // namespace forklore
