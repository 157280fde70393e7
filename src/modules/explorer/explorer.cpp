/// \file
/// explorer: a web page with the living server.
///
/// A worker that answers a browser on this machine, a setting that turns it on, a hook that keeps what is logged, and a view that shows it.
#include <unistd.h>

#include "background_workers/hooks.hpp"
#include "background_workers/module.hpp"
#include "background_workers/worker.hpp"
#include "background_workers/worker_process.hpp"
#include "background_workers/worker_session.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "log_tails.hpp"
#include "page.hpp"
#include "queries/session.hpp"
#include "queries/view_writer.hpp"
#include "snapshot.hpp"
#include "web_server.hpp"

namespace {

using namespace forklore;

//! [explorer-setting]
IntSetting port{{.name = "explorer.port",
                 .context = SettingContext::postmaster,
                 .category = "Customized Options",
                 .description = "Sets the TCP port of the web page, on 127.0.0.1; 0 for none."},
                0,
                0,
                65535};
constexpr std::int64_t k_between_snapshots_us = 1'000'000;
//! [explorer-setting]

//! [explorer-worker]
// While nobody looks, nothing wakes it.
void serve(const BackgroundWorker&) {
    explorer::WebServer server(port.value(),
                               {{"/", "text/html; charset=utf-8", explorer::k_page_html},
                                {"/explorer.css", "text/css; charset=utf-8", explorer::k_page_css},
                                {"/explorer.js", "text/javascript; charset=utf-8", explorer::k_page_js},
                                {"/explorer.svg", "image/svg+xml", explorer::k_page_svg}});
    log_line(sqlstate::successful_completion, "explorer is at http://127.0.0.1:{}/", port.value());
    WorkerSession session;
    session.execute("set statement_timeout = 0");
    std::int64_t next = 0;
    for (;;) {
        check_worker();
        if (server.watched() && monotonic_us() >= next) {
            try {
                server.publish(explorer::take_snapshot(session));
            } catch (const Fatal&) {
                throw;
            } catch (const Error& error) {  // somebody has cancelled it: there will be another one
                report(error.report());
            }
            next = monotonic_us() + k_between_snapshots_us;
        }
        server.serve(server.watched() ? std::optional(next) : std::nullopt);
    }
}

void register_explorer() {
    BackgroundWorker worker;
    worker.name = worker.type = "explorer";
    worker.flags = k_shared_memory_access | k_database_connection;
    worker.restart_interval = std::chrono::seconds(1);
    worker.library = "explorer";
    worker.function = "serve_explorer";
    register_background_worker(worker);
}
//! [explorer-worker]

//! [explorer-sql]
// Statements and names of others are in what is logged.
void fill_log(EvalContext& context, ViewWriter& to) {
    if (!context.session->identity().superuser)
        throw Error(sqlstate::insufficient_privilege, "permission denied for view explorer_log");
    for (const explorer::LoggedLine& line : explorer::logged_lines()) {
        Datum time;
        time.int8 = line.time;
        time.is_null = false;
        to.row(static_cast<std::int32_t>(line.pid), static_cast<std::int64_t>(line.number),
               static_cast<std::int32_t>(line.back), time, severity_name(line.severity), line.message);
    }
}
//! [explorer-sql]

}  // namespace

//! [explorer-module]
// What the worker runs.
extern "C" [[gnu::visibility("default")]] void serve_explorer(const BackgroundWorker& me) { serve(me); }

FORKLORE_MODULE("explorer", "1.0") {
    module.require_preloading();
    module.add(port);
    module.reserve_setting_prefix("explorer");
    if (port.value() == 0) return;
    module.hook(shared_memory_request_hook, [](const auto& next) {
        next();
        explorer::request_log_tails();
    });
    module.hook(shared_memory_startup_hook, [](const auto& next) {
        next();
        explorer::find_log_tails();
    });
    module.hook(emit_log_hook, [](const auto& next, Report& report) {
        explorer::keep_logged(report);
        next(report);
    });
    module.add(std::make_unique<SystemView>("pg_catalog", "explorer_log", 0,
                                            std::vector<ColumnInfo>{{"pid", k_int4},
                                                                    {"line", k_int8},
                                                                    {"back", k_int4},
                                                                    {"logged_at", k_timestamptz},
                                                                    {"severity", k_text},
                                                                    {"message", k_text}},
                                            fill_log));
    register_explorer();
}
//! [explorer-module]
