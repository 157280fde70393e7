// Functions about the session and the server.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/interrupts.hpp"
#include "base/settings.hpp"
#include "base/version.hpp"
#include "base/wait_set.hpp"
#include "queries/builtins.hpp"
#include "queries/declare.hpp"
#include "queries/search_path.hpp"
#include "queries/session_impl.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/array.hpp"
#include "queries/types/inet.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

constexpr Volatility k_stable = Volatility::stable;
constexpr Volatility k_volatile = Volatility::volatile_;

Session& session_of(EvalContext& context) {
    if (context.session == nullptr) throw Error(sqlstate::internal_error, "this function needs a session");
    return *context.session;
}

Datum name_datum(EvalContext& context, std::string_view text) { return Datum(context.arena.copy(text)); }

std::string version() {
    return fmt::format("PostgreSQL {} (Forklore {}) on {}-pc-linux-gnu, compiled by gcc {}, {}-bit", k_postgres_version, k_forklore_version,
#if defined(__aarch64__)
                       "aarch64",
#else
                       "x86_64",
#endif
                       __VERSION__, 8 * sizeof(void*));
}

Datum current_user(EvalContext& context) { return name_datum(context, session_of(context).identity().user); }
Datum current_database(EvalContext& context) { return name_datum(context, session_of(context).identity().database); }

Datum current_schema(EvalContext& context) {
    const std::vector<std::string> path = search_path(session_of(context), false);
    return path.empty() ? Datum{} : name_datum(context, path.front());
}

Datum current_schemas(EvalContext& context, bool implicit) {
    const Type& name = registry().type(k_name);
    ArrayBuilder array(context.arena, name);
    for (const std::string& schema : search_path(session_of(context), implicit)) array.add(context.arena.copy(schema));
    return array.finish();
}

std::int32_t pg_backend_pid() { return static_cast<std::int32_t>(::getpid()); }

const WaitEvent k_pg_sleep = define_wait_event(WaitEventClass::timeout, "PgSleep");

Void pg_sleep(double seconds) {
    interruptible_sleep(static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e9) * 1e6), k_pg_sleep);
    return {};
}

std::int64_t now(EvalContext& context) { return session_of(context).transaction_timestamp(); }
std::int64_t statement_timestamp(EvalContext& context) { return session_of(context).statement_timestamp(); }

std::string current_setting(EvalContext& context, std::string_view name) {
    const SettingBase& setting = settings().get(name);
    if (!may_see(session_of(context).impl(), setting))
        throw Error(sqlstate::insufficient_privilege, "must be superuser or have privileges of pg_read_all_settings to examine \"{}\"", setting.info().name);
    return setting.show();
}
std::optional<std::string> current_setting_or_null(EvalContext& context, std::string_view name, bool missing_ok) {
    if (missing_ok && settings().find(name) == nullptr) return {};
    return current_setting(context, name);
}

std::optional<std::string> set_config(EvalContext& context, std::optional<std::string_view> name, std::optional<std::string_view> value,
                                      std::optional<bool> local) {
    if (!name) throw Error(sqlstate::null_value_not_allowed, "SET requires parameter name");
    set_for_session(session_of(context).impl(), *name, value, local.value_or(false));
    return settings().get(*name).show();
}

Oid pg_typeof(EvalContext&, const CallSite& site, std::optional<Datum>) { return site.arguments[0]->oid; }

std::optional<std::string> format_type(EvalContext&, std::optional<Oid> oid, std::optional<std::int32_t> typmod) {
    if (!oid) return {};
    if (*oid == 0) return "-";
    const Type* type = registry().find_type(*oid);
    if (type == nullptr) return "???";
    const Type* of = type->element != 0 && type->length == -1 ? registry().find_type(type->element) : type;
    if (!typmod || *typmod < 0 || of == nullptr || of->typmod_out == nullptr) return type->sql_name;
    std::string text = of->sql_name;
    const std::string modifier = of->typmod_out(*typmod);
    // The modifier of `timestamp(3) with time zone` stands after the first word.
    const std::size_t at = text.find(" with");
    text.insert(at == text.npos || of->category != 'D' ? text.size() : at, modifier);
    return of == type ? text : text + "[]";
}

bool pg_is_in_recovery() { return false; }

std::optional<std::int32_t> client_port(EvalContext& context) {
    const int port = session_of(context).identity().client_port;
    return port < 0 ? std::nullopt : std::optional(port);
}

std::optional<Inet> address(const std::string& host) { return host.empty() ? std::nullopt : std::optional(parse_inet(host)); }
std::optional<Inet> client_address(EvalContext& context) { return address(session_of(context).identity().client_host); }
std::optional<Inet> server_address(EvalContext& context) { return address(session_of(context).identity().server_host); }
std::optional<std::int32_t> server_port(EvalContext& context) {
    const Identity& who = session_of(context).identity();
    return who.server_host.empty() ? std::nullopt : std::optional<std::int32_t>(who.server_port);
}

const std::int64_t g_start_time = now_us();
std::int64_t start_time() { return g_start_time; }

bool type_is_visible(Oid oid) { return registry().find_type(oid) != nullptr; }
bool function_is_visible(Oid oid) { return registry().find_function(oid) != nullptr; }

std::string encoding_name(std::int32_t number) { return number == 0 ? "SQL_ASCII" : number == 6 ? "UTF8" : number == 8 ? "LATIN1" : ""; }

}  // namespace

void register_system_functions(Registry& to) {
    const auto name_result = [](Volatility v) { return Declared{.volatility = v, .result = k_name}; };
    to.add(function<version>("version", 89, {.volatility = k_stable}));
    to.add(function<current_user>("current_user", 745, name_result(k_stable)));
    to.add(function<current_user>("session_user", 746, name_result(k_stable)));
    to.add(function<current_user>("getpgusername", 710, name_result(k_stable)));
    to.add(function<current_database>("current_database", 861, name_result(k_stable)));
    to.add(function<current_schema>("current_schema", 1402, name_result(k_stable)));
    to.add(function<current_schemas>("current_schemas", 1403, {.volatility = k_stable, .result = k_name_array}));
    to.add(function<pg_backend_pid>("pg_backend_pid", 2026, {.volatility = k_stable}));
    to.add(function<pg_sleep>("pg_sleep", 2626, {.volatility = k_volatile}));
    for (const auto& [name, oid] : {std::pair{"now", Oid{1299}}, {"transaction_timestamp", Oid{2647}}})
        to.add(function<now>(name, oid, {.volatility = k_stable, .result = k_timestamptz}));
    to.add(function<statement_timestamp>("statement_timestamp", 2648, {.volatility = k_stable, .result = k_timestamptz}));
    to.add(function<current_setting>("current_setting", 2077, {.volatility = k_stable}));
    to.add(function<current_setting_or_null>("current_setting", 3294, {.volatility = k_stable}));
    to.add(function<set_config>("set_config", 2078, {.volatility = k_volatile}));
    to.add(function<pg_typeof>("pg_typeof", 1619, {.volatility = k_stable, .arguments = {k_any}, .result = k_regtype}));
    to.add(function<format_type>("format_type", 1081, {.volatility = k_stable, .arguments = {k_oid, k_int4}}));
    to.add(function<pg_is_in_recovery>("pg_is_in_recovery", 3810, {.volatility = k_volatile}));
    to.add(function<client_port>("inet_client_port", 2197, {.volatility = k_stable}));
    to.add(function<client_address>("inet_client_addr", 2196, {.volatility = k_stable}));
    to.add(function<server_address>("inet_server_addr", 2198, {.volatility = k_stable}));
    to.add(function<server_port>("inet_server_port", 2199, {.volatility = k_stable}));
    to.add(function<start_time>("pg_postmaster_start_time", 2560, {.volatility = k_stable, .result = k_timestamptz}));
    to.add(function<type_is_visible>("pg_type_is_visible", 2080, {.volatility = k_stable}));
    to.add(function<function_is_visible>("pg_function_is_visible", 2081, {.volatility = k_stable}));
    to.add(function<encoding_name>("pg_encoding_to_char", 1597, {.volatility = k_stable, .result = k_name}));
}

}  // namespace forklore
