/// \file
/// Arena: memory that is given back all at once.
///
/// A statement, a batch or a transaction allocates freely and frees nothing; whoever owns the arena resets it. The
/// blocks stay for the next round up to a limit, so a statement that is run again allocates nothing from the system.
///
/// Counterpart in PostgreSQL: memory contexts (mmgr/aset.c); the idea is older: region-based memory management.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace forklore {

/// A growing region. Not copyable, not thread-safe. Objects made in it are never destroyed: only trivially
/// destructible types may live here.
class Arena : public std::pmr::memory_resource {
public:
    /// \param first_block bytes of the first block, taken at the first allocation.
    explicit Arena(std::size_t first_block = 1024) : next_block_(first_block) {}
    ~Arena() override;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Raw memory, valid until reset(). \param bytes how many. \param alignment a power of two.
    /// Throws Error 53200 when the system has none, or for a single request beyond 1 GB (54000-class, as PostgreSQL).
    void* allocate_bytes(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
        std::size_t at = (used_ + alignment - 1) & ~(alignment - 1);
        if (current_ != nullptr && at + bytes <= size_) {
            used_ = at + bytes;
            return current_ + at;
        }
        return allocate_slow(bytes, alignment);
    }

    /// An array of n value-initialised T. \param n elements.
    template <typename T>
    std::span<T> make_array(std::size_t n) {
        static_assert(std::is_trivially_destructible_v<T>);
        T* first = static_cast<T*>(allocate_bytes(n * sizeof(T), alignof(T)));
        std::uninitialized_value_construct_n(first, n);
        return {first, n};
    }

    /// One T. \param args its constructor's arguments.
    template <typename T, typename... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate_bytes(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
    }

    /// A copy of a text. \param text copied. \return a view of the copy.
    std::string_view copy(std::string_view text) {
        if (text.empty()) return {"", 0};
        char* to = static_cast<char*>(allocate_bytes(text.size(), 1));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// Gives everything back; keeps the largest block (at most k_keep bytes) for reuse.
    void reset();

    /// Bytes taken from the system.
    std::size_t footprint() const { return footprint_; }

    /// A block larger than this is given back to the system by reset().
    static constexpr std::size_t k_keep = 64 * 1024;

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override { return allocate_bytes(bytes, alignment); }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
    void* allocate_slow(std::size_t bytes, std::size_t alignment);

    struct Block { char* memory; std::size_t size; };
    char* current_ = nullptr;
    std::size_t used_ = 0, size_ = 0, footprint_ = 0, next_block_;
    std::vector<Block> blocks_;
};

}  // namespace forklore
