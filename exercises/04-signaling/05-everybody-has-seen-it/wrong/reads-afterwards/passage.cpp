// Says what is true now.
#include "passage.hpp"

namespace forklore::exercise {

namespace {
bool waits_for(const Place& place, Generation generation) {
    return place.listens.load() != 0 && place.absorbed.load() < generation;
}
}  // namespace

Generation raise(Passage& passage) {
    const Generation generation = passage.generation.fetch_add(1) + 1;
    for (std::size_t i = 0; i < passage.places.size(); ++i)
        if (waits_for(passage.places[i], generation)) tell(passage, i);
    return generation;
}

void absorb(Passage& passage, std::size_t me, const Renew& renew) {
    renew();
    passage.places[me].absorbed.store(passage.generation.load());
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
