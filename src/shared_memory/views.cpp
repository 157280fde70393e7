#include "shared_memory/views.hpp"

#include <map>

#include "base/error.hpp"
#include "base/wait_event.hpp"
#include "queries/relation.hpp"
#include "queries/session.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/array.hpp"
#include "queries/types/inet.hpp"
#include "queries/view_writer.hpp"
#include "shared_memory/activity.hpp"
#include "shared_memory/dynamic_segment.hpp"
#include "shared_memory/process_signals.hpp"

namespace forklore {

namespace {

//! [view-values]
template <typename T>
using Maybe = std::optional<T>;

Maybe<std::string_view> unless_empty(std::string_view text) { return text.empty() ? std::nullopt : Maybe<std::string_view>(text); }

Datum time_or_null(std::int64_t time) {
    Datum datum;
    datum.int8 = time;
    datum.is_null = time == 0;
    return datum;
}

Maybe<std::string_view> state_name(ActivityState state) {
    switch (state) {
        case ActivityState::none: break;
        case ActivityState::active: return "active";
        case ActivityState::idle: return "idle";
        case ActivityState::idle_in_transaction: return "idle in transaction";
        case ActivityState::idle_in_transaction_aborted: return "idle in transaction (aborted)";
        case ActivityState::disabled: return "disabled";
    }
    return {};
}
//! [view-values]

//! [fill-activity]
/// What everybody may know of a process, and what only its own role and superusers may. Columns that nobody can know
/// yet are null.
void fill_activity(EvalContext& context, ViewWriter& to) {
    const Identity& reader = context.session->identity();
    for (SlotNumber number = 0; number < slot_count(); ++number) {
        const std::optional<ProcessSnapshot> seen = read_process(number);
        if (!seen) continue;
        const Activity& a = seen->activity;
        const std::string_view user = seen->role.data(), database = a.database.data();
        const Maybe<Oid> user_oid = user == reader.user ? Maybe<Oid>(k_first_superuser_oid) : std::nullopt;
        const Maybe<Oid> database_oid = database == reader.database ? Maybe<Oid>(k_first_database_oid) : std::nullopt;
        const Maybe<std::int32_t> nobody;
        const bool may_see = reader.superuser || (user == reader.user && !user.empty());
        const bool is_client = seen->kind == ProcessKind::client_backend;
        const bool from_network = is_client && a.client_address[0] != '\0';
        const Maybe<Inet> address = may_see && from_network ? Maybe<Inet>(parse_inet(a.client_address.data())) : std::nullopt;
        const bool tells = may_see && a.state != ActivityState::none;
        to.row(database_oid, unless_empty(database), static_cast<std::int32_t>(seen->pid), nobody, user_oid, unless_empty(user),
               std::string_view(a.application_name.data()), address, Maybe<std::string_view>(),
               may_see && is_client ? Maybe<std::int32_t>(a.client_port) : nobody, time_or_null(may_see ? a.backend_start : 0),
               time_or_null(may_see ? a.xact_start : 0), time_or_null(may_see ? a.query_start : 0), time_or_null(may_see ? a.state_change : 0),
               may_see ? unless_empty(wait_event_type(seen->wait_event)) : std::nullopt,
               may_see ? unless_empty(wait_event_name(seen->wait_event)) : std::nullopt, tells ? state_name(a.state) : std::nullopt, Datum{},
               Datum{}, Maybe<std::int64_t>(),
               may_see ? std::string_view(seen->query) : std::string_view("<insufficient privilege>"),
               may_see ? Maybe<std::string_view>(seen->type[0] == '\0' ? process_kind_name(seen->kind) : seen->type.data()) : std::nullopt);
    }
}
//! [fill-activity]

//! [fill-wait-events]
/// All that a process can be seen to wait for, except light-weight locks, whose names are their tranches'.
void fill_wait_events(EvalContext&, ViewWriter& to) {
    for (std::uint32_t of = 0; of < static_cast<std::uint32_t>(WaitEventClass::k_count); ++of) {
        const auto kind = static_cast<WaitEventClass>(of);
        for (const std::string_view name : wait_event_names(kind)) to.row(wait_event_type(make_wait_event(kind, 0)), name);
    }
}
//! [fill-wait-events]

//! [fill-allocations]
void refuse_unless_superuser(EvalContext& context, const char* view) {
    if (!context.session->identity().superuser) throw Error(sqlstate::insufficient_privilege, "permission denied for view {}", view);
}

/// Structures by name, then what the directory and alignment cost, then what is free.
void fill_allocations(EvalContext& context, ViewWriter& to) {
    refuse_unless_superuser(context, "pg_shmem_allocations");
    const auto bytes = [](std::size_t size) { return static_cast<std::int64_t>(size); };
    for (const SharedStructure& structure : segment().structures())
        to.row(std::string_view(structure.name), Maybe<std::int64_t>(bytes(structure.offset)), bytes(structure.size), bytes(structure.allocated));
    to.row(Maybe<std::string_view>("<anonymous>"), Maybe<std::int64_t>(), bytes(segment().directory_bytes()), bytes(segment().directory_bytes()));
    to.row(Maybe<std::string_view>(), Maybe<std::int64_t>(), bytes(segment().free_bytes()), bytes(segment().free_bytes()));
}
//! [fill-allocations]

//! [fill-dynamic]
/// Dynamic segments, each with those who have it.
void fill_dynamic(EvalContext& context, ViewWriter& to) {
    refuse_unless_superuser(context, "pg_dsm_allocations");
    std::map<DynamicHandle, std::vector<DynamicHold>> segments;
    for (const DynamicHold& hold : dynamic_holds()) segments[hold.handle].push_back(hold);
    for (const auto& [handle, holds] : segments) {
        ArrayBuilder pids(to.arena(), registry().type(k_int4));
        for (const DynamicHold& hold : holds)
            if (const pid_t pid = slot(hold.slot).pid.load(std::memory_order_relaxed); pid != 0)  // it may be dead
                pids.add(SqlType<std::int32_t>::put(to.arena(), pid));
        to.row(static_cast<std::int64_t>(handle), static_cast<std::int64_t>(holds.front().size), pids.finish());
    }
}
//! [fill-dynamic]

}  // namespace

//! [register-views]
void register_shared_memory_sql(Registry& to) {
    const auto view = [&](std::string name, Oid oid, std::vector<ColumnInfo> columns, SystemView::Fill fill) {
        to.add(std::make_unique<SystemView>("pg_catalog", std::move(name), oid, std::move(columns), std::move(fill)));
    };
    view("pg_stat_activity", 12222,
         {{"datid", k_oid}, {"datname", k_name}, {"pid", k_int4}, {"leader_pid", k_int4}, {"usesysid", k_oid}, {"usename", k_name},
          {"application_name", k_text}, {"client_addr", k_inet}, {"client_hostname", k_text}, {"client_port", k_int4},
          {"backend_start", k_timestamptz}, {"xact_start", k_timestamptz}, {"query_start", k_timestamptz}, {"state_change", k_timestamptz},
          {"wait_event_type", k_text}, {"wait_event", k_text}, {"state", k_text}, {"backend_xid", k_xid}, {"backend_xmin", k_xid},
          {"query_id", k_int8}, {"query", k_text}, {"backend_type", k_text}},
         fill_activity);
    view("pg_wait_events", 0, {{"type", k_text}, {"name", k_text}}, fill_wait_events);
    view("pg_shmem_allocations", 12134, {{"name", k_text}, {"off", k_int8}, {"size", k_int8}, {"allocated_size", k_int8}}, fill_allocations);
    view("pg_dsm_allocations", 0, {{"handle", k_int8}, {"size", k_int8}, {"pids", k_int4_array}}, fill_dynamic);
    register_process_signals(to);
}
//! [register-views]

}  // namespace forklore
