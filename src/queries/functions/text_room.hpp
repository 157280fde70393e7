/// \file
/// TextRoom: a text that grows piece by piece in an arena.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/arena.hpp"
#include "base/error.hpp"

namespace forklore {

/// Collects pieces. When there is no more room, twice as much is taken and the old room is left to the arena.
class TextRoom {
public:
    /// \param arena where the text will live \param capacity bytes to begin with
    explicit TextRoom(Arena& arena, std::size_t capacity = 64)
        : arena_(arena), data_(take(capacity)), capacity_(capacity) {}

    /// Adds a piece. Throws Error 54000 when the text gets too long. \param piece copied
    void append(std::string_view piece) {
        if (piece.empty()) return;
        if (size_ + piece.size() > capacity_) grow(piece.size());
        std::memcpy(data_ + size_, piece.data(), piece.size());
        size_ += piece.size();
    }
    void put(char c) { append({&c, 1}); }                         ///< adds a byte \param c the byte
    /// Adds a byte several times. \param c the byte \param count how often
    void fill(char c, std::size_t count) {
        if (size_ + count > capacity_) grow(count);
        std::memset(data_ + size_, c, count);
        size_ += count;
    }
    std::size_t size() const { return size_; }                    ///< bytes so far
    std::string_view finish() const { return {data_, size_}; }    ///< the text, which lives as long as the arena

private:
    char* take(std::size_t bytes) { return static_cast<char*>(arena_.allocate_bytes(bytes, 1)); }
    void grow(std::size_t more) {
        capacity_ = std::max(capacity_ * 2, size_ + more);
        char* bigger = take(capacity_);
        std::memcpy(bigger, data_, size_);
        data_ = bigger;
    }

    Arena& arena_;
    char* data_;
    std::size_t capacity_, size_ = 0;
};

}  // namespace forklore
