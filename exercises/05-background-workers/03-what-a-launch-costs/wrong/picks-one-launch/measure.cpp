// The launch in the middle, by the time that it took.
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
    std::vector<Launch> sorted = cost.samples;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Launch& x, const Launch& y) { return x.whole < y.whole; });
    cost.median = sorted[k_launches / 2];
    return cost;
}

}  // namespace forklore::exercise
