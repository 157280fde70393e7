// The mean of many rounds is better than one round.
#include <deque>

#include "processes.hpp"
#include "street.hpp"

namespace forklore::exercise {

std::size_t place(Layout layout, int process) {
    return static_cast<std::size_t>(process) * (layout == Layout::neighbours ? sizeof(Lock) : k_line);
}

double measure(Layout layout) {
    const Street street;
    {
        std::deque<Child> children;
        for (int process = 0; process < k_processes; ++process) {
            children.emplace_back([&street, layout, process] {
                street.start_together();
                const std::int64_t begin = cpu_ns();
                work(street, street.lock(place(layout, process)), k_pairs);
                street.found(process) = static_cast<double>(cpu_ns() - begin) / k_pairs;
            });
        }
        for (Child& child : children) child.join();
    }
    double sum = 0;
    for (int process = 0; process < k_processes; ++process) sum += street.found(process);
    return sum / k_processes;
}

std::vector<Round> measure_rounds() {
    std::vector<Round> rounds;
    for (int n = 0; n < k_rounds; ++n) {
        Round round;
        round.neighbours = measure(Layout::neighbours);
        round.apart = measure(Layout::apart);
        rounds.push_back(round);
    }
    return rounds;
}

Verdict verdict(const std::vector<Round>& rounds) {
    double neighbours = 0, apart = 0;
    for (const Round& round : rounds) {
        neighbours += round.neighbours;
        apart += round.apart;
    }
    // Less than a tenth is nothing.
    if (neighbours > 1.1 * apart) return Verdict::neighbours_cost_more;
    if (apart > 1.1 * neighbours) return Verdict::neighbours_cost_less;
    return Verdict::cannot_tell;
}

}  // namespace forklore::exercise
