#include "segments.hpp"

#include "base/error.hpp"

namespace forklore::exercise {

namespace {

// Below, the number of the place; above, how often it has been given out. That is at least 1, so that no handle is 0.
Handle handle_of(std::size_t place, std::uint32_t generation) { return Handle{generation} << 32 | place; }
std::size_t place_of(Handle handle) { return handle & 0xFFFFFFFFu; }

}  // namespace

Handle Segments::create(Process by) {
    for (std::size_t number = 0; number < k_places; ++number) {
        Place& place = places_[number];
        if (place.attached_by.any()) continue;
        ++place.generation;
        place.attached_by.set(by);
        return handle_of(number, place.generation);
    }
    throw Error(sqlstate::out_of_memory, "there are {} dynamic segments already", k_places);
}

void Segments::attach(Process by, Handle handle) {
    if (!exists(handle))
        throw Error(sqlstate::undefined_object, "dynamic segment {:x} does not exist", handle);
    Place& place = places_[place_of(handle)];
    if (place.attached_by.test(by))
        throw Error(sqlstate::object_not_in_prerequisite_state, "dynamic segment {:x} is attached already",
                    handle);
    place.attached_by.set(by);
}

void Segments::detach(Process by, Handle handle) {
    if (!exists(handle) || !places_[place_of(handle)].attached_by.test(by))
        throw Error(sqlstate::object_not_in_prerequisite_state, "dynamic segment {:x} is not attached",
                    handle);
    Place& place = places_[place_of(handle)];
    place.attached_by.reset(by);
    if (place.attached_by.none()) place = {};
}

void Segments::bury(Process who) {
    for (Place& place : places_) {
        place.attached_by.reset(who);
        if (place.attached_by.none()) place = {};
    }
}

bool Segments::exists(Handle handle) const {
    const std::size_t number = place_of(handle);
    if (number >= k_places) return false;
    const Place& place = places_[number];
    return place.attached_by.any() && handle == handle_of(number, place.generation);
}

}  // namespace forklore::exercise
