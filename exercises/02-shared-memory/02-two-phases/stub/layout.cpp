#include "layout.hpp"

#include "not_written_yet.hpp"

namespace forklore::exercise {

void Layout::request([[maybe_unused]] std::string_view name, [[maybe_unused]] std::size_t bytes) {
    // TODO: remember it, or say why not.
    not_written_yet("02-shared-memory/02-two-phases");
}

std::size_t Layout::seal() {
    // TODO: a place for each, none on another's, and the sum.
    not_written_yet("02-shared-memory/02-two-phases");
}

std::size_t Layout::offset_of([[maybe_unused]] std::string_view name) const {
    // TODO: where it lies, or why nobody knows.
    not_written_yet("02-shared-memory/02-two-phases");
}

}  // namespace forklore::exercise
