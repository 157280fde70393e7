/// \file
/// A stack of numbers in shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace forklore::exercise {

/// The stack lies in memory that several processes have mapped, each of them where the kernel had room. Memory that is zero is an
/// empty stack. A lock around it is the caller's business.
class Shelf {
public:
    /// Looks at the stack that is there. \param memory mapped, aligned as a std::uint64_t. \param bytes of it.
    Shelf(void* memory, std::size_t bytes) : memory_(memory), bytes_(bytes) {}

    /// Puts a number on top. \param number any. \return false when there is no room
    bool push(std::uint64_t number);

    /// Takes the number on top; its room can be used again. \return nothing when the stack is empty
    std::optional<std::uint64_t> pop();

private:
    void* memory_;
    std::size_t bytes_;
};

}  // namespace forklore::exercise
