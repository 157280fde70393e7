/// \file
/// Workers in slots, and handles that mean one of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "shared_word.hpp"

namespace forklore::exercise {

/// How far a slot has come: one of these, or else the pid of the process that runs.
enum Stage : std::uint32_t {
    k_free = 0,                  ///< nobody's
    k_filling = 0xffff'fffe,     ///< somebody has taken it, and nobody else may look at its job
    k_registered = 0xffff'ffff,  ///< the postmaster may start it
};

/// What a slot's word says: which registration it is of, and how far that has come.
struct Said {
    std::uint32_t generation = 0;  ///< one more for each registration
    std::uint32_t stage = k_free;  ///< a Stage, or a pid

    /// From the number in the slot. \param number it
    static Said of(std::uint64_t number) {
        return {static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
    }
    /// The number.
    std::uint64_t number() const { return std::uint64_t{generation} << 32 | stage; }
};

/// One slot, in shared memory.
struct Slot {
    SharedWord word;  ///< Said. From free to registered by any process, all else by the postmaster
    SharedWord
        job;  ///< what the worker shall do: a number. For the postmaster, once the word says `registered`
    SharedWord to_end;  ///< a generation: the postmaster ends the worker in this slot if it is of this one
};

/// All of them.
using Slots = std::array<Slot, 2>;

/// A worker that somebody has registered. It is kept as long as he likes: for hours after the worker has ended, and others have had its slot.
struct Handle {
    Slot* slot = nullptr;          ///< where it was registered
    std::uint32_t generation = 0;  ///< of its registration
};

/// What can be seen of a worker.
struct Seen {
    enum Status { not_yet_started, runs, ended } status = ended;  ///< how far it has come
    std::uint32_t pid = 0;                                        ///< of its process; 0 unless it runs
};

/// Registers a worker in a slot that is free. Others may do so at the same time. \param slots all of them \param job what it shall do \return none when no slot is free
std::optional<Handle> enlist(Slots& slots, std::uint64_t job);

/// Looks how a worker is: as it was at one moment of this call. \param handle of the worker
Seen look(const Handle& handle);

/// Asks the postmaster to end a worker; nothing happens to any other. \param handle of the worker, which may have ended long ago
void ask_to_end(const Handle& handle);

}  // namespace forklore::exercise
