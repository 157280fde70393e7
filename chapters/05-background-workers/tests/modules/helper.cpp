// Has a worker that idles, and functions that do what a module may do without asking.
#include "background_workers/c_functions.hpp"
#include "background_workers/module.hpp"
#include "background_workers/worker.hpp"
#include "background_workers/worker_process.hpp"
#include "base/interrupts.hpp"
#include "base/settings.hpp"
#include "base/wait_set.hpp"
#include "connections/connection_hooks.hpp"

using namespace forklore;

// A function of the server's has the same name.
extern "C" std::size_t pg_query__a__const__get_packed_size(const void*) { return 42; }

namespace {

StringSetting worker_function{{.name = "helper.function",
                               .context = SettingContext::postmaster,
                               .description = "What the worker runs; empty: there is none."},
                              ""};

BoolSetting unwelcome{{.name = "helper.unwelcome",
                       .context = SettingContext::user,
                       .description = "Whether the session ends when it begins."},
                      false};

const WaitEvent k_nap = define_wait_event(WaitEventClass::extension, "HelperNap");

Void nap() {
    for (WaitSet set;; set.wait({}, k_nap)) check_for_interrupts();
}

std::int32_t throw_number() { throw 42; }

std::int32_t own_answer() { return static_cast<std::int32_t>(pg_query__a__const__get_packed_size(nullptr)); }
FORKLORE_FUNCTION(own_answer);

}  // namespace

extern "C" void helper_idle(const BackgroundWorker&) {
    for (;;) wait_for_work();
}

FORKLORE_MODULE("helper", "1") {
    if (module.preloading()) module.add(worker_function);
    module.add(unwelcome);
    module.reserve_setting_prefix("helper");
    module.add(function<own_answer>("helper_own_answer", 0));
    module.add(function<throw_number>("helper_throw", 0, {.volatility = Volatility::volatile_}));
    module.add(function<nap>("helper_nap", 0, {.volatility = Volatility::volatile_}));
    module.hook(session_start_hook, [](const auto& next, Session& session) {
        if (unwelcome.value()) throw 42;
        next(session);
    });
    if (worker_function.value().empty()) return;
    BackgroundWorker worker;
    worker.name = worker.type = "helper";
    worker.library = "helper";
    worker.function = std::string_view(worker_function.value());
    worker.restart_interval = std::chrono::milliseconds(0);
    register_background_worker(worker);
}
