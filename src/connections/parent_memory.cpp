#include "connections/parent_memory.hpp"

#include <sys/mman.h>

#include <new>

#include "base/syscalls.hpp"

namespace forklore {

//! [parent-memory]
// Pages are aligned for anything, and the kernel rounds sizes up to whole ones.
void* ParentMemory::do_allocate(std::size_t bytes, std::size_t) {
    void* pages = sys::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    madvise(pages, bytes, MADV_WIPEONFORK);
    return pages;
}

void ParentMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t) { munmap(memory, bytes); }
//! [parent-memory]

}  // namespace forklore
