// The asker's clock stands at both ends, the marks lie in between, in the order in which one waits for the other: the postmaster for the asker, the worker for
// the postmaster, and back. The return of fork is not among them. The worker does not wait for it.
#include <algorithm>

#include "launch.hpp"

namespace forklore::exercise {

Cost measure(Postmaster& postmaster) {
    Cost cost;
    for (int i = 0; i < k_launches; ++i) {
        const std::int64_t asked = now();
        postmaster.ask();
        postmaster.wait();
        const std::int64_t told = now();
        const Marks& marks = postmaster.marks();
        cost.samples.push_back({.hear = marks.heard - asked,
                                .begin = marks.begun - marks.heard,
                                .bury = marks.buried - marks.begun,
                                .tell = told - marks.buried,
                                .whole = told - asked,
                                .fork = marks.forked - marks.heard});
    }
    for (const auto number :
         {&Launch::hear, &Launch::begin, &Launch::bury, &Launch::tell, &Launch::whole, &Launch::fork}) {
        std::vector<std::int64_t> all;
        for (const Launch& launch : cost.samples) all.push_back(launch.*number);
        const auto middle = all.begin() + k_launches / 2;
        std::nth_element(all.begin(), middle, all.end());
        cost.median.*number = *middle;
    }
    return cost;
}

}  // namespace forklore::exercise
