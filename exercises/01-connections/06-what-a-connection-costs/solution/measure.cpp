// The clock for what the client sees, wait4 for what the machine does. The median, since a single
// interruption by somebody else's process would show in a mean.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "servers.hpp"

namespace forklore::exercise {

namespace {

std::int64_t nanoseconds(const timeval& time) {
    return (std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec) * 1'000;
}

}  // namespace

Cost measure(Server& server, int connections) {
    using Clock = std::chrono::steady_clock;
    Cost cost;
    for (int i = 0; i < connections; ++i) {
        const Clock::time_point begin = Clock::now();
        const UniqueFd socket = connect_to(server);
        wait_for_byte(socket.get());
        cost.samples.push_back(std::chrono::nanoseconds(Clock::now() - begin).count());
    }

    // A child's time is added to its parent's account when the parent waits for it; the server does so before
    // it ends.
    server.stop();
    rusage usage{};
    ::wait4(server.pid(), nullptr, 0, &usage);
    cost.cpu = (nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)) / connections;

    std::vector<std::int64_t> sorted = cost.samples;
    const auto middle = sorted.begin() + connections / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    cost.median = *middle;
    return cost;
}

}  // namespace forklore::exercise
