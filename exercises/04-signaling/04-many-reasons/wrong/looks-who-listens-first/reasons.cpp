// Looks who is there, and tells him.
#include "reasons.hpp"

#include <bit>
#include <exception>

namespace forklore::exercise {

bool tell(Ear& ear, pid_t whom, Reason reason) {
    if (listener_of(ear.told.load()) != whom) return false;
    ear.told.fetch_or(bit_of(reason));
    send_signal(whom);
    return true;
}

void serve(Ear& ear, const Handlers& handlers) {
    // All at once, and the pid stays. What is told from now on is for the next time.
    std::uint64_t reasons = ear.told.fetch_and(~k_reasons) & k_reasons;
    for (; reasons != 0; reasons &= reasons - 1) {
        try {
            handlers[static_cast<std::size_t>(std::countr_zero(reasons))]();
        } catch (const std::exception&) {
            // The server would write it to its log. The others are served all the same.
        }
    }
}

}  // namespace forklore::exercise
