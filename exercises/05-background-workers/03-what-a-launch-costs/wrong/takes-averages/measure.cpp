// Of each number, the average.
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
        for (const Launch& launch : cost.samples) cost.median.*number += launch.*number;
        cost.median.*number /= k_launches;
    }
    return cost;
}

}  // namespace forklore::exercise
