// A reason is forgotten when it has been served.
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
    std::uint64_t reasons = ear.told.load() & k_reasons;
    for (; reasons != 0; reasons &= reasons - 1) {
        try {
            handlers[static_cast<std::size_t>(std::countr_zero(reasons))]();
        } catch (const std::exception&) {
        }
    }
    ear.told.fetch_and(~k_reasons);
}

}  // namespace forklore::exercise
