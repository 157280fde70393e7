#include "layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace forklore::exercise {

void Layout::request(std::string_view name, std::size_t bytes) {
    if (sealed_)
        throw Error(sqlstate::object_not_in_prerequisite_state, "cannot request \"{}\" now", name)
            .detail("The layout is sealed.");
    structures_.push_back({std::string(name), bytes, 0});
}

std::size_t Layout::seal() {
    std::size_t end = 0;
    for (Structure& structure : structures_) {
        structure.offset = end;
        // What lies between the end of the structure and the next boundary.
        const std::size_t gap = (k_alignment - structure.bytes % k_alignment) % k_alignment;
        if (__builtin_add_overflow(end, structure.bytes, &end) || __builtin_add_overflow(end, gap, &end))
            throw Error(sqlstate::program_limit_exceeded, "requested shared memory size overflows size_t");
    }
    sealed_ = true;
    return end;
}

std::size_t Layout::offset_of(std::string_view name) const {
    if (!sealed_)
        throw Error(sqlstate::object_not_in_prerequisite_state, "nobody knows yet where \"{}\" will lie",
                    name);
    for (const Structure& structure : structures_)
        if (structure.name == name) return structure.offset;
    throw Error(sqlstate::undefined_object, "nobody has requested \"{}\"", name);
}

}  // namespace forklore::exercise
