// Writes down for what it waits, waits, and takes it away when the level has come; an interrupt leaves it there.
#include "tide_gauge.hpp"

#include <atomic>

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/wait_set.hpp"
#include "queries/declare.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/latch.hpp"

namespace forklore::exercise {

namespace {

struct Gauge {
    using Shareable = void;
    std::atomic<std::int64_t> level;
};
// What the process of a slot waits for; 0: nothing.
struct Waiter {
    using Shareable = void;
    std::atomic<std::int64_t> awaited;
};

Gauge* gauge = nullptr;
Waiter* waiters = nullptr;  // one for each slot

}  // namespace

std::int64_t rise(std::int64_t by) {
    if (by < 1) throw Error(sqlstate::invalid_parameter_value, "the level can only rise");
    const std::int64_t now = gauge->level.fetch_add(by) + by;
    for (SlotNumber number = 0; number < slot_count(); ++number) {
        const std::int64_t awaited = waiters[number].awaited.load();
        if (awaited != 0 && awaited <= now) latch_of(number).set();
    }
    return now;
}

std::int64_t level() { return gauge->level.load(); }

std::int64_t await_level(std::int64_t at_least) {
    std::atomic<std::int64_t>& awaited = waiters[my_slot_number()].awaited;
    awaited.store(at_least);
    WaitSet set;
    for (;;) {
        check_for_interrupts();
        if (const std::int64_t now = level(); now >= at_least) {
            awaited.store(0);
            return now;
        }
        set.wait({}, k_tide);
    }
}

namespace {

class TideGaugeSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "tide_gauge"; }

    void request_shared_memory() override {
        segment().request("Tide Gauge", sizeof(Gauge));
        segment().request("Tide Waiters",
                          static_cast<std::size_t>(ProcessTable::wanted_slots()) * sizeof(Waiter));
    }

    void create_shared() override {
        gauge = &segment().find_or_create<Gauge>("Tide Gauge");
        waiters =
            segment().find_or_create_array<Waiter>("Tide Waiters", static_cast<std::size_t>(slot_count()));
    }

    void register_sql(Registry& to) override {
        to.add(function<rise>("rise", 0, {.volatility = Volatility::volatile_}));
        to.add(function<level>("level", 0, {.volatility = Volatility::volatile_}));
        to.add(function<await_level>("await_level", 0, {.volatility = Volatility::volatile_}));
    }
};

}  // namespace

std::unique_ptr<Subsystem> tide_gauge_subsystem() { return std::make_unique<TideGaugeSubsystem>(); }

}  // namespace forklore::exercise
