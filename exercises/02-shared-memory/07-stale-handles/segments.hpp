/// \file
/// Who has attached which dynamic segment.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace forklore::exercise {

/// What processes tell each other so that all of them find the same segment. 0 is no segment's.
using Handle = std::uint64_t;

/// A process's place in the process table.
using Process = std::size_t;
inline constexpr std::size_t k_processes = 64;  ///< that there can be

/// The table behind dynamic segments. The memory itself is somebody else's business: here is only who may use it. It would lie in
/// shared memory, under a lock; here it is an object, and the caller has the lock.
class Segments {
public:
    static constexpr std::size_t k_places = 4;  ///< segments that there can be at one time

    /// A new segment, attached by its maker. Throws Error 53200 when there are k_places.
    /// \param by its maker. \return its handle, which no segment has had before
    Handle create(Process by);

    /// Throws Error 42704 when the segment has gone, 55000 when the process has attached it already.
    /// \param by the process that wants it. \param handle any number: it may be old, or nonsense.
    void attach(Process by, Handle handle);

    /// The segment goes with the last process that detaches it. Throws Error 55000 when the process has not attached it.
    /// \param by the process that has had enough. \param handle any number.
    void detach(Process by, Handle handle);

    /// A process has died: it detaches all that it had attached. \param who it was.
    void bury(Process who);

    /// Whether the segment is there. \param handle any number.
    bool exists(Handle handle) const;

private:
    struct Place {
        std::uint32_t generation = 0;            // yours
        std::bitset<k_processes> attached_by{};  // nobody: the place is free
    };
    std::array<Place, k_places> places_{};
};

}  // namespace forklore::exercise
