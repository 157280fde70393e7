// Whatever took longer has been disturbed.
#include <sys/wait.h>

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
    const pid_t child = ::fork();
    if (child == 0) {
        way.come(answerer);
        for (int i = 0; i < k_round_trips; ++i) {
            way.sleep(answerer);
            way.wake(asker);
        }
        ::_exit(0);
    }
    for (int i = 0; i < k_round_trips; ++i) {
        const Clock::time_point begin = Clock::now();
        way.wake(answerer);
        way.sleep(asker);
        cost.samples.push_back(nanoseconds_since(begin));
    }
    ::waitpid(child, nullptr, 0);
    cost.sleeps = sleeps_of(RUSAGE_SELF) + sleeps_of(RUSAGE_CHILDREN) - before;
    cost.round_trip = *std::min_element(cost.samples.begin(), cost.samples.end());

    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < k_times_awake; ++i) way.wake(asker);
    cost.awake = nanoseconds_since(begin) / k_times_awake;
    return cost;
}

}  // namespace forklore::exercise
