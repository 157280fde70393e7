#include "slots.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

std::optional<Handle> enlist([[maybe_unused]] Slots& slots, [[maybe_unused]] std::uint64_t job) {
    // TODO: take a free slot, fill it, and say so.
    not_written_yet("05-background-workers/09-never-a-stranger");
}

Seen look([[maybe_unused]] const Handle& handle) {
    // TODO: what is true of this worker, and of no other?
    not_written_yet("05-background-workers/09-never-a-stranger");
}

void ask_to_end([[maybe_unused]] const Handle& handle) {
    // TODO: leave a word for the postmaster.
    not_written_yet("05-background-workers/09-never-a-stranger");
}

}  // namespace forklore::exercise
