/// \file
/// Named structures in shared memory.
#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string_view>

namespace forklore::exercise {

/// Made before the fork. Afterwards any process may ask for a structure by its name; the first one that asks makes it.
class Directory {
public:
    /// Makes a segment with nothing in it.
    Directory()
        : segment_(new (::mmap(nullptr, sizeof(Segment), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                               -1, 0)) Segment) {}
    ~Directory() { ::munmap(segment_, sizeof(Segment)); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    /// The structure of a name, at the same address for all.
    /// Throws Error XX000 when it exists with another size, 53200 when there is no room for it, and what `initialise` throws; then
    /// it does not exist.
    /// \param name at most 31 bytes. \param bytes that it takes, at most 1000.
    /// \param initialise called by the first process that asks, with bytes of any value. Nobody gets the structure before it has
    /// returned. It asks for no structure itself.
    void* find_or_create(std::string_view name, std::size_t bytes,
                         const std::function<void(void*)>& initialise);

private:
    static constexpr std::size_t k_lines = 8, k_room = 1024;
    struct Line {
        char name[32];
        std::size_t bytes;
        std::atomic<bool> ready;  // yours, if you need it
        alignas(16) char room[k_room];
    };
    struct Segment {
        boost::interprocess::interprocess_mutex lock;
        std::atomic<std::size_t> used{0};  // lines in use
        std::array<Line, k_lines> lines{};
    };

    Line* find(std::string_view name);                    // null: there is none. Throws nothing.
    Line& add(std::string_view name, std::size_t bytes);  // throws Error 53200

    Segment* segment_;
};

}  // namespace forklore::exercise
