/// \file
/// template: a small module to begin with. Copy the folder, give it a name of its own, and build it against an installed server:
///
///     cmake -S . -B build -DCMAKE_PREFIX_PATH=/where/forklore/is && cmake --build build && cmake --install build
///
/// It has a setting, a function, a view and a worker. The server loads it by `shared_preload_libraries = 'template'`; by `LOAD 'template'` one
/// session has all of it but the worker, which can only be registered while the server starts.
#include "background_workers/module.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "queries/session.hpp"
#include "queries/view_writer.hpp"

namespace {

using namespace forklore;

// A setting: `set template.greeting = '…'`, or in the settings file.
StringSetting greeting{{.name = "template.greeting",
                        .context = SettingContext::user,
                        .category = "Customized Options",
                        .description = "Sets the word that everybody is greeted with."},
                       "Hello"};

// How long the worker waits. It is read again when the settings file has changed.
IntSetting pause_between{{.name = "template.pause",
                          .context = SettingContext::sighup,
                          .unit = SettingUnit::seconds,
                          .category = "Customized Options",
                          .description = "Sets how long the worker waits between two greetings."},
                         60,
                         1,
                         3600};

// A function: `select template_greet('you')`. Its types are those of the C++ function.
std::string greet(std::string_view whom) {
    if (whom.empty()) throw Error(sqlstate::invalid_parameter_value, "there is nobody to greet");
    return fmt::format("{}, {}!", greeting.value(), whom);
}

// A view: `select * from template_modules`.
void fill_modules(EvalContext& context, ViewWriter& to) {
    to.row("template", greet(context.session->identity().user));
}

}  // namespace

// A worker: it greets everybody in the log, and says how many they are. It is found by its name, so it is not in the namespace above.
extern "C" void template_worker(const BackgroundWorker&) {
    WorkerSession session;
    for (;;) {
        const std::string count =
            *session.execute("select count(*) from pg_stat_activity where backend_type = 'client backend'")
                 .rows[0][0];
        log_line(sqlstate::successful_completion, "{} ({} connected)", greet("everybody"), count);
        wait_for_work(pause_between.value() * 1000);  // throws when the worker shall end
    }
}

FORKLORE_MODULE("template", "1.0") {
    module.add(greeting);
    module.add(pause_between);
    module.reserve_setting_prefix("template");
    module.add(function<greet>("template_greet", 0, {.volatility = Volatility::stable}));
    module.add(std::make_unique<SystemView>("pg_catalog", "template_modules", 0,
                                            std::vector<ColumnInfo>{{"module", k_text}, {"greeting", k_text}},
                                            fill_modules));
    if (!module.preloading()) return;
    BackgroundWorker worker;
    worker.name = "template worker";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.restart_interval = std::chrono::seconds(10);
    worker.library = "template";
    worker.function = "template_worker";
    register_background_worker(worker);
}
