// Who raises a barrier writes its number and then looks who is there. Who comes says that he is there and then looks at the number. So one of the
// two sees the other. Who absorbs reads the number first, and promises no more than that.
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
    // From here on it is told what is raised. Whatever was raised before, it begins with.
    passage.places[me].listens.store(1);
    passage.places[me].absorbed.store(passage.generation.load());
    renew();
}

}  // namespace forklore::exercise
