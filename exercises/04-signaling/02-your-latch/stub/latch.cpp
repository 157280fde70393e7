#include "signaling/latch.hpp"

#include "not_written_yet.hpp"

namespace forklore {

void Latch::set() noexcept {
    // TODO: set it, and wake its owner if that sleeps and nobody has done it yet.
    not_written_yet("04-signaling/02-your-latch");
}

void Latch::reset() noexcept {
    // TODO: forget that it was set; the owner is awake.
    not_written_yet("04-signaling/02-your-latch");
}

bool Latch::fall_asleep([[maybe_unused]] bool with_bell) noexcept {
    // TODO: announce the sleep, unless it has been set.
    not_written_yet("04-signaling/02-your-latch");
}

void Latch::awake() noexcept {
    // TODO: take the announcement back.
    not_written_yet("04-signaling/02-your-latch");
}

bool Latch::set_own() noexcept {
    // TODO: set it, and say whether the owner has announced a sleep.
    not_written_yet("04-signaling/02-your-latch");
}

}  // namespace forklore
