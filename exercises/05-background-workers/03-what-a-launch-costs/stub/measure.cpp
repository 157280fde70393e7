#include "launch.hpp"
#include "not_written_yet.hpp"

namespace forklore::exercise {

Cost measure([[maybe_unused]] Postmaster& postmaster) {
    // TODO: launch k_launches workers, and find out what each launch was made of.
    not_written_yet("05-background-workers/03-what-a-launch-costs");
}

}  // namespace forklore::exercise
