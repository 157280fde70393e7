// The child stands still twice, so that it can be looked at from outside: before it has done anything, and after it has written to
// every page. Bytes in pipes tell when. The time of a fork is the parent's: the child may get its first turn much later.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>

#include "processes.hpp"
#include "region.hpp"

namespace forklore::exercise {

Cost measure(const Region& region) {
    using Clock = std::chrono::steady_clock;
    Cost cost;
    for (int i = 0; i < k_forks; ++i) {
        const Pipe use, used;
        const Clock::time_point begin = Clock::now();
        const pid_t child = ::fork();
        if (child == 0) {
            get_byte(use.read_end.get());
            region.write_to_every_page();
            put_byte(used.write_end.get());
            ::pause();
            ::_exit(0);
        }
        cost.samples.push_back(std::chrono::nanoseconds(Clock::now() - begin).count());
        cost.at_birth = page_tables_of(child);
        put_byte(use.write_end.get());
        get_byte(used.read_end.get());
        cost.afterwards = page_tables_of(child);
        cost.own = own_bytes_of(child, region);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    std::vector<std::int64_t> sorted = cost.samples;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    cost.fork = *middle;
    return cost;
}

}  // namespace forklore::exercise
