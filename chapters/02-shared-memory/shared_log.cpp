/// \file
/// The server of chapter 2, with an SQL function that numbers the lines of one file, and one that holds something shared on purpose.
#include <atomic>

#include "base/wait_set.hpp"
#include "shared_log.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/subsystem.hpp"

namespace forklore {

//! [log-state]
struct LogState {
    using Shareable = void;
    std::atomic<std::int64_t> last_number{0};
};

LogState* log_state = nullptr;

/// select shared_log_numbered('…')
std::int64_t shared_log_numbered(std::string_view text) {
    return log_numbered(log_state->last_number.fetch_add(1) + 1, text);
}
//! [log-state]

//! [hold]
/// select hold_shared(seconds)
Void hold_shared(double seconds) {
    const HoldingShared holding;
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6));
    return {};
}
//! [hold]

//! [log-subsystem]
class SharedLog : public Subsystem {
public:
    std::string_view name() const override { return "shared_log"; }
    void request_shared_memory() override { segment().request("Shared Log", sizeof(LogState)); }
    void create_shared() override { log_state = &segment().find_or_create<LogState>("Shared Log"); }
    void register_sql(Registry& to) override {
        to.add(
            function<shared_log_numbered>("shared_log_numbered", 0, {.volatility = Volatility::volatile_}));
        to.add(function<hold_shared>("hold_shared", 0, {.volatility = Volatility::volatile_}));
    }
};
//! [log-subsystem]

}  // namespace forklore

int main(int argc, char** argv) {
    using namespace forklore;
    return run_server(argc, argv,
                      layers(queries_subsystem(), connections_subsystem(), shared_memory_subsystem(),
                             std::make_unique<SharedLog>()));
}
