// Who comes absorbs what there is, and says at the end how far he has come.
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
    passage.places[me].listens.store(1);
    renew();
    passage.places[me].absorbed.store(passage.generation.load());
}

}  // namespace forklore::exercise
