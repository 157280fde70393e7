#include "segments.hpp"

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

// Below, the number of the place; above, how often it has been given out. That is at least 1, so that no handle is 0.
Handle handle_of(std::size_t place, std::uint32_t generation) { return Handle{generation} << 32 | place; }
std::size_t place_of(Handle handle) { return handle & 0xFFFFFFFFu; }

// How many have attached it.
void change(std::bitset<k_processes>& count, int by) {
    count = count.to_ullong() + static_cast<unsigned long long>(by);
}

}  // namespace

Handle Segments::create(Process) {
    for (std::size_t number = 0; number < k_places; ++number) {
        Place& place = places_[number];
        if (place.attached_by.any()) continue;
        ++place.generation;
        change(place.attached_by, 1);
        return handle_of(number, place.generation);
    }
    throw Error(sqlstate::out_of_memory, "there are {} dynamic segments already", k_places);
}

void Segments::attach(Process, Handle handle) {
    if (!exists(handle))
        throw Error(sqlstate::undefined_object, "dynamic segment {:x} does not exist", handle);
    change(places_[place_of(handle)].attached_by, 1);
}

void Segments::detach(Process, Handle handle) {
    if (!exists(handle))
        throw Error(sqlstate::object_not_in_prerequisite_state, "dynamic segment {:x} is not attached",
                    handle);
    change(places_[place_of(handle)].attached_by, -1);
}

void Segments::bury(Process) {
    // It had detached all that it used.
}

bool Segments::exists(Handle handle) const {
    const std::size_t number = place_of(handle);
    if (number >= k_places) return false;
    const Place& place = places_[number];
    return place.attached_by.any() && handle == handle_of(number, place.generation);
}

}  // namespace forklore::exercise
