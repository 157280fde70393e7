// What the pieces of shared memory cost by themselves, in processor time.
//
//   shared_costs
//
// prints lines `name nanoseconds`, each the median of rounds.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "base/settings.hpp"
#include "base/wait_event.hpp"
#include "connections/connection_settings.hpp"
#include "shared_memory/activity.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/shared_hash_map.hpp"
#include "shared_memory/shared_memory_settings.hpp"

using namespace forklore;

namespace {

constexpr int k_rounds = 15, k_times = 20'000;

double processor_time() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <typename Work>
void measure(const char* name, Work work) {
    std::vector<double> rounds;
    for (int round = 0; round < k_rounds; ++round) {
        const double before = processor_time();
        for (int i = 0; i < k_times; ++i) work(i);
        rounds.push_back((processor_time() - before) / k_times);
    }
    std::nth_element(rounds.begin(), rounds.begin() + k_rounds / 2, rounds.end());
    std::printf("%s %.1f\n", name, rounds[k_rounds / 2]);
}

}  // namespace

int main() {
    define_connection_settings(settings());
    define_shared_memory_settings(settings());
    using Map = SharedHashMap<std::uint64_t, std::uint64_t>;
    const Map::Shape shape{.capacity = 10'000};
    process_table().request();
    Map::request(segment(), "map", shape);
    segment().create();
    process_table().create();
    const SlotNumber mine = process_table().assign(ProcessKind::client_backend);
    process_table().attach(mine);
    process_table().take_place(1);
    change_activity([](Activity& a) { a.query_length = 100; });  // of some statement
    Map map(segment(), "map", shape);
    for (std::uint64_t key = 0; key < 5'000; ++key) map.insert(key, key);

    measure("wait", [](int) { const ReportWait waiting(make_wait_event(WaitEventClass::client, 0)); });
    measure("holding", [](int) { const HoldingShared holding; });
    measure("change", [](int i) { change_activity([i](Activity& a) { a.state_change = i; }); });
    measure("read", [mine](int) { read_process(mine); });
    measure("find", [&](int i) { map.find(static_cast<std::uint64_t>(i) % 5'000); });
    measure("insert", [&](int i) {
        map.insert(10'000 + static_cast<std::uint64_t>(i), 0);
        map.erase(10'000 + static_cast<std::uint64_t>(i));
    });
    measure("name", [](int) {
        segment().find_or_create_array<ProcessSlot>("Process Slots", static_cast<std::size_t>(slot_count()));
    });
    measure("slot", [](int) { process_table().release(process_table().assign(ProcessKind::undertaker)); });
}
