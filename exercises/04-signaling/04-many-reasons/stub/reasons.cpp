#include "reasons.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

bool tell([[maybe_unused]] Ear& ear, [[maybe_unused]] pid_t whom, [[maybe_unused]] Reason reason) {
    // TODO: set the reason's bit if the word is still that process's, and send the signal.
    not_written_yet("04-signaling/04-many-reasons");
}

void serve([[maybe_unused]] Ear& ear, [[maybe_unused]] const Handlers& handlers) {
    // TODO: take all reasons out of the word, and serve each of them.
    not_written_yet("04-signaling/04-many-reasons");
}

}  // namespace forklore::exercise
