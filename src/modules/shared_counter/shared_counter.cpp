/// \file
/// shared_counter: numbers with names, counted up by all sessions of the server.
///
/// A structure in shared memory, found by its name, a lock that guards it, a setting that says how large it is, a function that
/// changes it and a view that shows it.
#include <algorithm>

#include "background_workers/hooks.hpp"
#include "background_workers/module.hpp"
#include "base/settings.hpp"
#include "lwlocks/lw_lock.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/segment.hpp"

namespace {

using namespace forklore;

constexpr std::string_view k_shared_counter = "shared_counter";
constexpr std::size_t k_longest_name = 63;  // bytes

/// One number.
struct Counter {
    char name[k_longest_name + 1];  // under the lock
    std::int64_t value;             // under the lock
};

IntSetting most_counters{{.name = "shared_counter.max",
                          .context = SettingContext::postmaster,
                          .category = "Customized Options",
                          .description = "Sets the maximum number of counters."},
                         64,
                         1,
                         10'000};

Counter* counters;      // in shared memory, in the order in which they were first used; the rest have no name
LWLock* counters_lock;  // in shared memory, too

std::size_t most() { return static_cast<std::size_t>(most_counters.value()); }

void request_memory() {
    segment().request_array<Counter>("Shared Counters", most());
    request_lw_locks(k_shared_counter, 1);
}

// The first who asks for the structure gets zeros; there are no counters then.
void find_memory() {
    counters = segment().find_or_create_array<Counter>("Shared Counters", most());
    counters_lock = &requested_lw_locks(k_shared_counter).front().lock;
}

// The counter of that name, new if need be. Under the lock.
Counter& counter(std::string_view name) {
    for (Counter* one = counters; one != counters + most(); ++one) {
        if (one->name == name) return *one;
        if (one->name[0] != '\0') continue;
        name.copy(one->name, k_longest_name);
        return *one;
    }
    throw Error(sqlstate::configuration_limit_exceeded, "too many counters")
        .hint("You might need to increase \"shared_counter.max\" and restart the server.");
}

std::int64_t count_up(std::string_view name, std::int64_t by) {
    if (name.empty() || name.size() > k_longest_name)
        throw Error(sqlstate::invalid_parameter_value, "a counter's name has 1 to {} bytes", k_longest_name);
    const LWLockGuard guard(*counters_lock, LWLockMode::exclusive);
    Counter& one = counter(name);
    std::int64_t sum;
    if (__builtin_add_overflow(one.value, by, &sum))
        throw Error(sqlstate::numeric_value_out_of_range, "bigint out of range");
    return one.value = sum;
}

void show_counters(EvalContext&, ViewWriter& to) {
    const LWLockGuard guard(*counters_lock, LWLockMode::shared);
    for (Counter* one = counters; one != counters + most() && one->name[0] != '\0'; ++one)
        to.row(one->name, one->value);
}

}  // namespace

FORKLORE_MODULE("shared_counter", "1.0") {
    module.require_preloading();
    module.add(most_counters);
    module.reserve_setting_prefix(k_shared_counter);
    module.hook(shared_memory_request_hook, [](const auto& next) {
        next();
        request_memory();
    });
    module.hook(shared_memory_startup_hook, [](const auto& next) {
        next();
        find_memory();
    });
    module.add(function<count_up>("shared_counter_add", 0, {.volatility = Volatility::volatile_}));
    module.add(std::make_unique<SystemView>("pg_catalog", "shared_counters", 0,
                                            std::vector<ColumnInfo>{{"name", k_text}, {"value", k_int8}},
                                            show_counters));
}
