// Two processes wake each other in turn: by a latch, and by a bare futex, which is the least that the kernel offers.
//
//   latch_round_trip [ROUND-TRIPS]
//
// prints lines `name microseconds processor-microseconds`, each of a round trip, the median of rounds in which the ways take turns; and what it
// costs to set a latch whose owner is awake.
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/settings.hpp"
#include "base/wait_set.hpp"
#include "connections/connection_settings.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/shared_memory_settings.hpp"
#include "signaling/latch.hpp"
#include "signaling/signal_place.hpp"

using namespace forklore;

namespace {

constexpr int k_rounds = 9;

// What the two share: whose turn it is, and the futexes.
struct Table {
    using Shareable = void;
    alignas(64) std::atomic<std::uint32_t> turn;
    alignas(64) std::atomic<std::uint32_t> ready;
    alignas(64) std::atomic<std::uint32_t> futex[2];
};
Table* table = nullptr;
SlotNumber players[2];

void wait_by_latch(WaitSet& set, std::uint32_t turn) {
    while (table->turn.load(std::memory_order_relaxed) != turn) set.wait();
}

// The word is 0 while nobody has been woken, 1 when somebody has.
void wait_by_futex(int me, std::uint32_t turn) {
    while (table->turn.load(std::memory_order_relaxed) != turn)
        if (table->futex[me].exchange(0) == 0) ::syscall(SYS_futex, &table->futex[me], FUTEX_WAIT, 0, nullptr, nullptr, 0);
}
void wake_by_futex(int whom) {
    table->futex[whom].store(1);
    ::syscall(SYS_futex, &table->futex[whom], FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void play(bool by_latch, int me, std::uint32_t turns) {
    WaitSet set;
    for (std::uint32_t turn = static_cast<std::uint32_t>(me); turn < turns; turn += 2) {
        by_latch ? wait_by_latch(set, turn) : wait_by_futex(me, turn);
        table->turn.store(turn + 1, std::memory_order_relaxed);
        by_latch ? latch_of(players[1 - me]).set() : wake_by_futex(1 - me);
    }
}

double processor_us() {
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

struct Cost {
    double wall, processor;
};

Cost round(bool by_latch, std::uint32_t trips) {
    table->turn = table->ready = table->futex[0] = table->futex[1] = 0;
    const double before = processor_us();
    pid_t children[2];
    std::int64_t start = 0;
    for (int me = 0; me < 2; ++me) {
        children[me] = ::fork();
        if (children[me] == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            process_table().attach(players[me]);
            attach_latch();
            table->ready.fetch_add(1);
            while (table->ready.load() < 3) ::sched_yield();
            play(by_latch, me, 2 * trips);
            ::_exit(0);
        }
        process_table().born(players[me], children[me]);
    }
    while (table->ready.load() < 2) ::sched_yield();
    start = monotonic_us();
    table->ready.fetch_add(1);
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    const double wall = static_cast<double>(monotonic_us() - start);
    return {wall / trips, (processor_us() - before) / trips};
}

void print(const char* name, std::vector<Cost> costs) {
    const auto median = [&](double Cost::* of) {
        std::nth_element(costs.begin(), costs.begin() + k_rounds / 2, costs.end(), [of](const Cost& a, const Cost& b) { return a.*of < b.*of; });
        return costs[k_rounds / 2].*of;
    };
    const double wall = median(&Cost::wall);
    std::printf("%s %.2f %.2f\n", name, wall, median(&Cost::processor));
}

}  // namespace

int main(int argc, char** argv) {
    const auto trips = static_cast<std::uint32_t>(argc > 1 ? std::stoul(argv[1]) : 20'000);
    define_connection_settings(settings());
    define_shared_memory_settings(settings());
    process_table().request();
    detail::request_signal_places();
    segment().request("Table", sizeof(Table));
    segment().create();
    process_table().create();
    detail::create_signal_places();
    table = segment().find_or_create_array<Table>("Table", 1);
    for (SlotNumber& player : players) player = process_table().assign(ProcessKind::client_backend);

    std::vector<Cost> latch, futex;
    for (int i = 0; i < k_rounds; ++i) {
        latch.push_back(round(true, trips));
        futex.push_back(round(false, trips));
    }
    print("latch", latch);
    print("futex", futex);

    constexpr int k_sets = 10'000'000;
    const std::int64_t start = monotonic_us();
    for (int i = 0; i < k_sets; ++i) latch_of(players[0]).set();
    std::printf("set %.4f\n", static_cast<double>(monotonic_us() - start) / k_sets);
}
