#include "ends.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

Remains what_remains([[maybe_unused]] const End& end) {
    // TODO: say what such an end leaves in shared memory.
    not_written_yet("05-background-workers/01-what-an-end-means");
}

Next what_follows([[maybe_unused]] const End& end) {
    // TODO: say whether the worker is started again, and when.
    not_written_yet("05-background-workers/01-what-an-end-means");
}

}  // namespace forklore::exercise
