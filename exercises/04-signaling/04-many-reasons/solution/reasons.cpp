// Whether the process is still there and that it is told something is one step. That it has been told and that this is forgotten is one step,
// too, and it comes before the first reason is served.
#include "reasons.hpp"

#include <bit>
#include <exception>

namespace forklore::exercise {

bool tell(Ear& ear, pid_t whom, Reason reason) {
    std::uint64_t before = ear.told.load();
    do {
        if (listener_of(before) != whom) return false;
    } while (!ear.told.compare_exchange(before, before | bit_of(reason)));
    // Even if the bit was there: whoever put it there may have been stopped before this line.
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
