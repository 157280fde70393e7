// A worker that is there from the start.
#include <algorithm>

#include "background_workers/hooks.hpp"
#include "background_workers/module.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/clock.hpp"
#include "base/settings.hpp"
#include "lwlocks/lw_lock.hpp"
#include "queries/types/datetime.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/latch.hpp"

namespace {

using namespace forklore;

constexpr std::size_t k_longest_name = 63;       // bytes
constexpr double k_longest_time = 24 * 60 * 60;  // seconds

struct Timer {
    char name[k_longest_name + 1];
    std::int64_t rings_at;  // as TimestampTz; 0: it is not set
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

// All in shared memory; the first two under the lock.
Kitchen* kitchen;
Timer* timers;
LWLock* lock;

std::size_t most() { return static_cast<std::size_t>(most_timers.value()); }

void request_memory() {
    segment().request("Egg Timer", sizeof(Kitchen));
    segment().request_array<Timer>("Egg Timers", most());
    request_lw_locks("egg_timer", 1);
}

void find_memory() {
    kitchen = &segment().find_or_create<Kitchen>("Egg Timer", k_no_slot);
    timers = segment().find_or_create_array<Timer>("Egg Timers", most());
    lock = &requested_lw_locks("egg_timer").front().lock;
}

TimestampTz set_timer(std::string_view name, double seconds) {
    if (name.empty() || name.size() > k_longest_name)
        throw Error(sqlstate::invalid_parameter_value, "a timer's name has 1 to {} bytes", k_longest_name);
    if (!(seconds >= 0 && seconds <= k_longest_time))
        throw Error(sqlstate::invalid_parameter_value, "a timer rings within {} seconds", k_longest_time);
    const std::int64_t rings_at = now_us() + static_cast<std::int64_t>(seconds * 1e6);
    const LWLockGuard guard(*lock, LWLockMode::exclusive);
    Timer* const place =
        std::find_if(timers, timers + most(), [](const Timer& one) { return one.rings_at == 0; });
    if (place == timers + most())
        throw Error(sqlstate::configuration_limit_exceeded, "too many timers are set")
            .hint("You might need to increase \"egg_timer.most\" and restart the server.");
    *place = {};
    name.copy(place->name, k_longest_name);
    place->rings_at = rings_at;
    if (kitchen->worker != k_no_slot) latch_of(kitchen->worker).set();
    return {rings_at};
}

void show_timers(EvalContext&, ViewWriter& to) {
    const LWLockGuard guard(*lock, LWLockMode::shared);
    for (const Timer* one = timers; one != timers + most(); ++one)
        if (one->rings_at != 0) to.row(one->name, TimestampTz{one->rings_at});
}

// The one that rings next; null: none is set. It stays where it is: only the worker takes one away.
Timer* next_timer() {
    const LWLockGuard guard(*lock, LWLockMode::shared);
    Timer* next = nullptr;
    for (Timer* one = timers; one != timers + most(); ++one)
        if (one->rings_at != 0 && (next == nullptr || one->rings_at < next->rings_at)) next = one;
    return next;
}

// It rings first and is taken away then: if the worker is killed in between it rings again, which is better than not at all.
void ring(Timer& timer, WorkerSession& session) {
    const std::optional<std::string> name = timer.name;
    session.execute("select pg_notify('egg_timer', $1)", {&name, 1});
    const LWLockGuard guard(*lock, LWLockMode::exclusive);
    timer.rings_at = 0;
}

}  // namespace

extern "C" void egg_timer_worker(const BackgroundWorker&) {
    {
        const LWLockGuard guard(*lock, LWLockMode::exclusive);
        kitchen->worker = my_slot_number();
    }
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
    module.hook(shared_memory_request_hook, [](const auto& next) {
        next();
        request_memory();
    });
    module.hook(shared_memory_startup_hook, [](const auto& next) {
        next();
        find_memory();
    });
    module.add(function<set_timer>("egg_timer", 0, {.volatility = Volatility::volatile_}));
    module.add(std::make_unique<SystemView>(
        "pg_catalog", "egg_timers", 0, std::vector<ColumnInfo>{{"name", k_text}, {"rings_at", k_timestamptz}},
        show_timers));
    BackgroundWorker worker;
    worker.name = worker.type = "egg timer";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.library = "egg_timer";
    worker.function = "egg_timer_worker";
    register_background_worker(worker);
}
