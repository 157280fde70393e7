// First all rounds of the one, then all rounds of the other.
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
    std::vector<Round> rounds(k_rounds);
    for (Round& round : rounds) round.neighbours = measure(Layout::neighbours);
    for (Round& round : rounds) round.apart = measure(Layout::apart);
    return rounds;
}

Verdict verdict(const std::vector<Round>& rounds) {
    std::size_t more = 0, less = 0;
    for (const Round& round : rounds) {
        more += round.neighbours > round.apart;
        less += round.neighbours < round.apart;
    }
    if (10 * more >= 9 * rounds.size()) return Verdict::neighbours_cost_more;
    if (10 * less >= 9 * rounds.size()) return Verdict::neighbours_cost_less;
    return Verdict::cannot_tell;
}

}  // namespace forklore::exercise
