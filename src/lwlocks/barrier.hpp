/// \file
/// Barrier: processes that work on something together wait for each other at the end of each phase.
///
/// Their number may be fixed at the start, or they attach and detach as they come and go; who attaches late is told which phase it joins.
///
/// Counterpart in PostgreSQL: barrier.c.
#pragma once

#include <cstdint>

#include "lwlocks/condition_variable.hpp"

namespace forklore {

//! [barrier]
/// See the top of this file. Zeroed memory is a barrier without participants, in phase 0. The others wait for a participant that is
/// killed: so it counts as holding something while it waits, and who attaches keeps a HoldingShared until it detaches.
class Barrier {
public:
    using Shareable = void;  ///< see k_shareable

    Barrier() = default;
    /// \param participants how many there are for good; 0: whoever attaches.
    explicit Barrier(std::int32_t participants) : participants_(participants), fixed_(participants > 0) {}

    /// Takes part from now on. Throws Error when the participants are fixed. \return the phase that it joins.
    std::int32_t attach();
    /// Waits until all participants have arrived; then the next phase begins. Throws what an interrupt throws, and then has not arrived.
    /// \param event what others see this process wait for. \return true in exactly one of them, which may do what is to be done once.
    bool arrive_and_wait(WaitEvent event);
    /// Arrives, waits for nobody, and takes no part in later phases. Throws Error when the participants are fixed. \return whether it was
    /// the last one who took part.
    bool arrive_and_detach() { return leave(true); }
    /// Takes no part any more. If all others have arrived, they go on; if there are none, the phase remains. Throws Error when the
    /// participants are fixed. \return whether it was the last one who took part.
    bool detach() { return leave(false); }

    /// The phase, from 0.
    std::int32_t phase() const;
    /// How many take part.
    std::int32_t participants() const;

private:
    void refuse_if_fixed() const;
    bool next_phase_if_complete();
    bool leave(bool arrive);

    mutable SpinLock lock_;
    std::int32_t phase_ = 0;  // this and what follows: under lock_
    std::int32_t participants_ = 0;
    std::int32_t arrived_ = 0;
    std::int32_t elected_ = 0;  // the last phase that has found its chosen one
    bool fixed_ = false;        // constant
    ConditionVariable next_phase_;
};
//! [barrier]

}  // namespace forklore
