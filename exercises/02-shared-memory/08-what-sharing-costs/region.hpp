/// \file
/// Memory that a parent has used before it forks, and how to ask the kernel what it costs.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <new>
#include <string>
#include <vector>

namespace forklore::exercise {

/// Whether children get the pages themselves or copies of them.
enum class Kind { shared, of_its_own };

/// Some memory, all of it in use, in pages of the usual size.
class Region {
public:
    /// Maps it and writes to every page. \param kind of memory. \param bytes of it.
    Region(Kind kind, std::size_t bytes) : bytes_(bytes) {
        const int flags = (kind == Kind::shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS;
        void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc();
        begin_ = static_cast<char*>(at);
        ::madvise(begin_, bytes_, MADV_NOHUGEPAGE);
        write_to_every_page();
    }
    ~Region() { ::munmap(begin_, bytes_); }
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    std::size_t bytes() const { return bytes_; }  ///< its size
    const void* begin() const { return begin_; }  ///< where it lies
    static std::size_t page() {                   ///< size of a page
        return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    }

    /// Writes one byte to each page, in the process that calls it.
    void write_to_every_page() const {
        for (std::size_t at = 0; at < bytes_; at += page()) const_cast<volatile char*>(begin_)[at] = 1;
    }
    /// Reads one byte of each page, in the process that calls it.
    void read_every_page() const {
        for (std::size_t at = 0; at < bytes_; at += page())
            (void)*const_cast<const volatile char*>(begin_ + at);
    }

private:
    std::size_t bytes_;
    char* begin_ = nullptr;
};

/// Bytes that the kernel keeps for a process's page tables: VmPTE. \param process any of ours.
inline std::size_t page_tables_of(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::size_t kilobytes = 0;
    for (std::string word; status >> word;)
        if (word == "VmPTE:") status >> kilobytes;
    return kilobytes * 1024;
}

/// Bytes of a region that nobody but this process has. \param process any of ours. \param region mapped in it.
inline std::size_t own_bytes_of(pid_t process, const Region& region) {
    char begins[32];
    std::snprintf(begins, sizeof begins, "%lx-", reinterpret_cast<unsigned long>(region.begin()));
    std::ifstream smaps("/proc/" + std::to_string(process) + "/smaps");
    std::size_t sum = 0, kilobytes = 0;
    bool inside = false;
    for (std::string line; std::getline(smaps, line);) {
        if (line.find('-') < line.find(' ')) inside = line.starts_with(begins);
        if (inside && std::sscanf(line.c_str(), "Private_Dirty: %zu", &kilobytes) == 1)
            sum += kilobytes * 1024;
    }
    return sum;
}

/// What a region costs with one child.
struct Cost {
    std::vector<std::int64_t> samples;  ///< each fork of the parent's: nanoseconds until it returned
    std::int64_t fork = 0;              ///< their median
    std::size_t at_birth = 0;           ///< bytes of page tables of a child that has done nothing yet
    std::size_t afterwards = 0;         ///< the same when it has written to every page of the region
    std::size_t own = 0;                ///< bytes of the region that are its own then
};

/// Forks so often.
inline constexpr int k_forks = 21;

/// Measures with k_forks children, one after the other. None is left when it returns. \param region that they inherit.
Cost measure(const Region& region);

}  // namespace forklore::exercise
