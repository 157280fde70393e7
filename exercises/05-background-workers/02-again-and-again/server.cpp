// The server after chapter 5, with workers that fail as often as you like.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>

#include "background_workers/subsystem.hpp"
#include "background_workers/worker.hpp"
#include "background_workers/worker_process.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "lwlocks/subsystem.hpp"
#include "queries/declare.hpp"
#include "shared_memory/subsystem.hpp"
#include "signaling/subsystem.hpp"

namespace forklore::exercise {

namespace {

/// Lives for as many milliseconds as its argument says, and fails.
void live_and_fail(const BackgroundWorker& me) {
    const std::int64_t end = monotonic_us() + static_cast<std::int64_t>(me.argument) * 1000;
    for (std::int64_t now; (now = monotonic_us()) < end;)
        wait_for_work(static_cast<int>((end - now) / 1000 + 1));
    throw Error(sqlstate::internal_error, "it had to be");
}

/// select launch_failing(name, lives_ms, interval_ms): a worker that will fail until the server ends.
Void launch_failing(std::string_view name, std::int32_t lives_ms, std::int32_t interval_ms) {
    BackgroundWorker worker;
    worker.name = name;
    worker.function = "live_and_fail";
    worker.argument = static_cast<std::uint64_t>(std::max(lives_ms, 0));
    worker.restart_interval = std::chrono::milliseconds(interval_ms);
    if (!register_dynamic_background_worker(worker))
        throw Error(sqlstate::configuration_limit_exceeded, "all slots for workers are taken");
    return {};
}

class Failing : public Subsystem {
public:
    std::string_view name() const override { return "failing"; }
    void register_sql(Registry& to) override {
        to.add(function<launch_failing>("launch_failing", 0, {.volatility = Volatility::volatile_}));
    }
    void start() override { define_worker_function("live_and_fail", live_and_fail); }
};

}  // namespace

}  // namespace forklore::exercise

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(
        argc, argv,
        layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(), lwlocks_subsystem(),
               signaling_subsystem(), background_workers_subsystem(), std::make_unique<exercise::Failing>()));
}
