// PREPARE, EXECUTE, DEALLOCATE, DISCARD.
#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/analyze/analyzer.hpp"
#include "queries/notifications.hpp"
#include "queries/plan/planner.hpp"
#include "queries/utility.hpp"

namespace forklore {

StatementPtr Session::Impl::find_prepared(std::string_view name) const {
    const auto found = statements.find(name);
    if (found == statements.end())
        throw Error(sqlstate::invalid_sql_statement_name, "prepared statement \"{}\" does not exist", name);
    return found->second.statement;
}

StatementPtr prepare_inner(Session& session, const std::shared_ptr<const ParsedTree>& tree, const ast::Node* query, std::span<const Oid> declared,
                           bool infer) {
    const auto* select = ast::maybe<ast::Select>(query);
    if (select == nullptr) {
        const auto* other = ast::maybe<ast::Unsupported>(query);
        refuse_unsupported(other != nullptr ? other->what : command_tag(query));
    }
    return std::make_shared<QueryStatement>(tree, nullptr, *select, declared, infer, session);
}

void run_prepare(Session::Impl& my, const UtilityStatement& statement, const ast::Prepare& command) {
    NodePool pool;
    Analyzer analyzer(statement.whole_text(), pool, my.session, {}, false);
    std::vector<Oid> types;
    for (const ast::Node* node : command.types) {
        std::int32_t typmod = -1;
        types.push_back(analyzer.type_of(ast::as<ast::TypeName>(node), typmod)->oid);
    }
    NamedStatement named;
    named.statement = prepare_inner(my.session, statement.tree(), command.query, types, true);
    named.text = statement.text();
    named.prepared = my.statement_time;
    named.from_sql = true;
    if (my.statements.contains(command.statement))
        throw Error(sqlstate::duplicate_pstatement, "prepared statement \"{}\" already exists", command.statement);
    my.statements.emplace(std::string(command.statement), std::move(named));
}

void bind_arguments(Session::Impl& my, const UtilityStatement& statement, const ast::Execute& command, const QueryStatement& query,
                    Execution& execution) {
    NodePool pool;
    Analyzer analyzer(statement.whole_text(), pool, my.session, {}, false);
    std::vector<Expr*> args = analyzer.analyze_arguments(command.args, query.parameter_types(), command.statement);
    for (std::size_t i = 0; i < args.size(); ++i) {
        fold_constants(args[i], pool);
        Datum& value = execution.parameters()[i];
        value = evaluate_once(args[i], execution.parameter_arena(), &my.session);
        if (args[i]->type->by_reference && !value.is_null) value.bytes = execution.parameter_arena().copy(value.view()).data();
    }
    execution.fold_parameters(&my.session);
}

void run_execute(Session::Impl& my, const UtilityStatement& statement, const ast::Execute& command, OurPortal& portal) {
    const auto& query = static_cast<const QueryStatement&>(*statement.inner());
    portal.runs = statement.inner();
    portal.execution = query.take_execution(my.session);
    bind_arguments(my, statement, command, query, *portal.execution);
}

void run_deallocate(Session::Impl& my, const ast::Deallocate& command) {
    if (command.statement.empty()) {
        my.statements.clear();
        return;
    }
    const auto found = my.statements.find(command.statement);
    if (found == my.statements.end())
        throw Error(sqlstate::invalid_sql_statement_name, "prepared statement \"{}\" does not exist", command.statement);
    my.statements.erase(found);
}

void run_discard(Session::Impl& my, const ast::Discard& command) {
    if (command.target != ast::Discard::Target::all) return;
    my.block.refuse_in_block("DISCARD ALL");
    my.drop_portals(0, false);
    settings().reset_all();
    my.statements.clear();
    if (my.notifications != nullptr) my.notifications->unlisten_all();
}

}  // namespace forklore
