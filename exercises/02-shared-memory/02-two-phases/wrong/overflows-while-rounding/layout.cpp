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
    std::size_t sum = 0;
    for (Structure& structure : structures_) {
        structure.offset = sum;
        const std::size_t rounded = (structure.bytes + k_alignment - 1) / k_alignment * k_alignment;
        if (__builtin_add_overflow(sum, rounded, &sum))
            throw Error(sqlstate::program_limit_exceeded, "requested shared memory size overflows size_t");
    }
    sealed_ = true;
    return sum;
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
