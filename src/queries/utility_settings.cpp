// SET, SHOW, RESET, SET TRANSACTION.
#include <algorithm>

#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/functions/quoting.hpp"
#include "queries/query_settings.hpp"
#include "queries/type_oids.hpp"
#include "queries/utility.hpp"

namespace forklore {

namespace {

// Settings whose value is a list of identifiers: each item is quoted where it needs to be.
bool is_name_list(std::string_view name) {
    return compare_setting_names(name, "search_path") == 0 || compare_setting_names(name, "temp_tablespaces") == 0 ||
           compare_setting_names(name, "session_preload_libraries") == 0 || compare_setting_names(name, "shared_preload_libraries") == 0 ||
           compare_setting_names(name, "local_preload_libraries") == 0 || compare_setting_names(name, "unix_socket_directories") == 0;
}

// Settings whose value is a list, so that SET may give several.
bool is_list(std::string_view name) {
    return is_name_list(name) || compare_setting_names(name, "DateStyle") == 0 || compare_setting_names(name, "listen_addresses") == 0 ||
           compare_setting_names(name, "log_destination") == 0;
}

std::string argument_text(const ast::Node* node, bool quote) {
    if (const auto* cast = ast::maybe<ast::TypeCast>(node)) {
        // SET TIME ZONE INTERVAL '…' HOUR TO MINUTE
        const auto* literal = ast::maybe<ast::Constant>(cast->arg);
        if (literal == nullptr) throw Error(sqlstate::feature_not_supported, "unrecognized node type in SET");
        return fmt::format("INTERVAL '{}'", literal->text);
    }
    const auto* value = ast::maybe<ast::Constant>(node);
    if (value == nullptr) throw Error(sqlstate::feature_not_supported, "unrecognized node type in SET");
    switch (value->form) {
        case ast::Constant::Form::integer: return std::to_string(value->integer);
        case ast::Constant::Form::boolean: return value->boolean ? "true" : "false";
        default: return quote ? quote_identifier(value->text) : std::string(value->text);
    }
}

std::string joined_arguments(std::string_view name, ast::NodeList args) {
    if (args.size() > 1 && !is_list(name))
        throw Error(sqlstate::invalid_parameter_value, "SET {} takes only one argument", name);
    std::string text;
    for (const ast::Node* arg : args) {
        if (!text.empty()) text += ", ";
        text += argument_text(arg, is_name_list(name));
    }
    return text;
}

void set_multi(Session::Impl& my, const ast::VariableSet& command) {
    if (command.variable == "TRANSACTION SNAPSHOT") refuse_unsupported("SET TRANSACTION SNAPSHOT");
    const bool session = command.variable == "SESSION CHARACTERISTICS";
    if (!session) my.block.warn_outside_block("SET TRANSACTION");
    for (const ast::Node* node : command.args) {
        const auto& option = ast::as<ast::Option>(node);
        set_for_session(my, session ? fmt::format("default_{}", option.option) : std::string(option.option), option_text(option), !session);
    }
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view other) { return compare_setting_names(name, other) == 0; });
}

}  // namespace

void set_for_session(Session::Impl& my, std::string_view name, std::optional<std::string_view> value, bool local) {
    const bool settled = my.block.queried() || my.block.level() > 1;
    if (is_one_of(name, {"transaction_isolation"}) && my.block.in_block()) {
        if (my.block.queried())
            throw Error(sqlstate::active_sql_transaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query");
        if (my.block.level() > 1)
            throw Error(sqlstate::active_sql_transaction, "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
    }
    if (is_one_of(name, {"transaction_deferrable"}) && settled && my.block.in_block())
        throw Error(sqlstate::active_sql_transaction, "SET TRANSACTION [NOT] DEFERRABLE {}",
                    my.block.level() > 1 ? "cannot be called within a subtransaction" : "must be called before any query");
    if (is_one_of(name, {"transaction_read_only"}) && read_only_setting.value() && my.block.in_block() && value &&
        parse_bool(*value) == false) {
        if (my.block.level() > 1)
            throw Error(sqlstate::active_sql_transaction, "cannot set transaction read-write mode inside a read-only transaction");
        if (my.block.queried())
            throw Error(sqlstate::active_sql_transaction, "transaction read-write mode must be set before any query");
    }
    settings().set(name, value, SettingSource::session, local ? SettingScope::local : SettingScope::session, my.identity.superuser);
}

void run_set(Session::Impl& my, const ast::VariableSet& command) {
    using Op = ast::VariableSet::Op;
    switch (command.op) {
        case Op::value:
        case Op::to_default:
        case Op::from_current:
            if (command.local) my.block.warn_outside_block("SET LOCAL");
            if (command.op == Op::value) set_for_session(my, command.variable, joined_arguments(command.variable, command.args), command.local);
            else if (command.op == Op::to_default) set_for_session(my, command.variable, {}, command.local);
            break;
        case Op::multi: set_multi(my, command); break;
        case Op::reset: set_for_session(my, command.variable, {}, false); break;
        case Op::reset_all: settings().reset_all(); break;
    }
}

std::vector<ResultColumn> describe_show(const ast::VariableShow& command) {
    if (compare_setting_names(command.variable, "all") == 0)
        return {text_column("name"), text_column("setting"), text_column("description")};
    return {text_column(std::string(settings().get(command.variable).info().name))};
}

void run_show(Session::Impl& my, const ast::VariableShow& command, OurPortal& portal) {
    const std::span<const ResultColumn> columns = portal.columns();
    portal.store = std::make_unique<RowStore>(std::vector<ResultColumn>(columns.begin(), columns.end()));
    if (compare_setting_names(command.variable, "all") == 0) {
        for (const SettingBase* setting : settings().all())
            if (!setting->info().hide_from_show_all && may_see(my, *setting))
                portal.store->add_text({setting->info().name, setting->show(), setting->info().description});
        return;
    }
    const SettingBase& setting = settings().get(command.variable);
    if (!may_see(my, setting))
        throw Error(sqlstate::insufficient_privilege, "must be superuser or have privileges of pg_read_all_settings to examine \"{}\"", setting.info().name);
    portal.store->add_text({setting.show()});
}

bool may_see(const Session::Impl& my, const SettingBase& setting) { return my.identity.superuser || !setting.info().superuser_only; }

}  // namespace forklore
