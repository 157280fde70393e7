/// \file
/// The server of chapter 2, with an SQL function that numbers the lines of one file, one that holds something shared on purpose, and two
/// that hand a dynamic segment from session to session.
#include <atomic>
#include <cstring>
#include <optional>

#include "base/wait_set.hpp"
#include "shared_log.hpp"
#include "shared_memory/blast_radius.hpp"
#include "shared_memory/dynamic_segment.hpp"
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

//! [note]
std::optional<DynamicSegment> note;  // the one that this session has, until it takes another or ends

/// select leave_note('…'): puts a text into a segment of its own and returns the handle
std::int64_t leave_note(std::string_view text) {
    note.reset();
    note.emplace(DynamicSegment::create(text.size()));
    std::memcpy(note->address(), text.data(), text.size());
    return static_cast<std::int64_t>(note->handle());
}

/// select read_note(handle)
std::string read_note(std::int64_t handle) {
    note.reset();
    note.emplace(DynamicSegment::attach(static_cast<DynamicHandle>(handle)));
    return {static_cast<const char*>(note->address()), note->size()};
}
//! [note]

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
        to.add(function<leave_note>("leave_note", 0, {.volatility = Volatility::volatile_}));
        to.add(function<read_note>("read_note", 0, {.volatility = Volatility::volatile_}));
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
