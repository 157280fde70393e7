// Once all have been told the barrier is raised.
#include "passage.hpp"

namespace forklore::exercise {

namespace {
bool waits_for(const Place& place, Generation generation) {
    return place.listens.load() != 0 && place.absorbed.load() < generation;
}
}  // namespace

Generation raise(Passage& passage) {
    const Generation next = passage.generation.load() + 1;
    for (std::size_t i = 0; i < passage.places.size(); ++i)
        if (waits_for(passage.places[i], next)) tell(passage, i);
    return passage.generation.fetch_add(1) + 1;
}

void absorb(Passage& passage, std::size_t me, const Renew& renew) {
    // Read first: what is raised from here on is told again.
    const Generation raised = passage.generation.load();
    renew();
    passage.places[me].absorbed.store(raised);
}

bool all_have(const Passage& passage, Generation generation) {
    for (const Place& place : passage.places)
        if (waits_for(place, generation)) return false;
    return true;
}

void enter(Passage& passage, std::size_t me, const Renew& renew) {
    // From here on it is told what is raised. Whatever was raised before, it begins with.
    passage.places[me].listens.store(1);
    passage.places[me].absorbed.store(passage.generation.load());
    renew();
}

}  // namespace forklore::exercise
