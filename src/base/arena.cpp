#include "base/arena.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"

namespace forklore {

namespace {

// Blocks double up to this size; a larger request gets a block of its own size.
constexpr std::size_t k_largest_step = 1024 * 1024;

}  // namespace

Arena::~Arena() {
    for (Block* block = newest_; block != nullptr;) std::free(std::exchange(block, block->previous));
}

void Arena::start_in(Block* block) noexcept {
    newest_ = block;
    next_ = reinterpret_cast<char*>(block + 1);
    left_ = block->size - sizeof(Block);
    ASAN_POISON_MEMORY_REGION(next_, left_);
}

void* Arena::allocate_slow(std::size_t bytes, std::size_t alignment) {
    if (bytes > k_largest_request) {
        throw Error(sqlstate::internal_error, "invalid memory alloc request size {}", bytes);
    }
    std::size_t size = std::max(next_block_, sizeof(Block) + bytes + alignment);
    auto* block = static_cast<Block*>(std::malloc(size));
    if (block == nullptr) {
        throw Error(sqlstate::out_of_memory, "out of memory")
            .detail(fmt::format("Failed on request of size {}.", bytes));
    }
    *block = {newest_, size};
    footprint_ += size;
    next_block_ = std::min(next_block_ * 2, std::max(k_largest_step, first_block_));
    start_in(block);
    return allocate_bytes(bytes, alignment);
}

void Arena::reset() noexcept {
    if (newest_ == nullptr) return;
    Block* kept = nullptr;
    for (Block* block = newest_; block != nullptr;) {
        Block* previous = block->previous;
        if (block->size <= k_keep && (kept == nullptr || block->size > kept->size)) std::swap(block, kept);
        if (block != nullptr) {
            footprint_ -= block->size;
            std::free(block);
        }
        block = previous;
    }
    newest_ = nullptr;
    next_ = nullptr;
    left_ = 0;
    next_block_ = first_block_;
    if (kept == nullptr) return;
    kept->previous = nullptr;
    start_in(kept);
}

}  // namespace forklore
