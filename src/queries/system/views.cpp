// System views that are made from what the process knows.
#include "base/clock.hpp"
#include "base/interrupts.hpp"
#include "base/settings.hpp"
#include "queries/builtins.hpp"
#include "queries/session_impl.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/array.hpp"
#include "queries/types/interval.hpp"
#include "queries/types/time_zone.hpp"
#include "queries/types/zone_abbreviations.hpp"
#include "queries/utility.hpp"
#include "queries/view_writer.hpp"

namespace forklore {

namespace {

constexpr Oid k_catalog_schema = 11, k_public_schema = 2200, k_information_schema = 13000;

Datum oid_datum(Oid oid) {
    Datum d;
    d.oid = oid;
    d.is_null = false;
    return d;
}

Datum time_datum(std::int64_t time) {
    Datum d;
    d.int8 = time;
    d.is_null = false;
    return d;
}

std::optional<std::string_view> unless_empty(std::string_view text) { return text.empty() ? std::nullopt : std::optional(text); }

void fill_settings(EvalContext& context, ViewWriter& to) {
    const Type& text = registry().type(k_text);
    for (const SettingBase* setting : settings().all()) {
        const SettingInfo& info = setting->info();
        if (info.hide_from_show_all || !may_see(context.session->impl(), *setting)) continue;
        const std::vector<std::string> words = setting->enum_values();
        ArrayBuilder array(to.arena(), text);
        for (const std::string& word : words) array.add(word);
        // An enum's words; other settings have none.
        const Datum enum_words = words.empty() ? Datum{} : array.finish();
        const int line = setting->source_line();
        to.row(info.name, setting->setting_text(), unless_empty(unit_name(info.unit)), info.category, info.description,
               unless_empty(info.extra_description), context_name(info.context), setting->type_name(), source_name(setting->source()),
               setting->min_text(), setting->max_text(), enum_words, setting->boot_text(), setting->reset_text(),
               unless_empty(setting->source_file()), line == 0 ? std::optional<std::int32_t>() : std::optional<std::int32_t>(line), setting->pending_restart());
    }
}

void fill_prepared_statements(EvalContext& context, ViewWriter& to) {
    const Type& regtype = registry().type(k_regtype);
    for (const auto& [name, named] : context.session->impl().statements) {
        ArrayBuilder types(to.arena(), regtype);
        for (const Oid oid : named.statement->parameter_types()) types.add(oid_datum(oid));
        to.row(name, named.text, time_datum(named.prepared), types.finish(), named.from_sql, std::int64_t{0}, std::int64_t{0});
    }
}

void fill_cursors(EvalContext& context, ViewWriter& to) {
    constexpr std::uint32_t k_binary = 1, k_scroll = 2;
    for (const auto& [name, portal] : context.session->impl().portals)
        to.row(name, portal->is_cursor ? portal->source : portal->statement_->text(), portal->held, (portal->cursor_options & k_binary) != 0,
               (portal->cursor_options & k_scroll) != 0, time_datum(portal->created));
}

void fill_types(EvalContext&, ViewWriter& to) {
    constexpr Oid k_array_in = 750;
    for (const auto& type : registry().all_types()) {
        const bool array = type->element != 0 && type->length == -1;
        to.row(oid_datum(type->oid), type->name, oid_datum(k_catalog_schema), oid_datum(k_first_superuser_oid), type->length, !type->by_reference, type->kind,
               type->category, type->preferred, true, type->delimiter, Oid{0}, oid_datum(0), Oid{type->element}, Oid{type->array},
               oid_datum(array ? k_array_in : 0), false, Oid{0}, std::int32_t{-1}, std::int32_t{0}, Oid{0});
    }
}

void fill_namespaces(EvalContext&, ViewWriter& to) {
    to.row(k_catalog_schema, "pg_catalog", k_first_superuser_oid);
    to.row(k_public_schema, "public", k_first_superuser_oid);
    to.row(k_information_schema, "information_schema", k_first_superuser_oid);
}

void fill_databases(EvalContext& context, ViewWriter& to) {
    to.row(k_first_database_oid, context.session->identity().database, k_first_superuser_oid, std::int32_t{6}, 'c', false, true, std::int32_t{-1}, "C", "C.UTF-8");
}

void fill_roles(EvalContext& context, ViewWriter& to) {
    const Identity& who = context.session->identity();
    to.row(who.user, who.superuser, true, who.superuser, who.superuser, true, who.superuser, std::int32_t{-1}, "********", Datum{}, who.superuser,
           k_first_superuser_oid);
}

// What each zone shows at the transaction's beginning.
void fill_zone_names(EvalContext& context, ViewWriter& to) {
    const std::int64_t now = (context.session->transaction_timestamp() + k_postgres_epoch_us) / 1'000'000;
    for (const std::string& name : all_time_zone_names()) {
        check_for_interrupts();
        const TimeZone* zone = find_time_zone(name);
        if (zone == nullptr) continue;
        const LocalTimeType shown = zone->at(now);
        to.row(name, shown.abbreviation, Interval{.us = std::int64_t{shown.offset} * 1'000'000}, shown.dst);
    }
}

void fill_zone_abbreviations(EvalContext& context, ViewWriter& to) {
    const std::int64_t now = (context.session->transaction_timestamp() + k_postgres_epoch_us) / 1'000'000;
    const ZoneAbbreviations* set = ZoneAbbreviations::named(settings().get("timezone_abbreviations").setting_text());
    if (set == nullptr) return;
    for (const ZoneAbbreviation& one : set->all()) {
        LocalTimeType means{one.offset, one.dst, {}};
        // Some have meant different things over the years.
        if (const TimeZone* zone = one.zone.empty() ? nullptr : find_time_zone(one.zone))
            means = zone->interpret(one.name, now).value_or(zone->at(now));
        to.row(one.name, Interval{.us = std::int64_t{means.offset} * 1'000'000}, means.dst);
    }
}

}  // namespace

void register_system_views(Registry& to) {
    const auto view = [&](std::string name, Oid oid, std::vector<ColumnInfo> columns, SystemView::Fill fill) {
        to.add(std::make_unique<SystemView>("pg_catalog", std::move(name), oid, std::move(columns), std::move(fill)));
    };
    view("pg_settings", 12104,
         {{"name", k_text}, {"setting", k_text}, {"unit", k_text}, {"category", k_text}, {"short_desc", k_text}, {"extra_desc", k_text},
          {"context", k_text}, {"vartype", k_text}, {"source", k_text}, {"min_val", k_text}, {"max_val", k_text}, {"enumvals", k_text_array},
          {"boot_val", k_text}, {"reset_val", k_text}, {"sourcefile", k_text}, {"sourceline", k_int4}, {"pending_restart", k_bool}}, fill_settings);
    view("pg_prepared_statements", 12095,
         {{"name", k_text}, {"statement", k_text}, {"prepare_time", k_timestamptz}, {"parameter_types", k_regtype_array}, {"from_sql", k_bool},
          {"generic_plans", k_int8}, {"custom_plans", k_int8}}, fill_prepared_statements);
    view("pg_cursors", 12077,
         {{"name", k_text}, {"statement", k_text}, {"is_holdable", k_bool}, {"is_binary", k_bool}, {"is_scrollable", k_bool},
          {"creation_time", k_timestamptz}}, fill_cursors);
    view("pg_type", 1247,
         {{"oid", k_oid}, {"typname", k_name}, {"typnamespace", k_oid}, {"typowner", k_oid}, {"typlen", k_int2}, {"typbyval", k_bool},
          {"typtype", k_char}, {"typcategory", k_char}, {"typispreferred", k_bool}, {"typisdefined", k_bool}, {"typdelim", k_char}, {"typrelid", k_oid},
          {"typsubscript", k_regproc}, {"typelem", k_oid}, {"typarray", k_oid}, {"typinput", k_regproc}, {"typnotnull", k_bool},
          {"typbasetype", k_oid}, {"typtypmod", k_int4}, {"typndims", k_int4}, {"typcollation", k_oid}}, fill_types);
    view("pg_namespace", 2615, {{"oid", k_oid}, {"nspname", k_name}, {"nspowner", k_oid}}, fill_namespaces);
    view("pg_database", 1262,
         {{"oid", k_oid}, {"datname", k_name}, {"datdba", k_oid}, {"encoding", k_int4}, {"datlocprovider", k_char}, {"datistemplate", k_bool},
          {"datallowconn", k_bool}, {"datconnlimit", k_int4}, {"datcollate", k_text}, {"datctype", k_text}}, fill_databases);
    view("pg_roles", 12000,
         {{"rolname", k_name}, {"rolsuper", k_bool}, {"rolinherit", k_bool}, {"rolcreaterole", k_bool}, {"rolcreatedb", k_bool}, {"rolcanlogin", k_bool},
          {"rolreplication", k_bool}, {"rolconnlimit", k_int4}, {"rolpassword", k_text}, {"rolvaliduntil", k_timestamptz}, {"rolbypassrls", k_bool},
          {"oid", k_oid}}, fill_roles);
    view("pg_timezone_names", 12126, {{"name", k_text}, {"abbrev", k_text}, {"utc_offset", k_interval}, {"is_dst", k_bool}}, fill_zone_names);
    view("pg_timezone_abbrevs", 12122, {{"abbrev", k_text}, {"utc_offset", k_interval}, {"is_dst", k_bool}}, fill_zone_abbreviations);
}

}  // namespace forklore
