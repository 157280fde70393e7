// A module that does all that a module can do in a session: it steps in everywhere and says what it saw.
#include "background_workers/module.hpp"
#include "base/log.hpp"
#include "base/settings.hpp"
#include "connections/connection_hooks.hpp"
#include "queries/query_hooks.hpp"
#include "queries/view_writer.hpp"

namespace {

using namespace forklore;

IntSetting level{
    {.name = "watcher.level", .context = SettingContext::user, .description = "How much is seen."}, 3, 1, 10};
StringSetting refused{
    {.name = "watcher.refused", .context = SettingContext::sighup, .description = "Who may not come in."},
    ""};
BoolSetting silent{{.name = "watcher.silent",
                    .context = SettingContext::user,
                    .description = "Keeps errors out of the log."},
                   false};

std::string seen;

void saw(std::string_view what) { (seen += seen.empty() ? "" : ", ") += what; }

std::string take_seen() { return std::exchange(seen, {}); }

std::int32_t twice(std::int32_t number) {
    if (number > 1'000'000'000) throw Error(sqlstate::numeric_value_out_of_range, "integer out of range");
    return 2 * number;
}

}  // namespace

FORKLORE_MODULE("watcher", "2.1") {
    module.add(level);
    module.add(refused);
    module.add(silent);
    module.reserve_setting_prefix("watcher");
    module.add(function<take_seen>("watcher_seen", 0, {.volatility = Volatility::volatile_}));
    module.add(function<twice>("watcher_twice", 0));
    module.add(std::make_unique<SystemView>("pg_catalog", "watcher_levels", 0,
                                            std::vector<ColumnInfo>{{"level", k_int4}},
                                            [](EvalContext&, ViewWriter& to) {
                                                for (std::int32_t i = 1; i <= level.value(); ++i) to.row(i);
                                            }));
    module.hook(executor_start_hook, [](const auto& next, Session& session, Portal& portal) {
        saw(fmt::format("start of {}", portal.statement()->tag()));
        next(session, portal);
    });
    module.hook(executor_run_hook, [](const auto& next, Session& session, Portal& portal, std::int64_t most) {
        const std::int64_t rows = next(session, portal, most);
        saw(fmt::format("{} rows", rows));
        return rows;
    });
    module.hook(executor_end_hook, [](const auto& next, Session& session, Portal& portal) {
        next(session, portal);
        saw("end");
    });
    module.hook(process_utility_hook, [](const auto& next, Session& session, Portal& portal) {
        if (portal.statement()->text().find("work_mem") != std::string::npos)
            throw Error(sqlstate::insufficient_privilege, "nobody touches work_mem here");
        next(session, portal);
        saw(portal.statement()->tag());
    });
    module.hook(emit_log_hook, [](const auto& next, Report& report) {
        if (silent.value() && report.severity == Severity::error) return;
        report.hint = "The watcher has seen this.";
        log_line(sqlstate::successful_completion, "the watcher goes on");
        next(report);
    });
    module.hook(client_authentication_hook, [](const auto& next, const Applicant& who) {
        if (who.user == refused.value())
            throw Fatal(sqlstate::invalid_authorization_specification, "the watcher does not want you");
        next(who);
    });
    module.hook(session_start_hook, [](const auto& next, Session& session) {
        saw("session of " + session.identity().user);
        next(session);
    });
}
