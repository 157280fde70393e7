/// \file
/// Memory of one process alone: a child finds zeros where its parent has what it keeps here.
///
/// A child is a copy of its parent, and much of what it copies is what it is forked for. Secrets of other clients are
/// not. The kernel leaves pages of this kind out of the copy, which makes fork cheaper, not dearer.
///
/// Source: madvise(2), MADV_WIPEONFORK.
#pragma once

#include <memory_resource>

namespace forklore {

/// Whole pages from the kernel; to be used through a pool. A child must not use what its parent made of it.
class ParentMemory : public std::pmr::memory_resource {
private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace forklore
