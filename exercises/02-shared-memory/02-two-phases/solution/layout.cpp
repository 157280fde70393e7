// Each structure takes its bytes and the gap behind them, so that each end is the next one's aligned beginning, and the last
// end is the sum. Both additions may overflow: a request that is nearly as large as a size_t fits, and its gap does not.
#include "layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace forklore::exercise {

void Layout::request(std::string_view name, std::size_t bytes) {
    if (sealed_)
        throw Error(sqlstate::object_not_in_prerequisite_state, "cannot request \"{}\" now", name)
            .detail("The layout is sealed.");
    const auto same = std::find_if(structures_.begin(), structures_.end(),
                                   [&](const Structure& s) { return s.name == name; });
    if (same == structures_.end())
        structures_.push_back({std::string(name), bytes, 0});
    else if (same->bytes != bytes)
        throw Error(sqlstate::internal_error, "\"{}\" is requested with {} bytes and with {}", name,
                    same->bytes, bytes);
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
