// PREPARE, EXECUTE, DEALLOCATE, DISCARD.
#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/utility.hpp"

namespace forklore {

StatementPtr Session::Impl::find_prepared(std::string_view name) const {
    const auto found = statements.find(name);
    if (found == statements.end())
        throw Error(sqlstate::invalid_sql_statement_name, "prepared statement \"{}\" does not exist", name);
    return found->second.statement;
}

void Session::Impl::hold_cursors() {}

void run_prepare(Session::Impl&, const UtilityStatement&, const ast::Prepare&) { refuse_unsupported("PREPARE"); }
void run_execute(Session::Impl&, const UtilityStatement&, const ast::Execute&, OurPortal&) { refuse_unsupported("EXECUTE"); }

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
}

}  // namespace forklore
