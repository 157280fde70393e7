/// \file
/// Bytes with a trap behind them.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

namespace forklore::exercise {

/// A copy of some bytes that ends where the process's memory ends: whoever reads one byte too many gets
/// SIGSEGV.
class GuardedBytes {
public:
    /// \param bytes copied.
    explicit GuardedBytes(std::string_view bytes) : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
        const std::size_t room = (bytes.size() / page_ + 1) * page_;
        mapped_ = room + page_;
        void* memory = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        start_ = static_cast<char*>(memory);
        ::mprotect(start_ + room, page_, PROT_NONE);
        char* copy = start_ + room - bytes.size();
        std::memcpy(copy, bytes.data(), bytes.size());
        view_ = {copy, bytes.size()};
    }
    ~GuardedBytes() { ::munmap(start_, mapped_); }
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;

    /// The bytes. Valid as long as this object.
    std::string_view view() const { return view_; }

private:
    std::size_t page_;
    std::size_t mapped_ = 0;
    char* start_ = nullptr;
    std::string_view view_;
};

}  // namespace forklore::exercise
