#include "not_written_yet.hpp"
#include "ways.hpp"

namespace forklore::exercise {

Cost measure([[maybe_unused]] Way& way) {
    // TODO: round trips between this process and a child, and then what it takes to wake one that is awake.
    not_written_yet("04-signaling/03-what-a-wake-up-costs");
}

}  // namespace forklore::exercise
