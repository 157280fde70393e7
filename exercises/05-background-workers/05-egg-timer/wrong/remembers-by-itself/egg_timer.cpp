// Keeps the timers that are set, in the order in which they were.
#include <algorithm>

#include "background_workers/module.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/clock.hpp"
#include "base/settings.hpp"
#include "queries/types/datetime.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/process_table.hpp"
#include "signaling/latch.hpp"

namespace {

using namespace forklore;

constexpr std::size_t k_longest_name = 63;       // bytes
constexpr double k_longest_time = 24 * 60 * 60;  // seconds

struct Timer {
    char name[k_longest_name + 1];
    std::int64_t rings_at;  // as TimestampTz
};

struct Kitchen {
    SlotNumber worker;  // whose latch is to be set
};

IntSetting most_timers{{.name = "egg_timer.most",
                        .context = SettingContext::postmaster,
                        .category = "Customized Options",
                        .description = "Sets the maximum number of timers that are set at a time."},
                       16,
                       1,
                       1000};

std::vector<Timer> timers;
Kitchen kitchen{k_no_slot};

std::size_t most() { return static_cast<std::size_t>(most_timers.value()); }

TimestampTz set_timer(std::string_view name, double seconds) {
    if (name.empty() || name.size() > k_longest_name)
        throw Error(sqlstate::invalid_parameter_value, "a timer's name has 1 to {} bytes", k_longest_name);
    if (!(seconds >= 0 && seconds <= k_longest_time))
        throw Error(sqlstate::invalid_parameter_value, "a timer rings within {} seconds", k_longest_time);
    const std::int64_t rings_at = now_us() + static_cast<std::int64_t>(seconds * 1e6);
    if (timers.size() == most())
        throw Error(sqlstate::configuration_limit_exceeded, "too many timers are set")
            .hint("You might need to increase \"egg_timer.most\" and restart the server.");
    Timer& timer = timers.emplace_back(Timer{{}, rings_at});
    name.copy(timer.name, k_longest_name);
    if (kitchen.worker != k_no_slot) latch_of(kitchen.worker).set();
    return {rings_at};
}

void show_timers(EvalContext&, ViewWriter& to) {
    for (const Timer& one : timers) to.row(one.name, TimestampTz{one.rings_at});
}

// The one that rings next; null: none is set.
Timer* next_timer() {
    const auto next = std::min_element(
        timers.begin(), timers.end(), [](const Timer& a, const Timer& b) { return a.rings_at < b.rings_at; });
    return next == timers.end() ? nullptr : &*next;
}

// It rings first and is taken away then: if the worker is killed in between it rings again, which is better than not at all.
void ring(Timer& timer, WorkerSession& session) {
    const std::optional<std::string> name = timer.name;
    session.execute("select pg_notify('egg_timer', $1)", {&name, 1});
    timers.erase(timers.begin() + (&timer - timers.data()));
}

}  // namespace

extern "C" void egg_timer_worker(const BackgroundWorker&) {
    kitchen.worker = my_slot_number();
    WorkerSession session;
    for (;;) {
        Timer* const next = next_timer();
        const std::int64_t left_us = next == nullptr ? 0 : next->rings_at - now_us();
        if (next == nullptr)
            wait_for_work();
        else if (left_us > 0)
            wait_for_work(static_cast<int>((left_us + 999) / 1000));
        else
            ring(*next, session);
    }
}

FORKLORE_MODULE("egg_timer", "1.0") {
    module.require_preloading();
    module.add(most_timers);
    module.reserve_setting_prefix("egg_timer");
    module.add(function<set_timer>("egg_timer", 0, {.volatility = Volatility::volatile_}));
    module.add(std::make_unique<SystemView>(
        "pg_catalog", "egg_timers", 0, std::vector<ColumnInfo>{{"name", k_text}, {"rings_at", k_timestamptz}},
        show_timers));
    BackgroundWorker worker;
    worker.name = worker.type = "egg timer";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.restart_interval = std::chrono::seconds(1);
    worker.library = "egg_timer";
    worker.function = "egg_timer_worker";
    register_background_worker(worker);
}
