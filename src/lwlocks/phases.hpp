/// \file
/// The moments of a wait at which the order of events matters, and a way for tests to make them last.
#pragma once

#include <cstdint>

namespace forklore {

//! [phases]
/// A moment in the life of a wait for a lock.
enum class LockPhase : std::uint8_t {
    before_queueing,    ///< the lock is not free, and nobody knows yet that we want it
    before_second_try,  ///< we are in the queue
    before_sleeping,    ///< it is still not free
    before_waking,      ///< we gave it back, and somebody waits
};

namespace detail {
/// What a test does at these moments. Null in a server; all of them are on the slow path.
extern void (*phase_hook)(LockPhase);
inline void at_phase(LockPhase phase) {
    if (phase_hook != nullptr) phase_hook(phase);
}
}  // namespace detail
//! [phases]

}  // namespace forklore
