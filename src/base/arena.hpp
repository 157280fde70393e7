/// \file
/// Arena: memory that is given back all at once.
///
/// A statement, a batch or a transaction allocates freely and frees nothing; whoever owns the arena resets
/// it. The largest block stays for the next round (up to a limit), so a statement that is run again allocates
/// nothing from the system.
///
/// Counterpart in PostgreSQL: memory contexts (mmgr/aset.c); the idea is older: region-based memory
/// management.
#pragma once

#include <sanitizer/asan_interface.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace forklore {

/// A growing region. Not copyable, not thread-safe. Objects made in it are never destroyed: only trivially
/// destructible types may live here.
class Arena : public std::pmr::memory_resource {
public:
    /// \param first_block bytes of the first block, taken at the first allocation; blocks double from there.
    explicit Arena(std::size_t first_block = 1024) noexcept
        : first_block_(first_block), next_block_(first_block) {}
    ~Arena() override;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Raw memory, valid until reset(). Throws Error 53200 when the system has none, and XX000 for a request
    /// beyond k_largest_request, with PostgreSQL's words.
    /// \param bytes how many.
    /// \param alignment a power of two.
    void* allocate_bytes(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
        std::size_t padding = -reinterpret_cast<std::uintptr_t>(next_) & (alignment - 1);
        // Compared without adding, so that an absurd request cannot wrap around.
        if (bytes <= left_ && padding <= left_ - bytes) {
            char* at = next_ + padding;
            next_ = at + bytes;
            left_ -= padding + bytes;
            ASAN_UNPOISON_MEMORY_REGION(at,
                                        bytes);  // nothing, but in a build that looks for use after reset()
            return at;
        }
        return allocate_slow(bytes, alignment);
    }

    /// An array of n value-initialised T.
    /// \tparam T trivially destructible.
    /// \param n elements.
    template <typename T>
    std::span<T> make_array(std::size_t n) {
        static_assert(std::is_trivially_destructible_v<T>);
        std::size_t bytes = n <= k_largest_request / sizeof(T) ? n * sizeof(T) : k_largest_request + 1;
        T* first = static_cast<T*>(allocate_bytes(bytes, alignof(T)));
        std::uninitialized_value_construct_n(first, n);
        return {first, n};
    }

    /// One T.
    /// \tparam T trivially destructible.
    /// \param args its constructor's arguments.
    template <typename T, typename... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T>);
        void* at = allocate_bytes(sizeof(T), alignof(T));
        if constexpr (std::is_constructible_v<T, Args...>) {
            return new (at) T(std::forward<Args>(args)...);
        } else {
            return new (at) T{std::forward<Args>(args)...};  // an aggregate, where the compiler wants braces
        }
    }

    /// A copy of a text.
    /// \param text copied.
    /// \return a view of the copy, valid until reset().
    std::string_view copy(std::string_view text) {
        if (text.empty()) return "";
        char* to = static_cast<char*>(allocate_bytes(text.size(), 1));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// Gives everything back; keeps the largest block of at most k_keep bytes for reuse.
    void reset() noexcept;

    /// Bytes taken from the system.
    std::size_t footprint() const noexcept { return footprint_; }

    /// A block larger than this is given back to the system by reset().
    static constexpr std::size_t k_keep = 64 * 1024;

    /// The most that one request may ask for, as in PostgreSQL (MaxAllocSize): anything larger is a mistake.
    static constexpr std::size_t k_largest_request = 0x3fffffff;

private:
    // Stands at the start of each block; its memory follows.
    struct Block {
        Block* previous;
        std::size_t size;  // with this header
    };

    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        return allocate_bytes(bytes, alignment);
    }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
        return this == &other;
    }
    void* allocate_slow(std::size_t bytes, std::size_t alignment);
    void start_in(Block* block) noexcept;

    char* next_ = nullptr;     // where the next allocation begins, in the newest block
    std::size_t left_ = 0;     // bytes from there to the block's end
    Block* newest_ = nullptr;  // all blocks, the newest first
    std::size_t first_block_, next_block_, footprint_ = 0;
};

}  // namespace forklore
