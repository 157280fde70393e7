#include "lwlocks/barrier.hpp"

#include "base/error.hpp"

namespace forklore {

//! [attach]
void Barrier::refuse_if_fixed() const {
    if (fixed_)
        throw Error(sqlstate::object_not_in_prerequisite_state, "the participants of this barrier are fixed");
}

std::int32_t Barrier::attach() {
    refuse_if_fixed();
    const SpinLockGuard guard(lock_);
    ++participants_;
    return phase_;
}

std::int32_t Barrier::phase() const {
    const SpinLockGuard guard(lock_);
    return phase_;
}

std::int32_t Barrier::participants() const {
    const SpinLockGuard guard(lock_);
    return participants_;
}
//! [attach]

//! [arrive]
// Under lock_.
bool Barrier::next_phase_if_complete() {
    if (arrived_ < participants_) return false;
    ++phase_;
    arrived_ = 0;
    return true;
}

bool Barrier::arrive_and_wait(WaitEvent event) {
    const HoldingShared arrived;  // the others count on it, and on the news of the next phase
    ConditionSleep sleep(next_phase_);
    lock_.lock();
    const std::int32_t before = phase_;
    ++arrived_;
    if (next_phase_if_complete()) {
        elected_ = phase_;
        lock_.unlock();
        next_phase_.broadcast();
        return true;
    }
    lock_.unlock();
    for (;;) {
        {
            const SpinLockGuard guard(lock_);
            if (phase_ != before) {
                // As a rule the last one to arrive is the chosen one. If that one has left, the first to wake up is.
                const bool chosen = elected_ != phase_;
                elected_ = phase_;
                return chosen;
            }
        }
        try {
            sleep.wait(event);
        } catch (...) {
            // Not arrived after all, unless the others have gone on meanwhile.
            const SpinLockGuard guard(lock_);
            if (phase_ == before) --arrived_;
            throw;
        }
    }
}
//! [arrive]

//! [leave]
bool Barrier::leave(bool arrive) {
    refuse_if_fixed();
    const HoldingShared news_not_told;
    lock_.lock();
    const bool last = --participants_ == 0;
    const bool go_on = (arrive || !last) && next_phase_if_complete();
    lock_.unlock();
    if (go_on) next_phase_.broadcast();
    return last;
}
//! [leave]

}  // namespace forklore
