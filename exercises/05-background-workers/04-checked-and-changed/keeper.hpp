/// \file
/// A slot in shared memory, and the postmaster who looks at it.
#pragma once

#include <cstdint>
#include <optional>

#include "shared_word.hpp"

namespace forklore::exercise {

/// How far a slot has come.
enum Stage : std::uint64_t { k_free, k_registered, k_known };

/// Where a worker is registered. It lies in shared memory: whatever stands here, any child may overwrite it at any time, and one that has gone wild does.
struct Slot {
    SharedWord stage;  ///< Stage
    SharedWord
        function;     ///< which function the worker runs: a place in the postmaster's list, below k_functions
    SharedWord rest;  ///< for how many seconds it rests before it is started again, at most k_longest_rest
};

inline constexpr std::uint64_t k_functions = 3;         ///< that the postmaster knows
inline constexpr std::uint64_t k_longest_rest = 86400;  ///< seconds

/// A description of a worker in memory of one's own.
struct Worker {
    std::uint64_t function = 0;  ///< see Slot
    std::uint64_t rest = 0;      ///< see Slot
};

/// What the postmaster can do. The test looks on.
class Server {
public:
    virtual ~Server() = default;
    /// Forks a child that jumps to the function in that place of the list. \param function the place
    virtual void start(std::uint64_t function) = 0;
    /// Has the postmaster called when so much time is over: KeeperOfOne::rested(). \param seconds it
    virtual void call_after(std::uint64_t seconds) = 0;
    /// Says in the log that a registration was refused.
    virtual void refuse() = 0;
};

/// The postmaster's part. It keeps one worker, in one slot; what it remembers itself, no child can reach.
class KeeperOfOne {
public:
    /// \param slot where children register \param server what it can do
    KeeperOfOne(Slot& slot, Server& server) : slot_(slot), server_(server) {}

    /// A child has said that there is something to see. If a worker has been registered that can be, it is started; otherwise it is refused, and the
    /// slot is free.
    void look();
    /// The worker has failed. It is to be started again when it has rested.
    void failed();
    /// It has rested.
    void rested();

private:
    Slot& slot_;
    Server& server_;
    std::optional<Worker> known_;  // the worker that runs, or rests
};

}  // namespace forklore::exercise
