// The same steps, without a second process in the way.
#include <algorithm>
#include <chrono>

#include "ways.hpp"

namespace forklore::exercise {

namespace {
using Clock = std::chrono::steady_clock;
std::int64_t nanoseconds_since(Clock::time_point begin) {
    return std::chrono::nanoseconds(Clock::now() - begin).count();
}
}  // namespace

Cost measure(Way& way) {
    const OneProcessor one_processor;
    Cost cost;
    const long before = sleeps_of(RUSAGE_SELF) + sleeps_of(RUSAGE_CHILDREN);
    way.come(asker);
    way.come(answerer);
    for (int i = 0; i < k_round_trips; ++i) {
        const Clock::time_point begin = Clock::now();
        way.wake(answerer);
        way.sleep(answerer);
        way.wake(asker);
        way.sleep(asker);
        cost.samples.push_back(nanoseconds_since(begin));
    }
    cost.sleeps = sleeps_of(RUSAGE_SELF) + sleeps_of(RUSAGE_CHILDREN) - before;
    std::vector<std::int64_t> sorted = cost.samples;
    const auto middle = sorted.begin() + k_round_trips / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    cost.round_trip = *middle;

    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < k_times_awake; ++i) way.wake(asker);
    cost.awake = nanoseconds_since(begin) / k_times_awake;
    return cost;
}

}  // namespace forklore::exercise
