/// \file
/// DynamicSegment: memory that some processes share for a while.
///
/// The segment is made once and never grows; what two processes need for the length of a query must come from elsewhere. One of
/// them makes a dynamic segment and tells the other its handle, through the main segment as a rule. Both may map it at different
/// addresses, so nothing in it may be a plain pointer.
///
/// It has no name in any file system. It is a file that lives in memory alone (memfd_create) and that the kernel keeps as long as a
/// process has it open; who has its handle opens it through the descriptor of one who is there already. So the last one to detach or
/// to die takes it along, and a machine on which the whole server was killed has nothing to clean up.
///
/// Counterpart in PostgreSQL: dsm.c, dsm_impl.c, whose segments are files in /dev/shm that a restarted server looks for and removes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "shared_memory/process_slot.hpp"

namespace forklore {

//! [dynamic-handle]
/// What a dynamic segment is known by: a random number, so that an old handle never means another segment. 0: none.
using DynamicHandle = std::uint64_t;
//! [dynamic-handle]

//! [dynamic-segment]
/// A dynamic segment as this process sees it: mapped while this object lives.
class DynamicSegment {
public:
    /// Makes one, of zeros. Throws Error 53000 when there are too many, 53200 when the machine has not so much memory.
    /// \param bytes at least 1.
    static DynamicSegment create(std::size_t bytes);

    /// Maps one that another process has made. Throws Error 55000 when nobody has it any more.
    /// \param handle as the maker was told.
    static DynamicSegment attach(DynamicHandle handle);

    ~DynamicSegment() { detach(); }
    /// \param other has none afterwards
    DynamicSegment(DynamicSegment&& other) noexcept;
    DynamicSegment& operator=(DynamicSegment&&) = delete;

    void* address() const;                           ///< where it is here: on a boundary of k_shared_alignment bytes
    std::size_t size() const;                        ///< bytes asked for
    DynamicHandle handle() const { return handle_; } ///< to give to others

private:
    DynamicSegment(DynamicHandle handle, UniqueFd file, std::size_t mapped);
    void enter() const;
    void detach() noexcept;

    DynamicHandle handle_ = 0;
    UniqueFd file_;
    void* map_ = nullptr;
    std::size_t mapped_ = 0;
};
//! [dynamic-segment]

//! [dynamic-register]
/// One process's hold on a dynamic segment.
struct DynamicHold {
    DynamicHandle handle;  ///< of the segment
    SlotNumber slot;       ///< whose
    std::int32_t fd;       ///< its descriptor, in that process
    std::uint64_t size;    ///< bytes
};

/// All of them, of a moment that is over when the answer comes.
std::vector<DynamicHold> dynamic_holds();

void request_dynamic_register();              ///< first phase: asks for room in the segment
void create_dynamic_register();               ///< second phase, and again in a new segment
void drop_dynamic_holds(SlotNumber of);       ///< what a process left that is dead \param of its slot
void drop_my_dynamic_holds() noexcept;        ///< what this process still has when it ends
//! [dynamic-register]

}  // namespace forklore
