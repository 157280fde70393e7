#include "segments.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

Handle Segments::create([[maybe_unused]] Process by) {
    // TODO: a free place, and a handle that has never been one.
    not_written_yet("02-shared-memory/07-stale-handles");
}

void Segments::attach([[maybe_unused]] Process by, [[maybe_unused]] Handle handle) {
    // TODO: one more.
    not_written_yet("02-shared-memory/07-stale-handles");
}

void Segments::detach([[maybe_unused]] Process by, [[maybe_unused]] Handle handle) {
    // TODO: one less, and perhaps the last.
    not_written_yet("02-shared-memory/07-stale-handles");
}

void Segments::bury([[maybe_unused]] Process who) {
    // TODO: all that it had.
    not_written_yet("02-shared-memory/07-stale-handles");
}

bool Segments::exists([[maybe_unused]] Handle handle) const {
    // TODO: is it this one, or one that was here before it?
    not_written_yet("02-shared-memory/07-stale-handles");
}

}  // namespace forklore::exercise
