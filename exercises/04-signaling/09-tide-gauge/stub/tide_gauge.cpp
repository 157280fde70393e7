#include "tide_gauge.hpp"

#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/wait_set.hpp"
#include "not_written_yet.hpp"
#include "queries/declare.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "signaling/latch.hpp"

namespace forklore::exercise {

std::int64_t rise([[maybe_unused]] std::int64_t by) {
    // TODO: raise the level, and wake those whose level has come.
    not_written_yet("04-signaling/09-tide-gauge");
}

std::int64_t level() {
    // TODO: say how high it is.
    not_written_yet("04-signaling/09-tide-gauge");
}

std::int64_t await_level([[maybe_unused]] std::int64_t at_least) {
    // TODO: wait until it is so high.
    not_written_yet("04-signaling/09-tide-gauge");
}

namespace {

class TideGaugeSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "tide_gauge"; }

    void request_shared_memory() override {
        // TODO: room for the level, and for what each process waits for.
        not_written_yet("04-signaling/09-tide-gauge");
    }

    void create_shared() override {
        // TODO: the gauge itself.
        not_written_yet("04-signaling/09-tide-gauge");
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
