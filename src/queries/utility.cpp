// Statements that have no plan: transactions, settings, prepared statements, cursors.
#include "queries/utility.hpp"

#include "base/error.hpp"
#include "base/settings.hpp"
#include "queries/libraries.hpp"
#include "queries/notifications.hpp"
#include "queries/type_oids.hpp"

namespace forklore {

void refuse_unsupported(std::string_view what) {
    throw Error(sqlstate::feature_not_supported, "{} is not supported yet", what);
}

std::string_view command_tag(const ast::Node* node) {
    using namespace ast;
    if (node == nullptr) return "";
    switch (node->kind) {
        case Kind::select: return "SELECT";
        case Kind::variable_set: {
            const auto op = as<VariableSet>(node).op;
            return op == VariableSet::Op::reset || op == VariableSet::Op::reset_all ? "RESET" : "SET";
        }
        case Kind::variable_show: return "SHOW";
        case Kind::transaction:
            switch (as<Transaction>(node).op) {
                case Transaction::Op::begin: return "BEGIN";
                case Transaction::Op::start: return "START TRANSACTION";
                case Transaction::Op::commit: return "COMMIT";
                case Transaction::Op::rollback:
                case Transaction::Op::rollback_to: return "ROLLBACK";
                case Transaction::Op::savepoint: return "SAVEPOINT";
                case Transaction::Op::release: return "RELEASE";
                case Transaction::Op::prepare: return "PREPARE TRANSACTION";
                case Transaction::Op::commit_prepared: return "COMMIT PREPARED";
                case Transaction::Op::rollback_prepared: return "ROLLBACK PREPARED";
            }
            return "";
        case Kind::prepare: return "PREPARE";
        case Kind::execute: return "EXECUTE";
        case Kind::deallocate: return as<Deallocate>(node).statement.empty() ? "DEALLOCATE ALL" : "DEALLOCATE";
        case Kind::explain: return "EXPLAIN";
        case Kind::declare_cursor: return "DECLARE CURSOR";
        case Kind::fetch: return as<Fetch>(node).move ? "MOVE" : "FETCH";
        case Kind::close_portal: return as<ClosePortal>(node).portal.empty() ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
        case Kind::discard:
            switch (as<Discard>(node).target) {
                case Discard::Target::all: return "DISCARD ALL";
                case Discard::Target::plans: return "DISCARD PLANS";
                case Discard::Target::sequences: return "DISCARD SEQUENCES";
                case Discard::Target::temp: return "DISCARD TEMP";
            }
            return "";
        case Kind::listen: return "LISTEN";
        case Kind::unlisten: return "UNLISTEN";
        case Kind::notify: return "NOTIFY";
        case Kind::load: return "LOAD";
        case Kind::create_function: return "CREATE FUNCTION";
        case Kind::drop_function: return "DROP FUNCTION";
        case Kind::unsupported: return as<Unsupported>(node).what;
        default: return "???";
    }
}

namespace {
void run_unlisten(Notifications& notifications, const ast::Unlisten& command) {
    if (command.channel.empty()) notifications.unlisten_all();
    else notifications.unlisten(command.channel);
}
}  // namespace

ResultColumn text_column(std::string name) {
    return {std::move(name), k_text, -1, -1, 0, 0};
}

void UtilityStatement::describe(Session& session) {
    const ast::Node* n = node();
    if (n == nullptr) return;
    switch (n->kind) {
        case ast::Kind::variable_show: returns(describe_show(ast::as<ast::VariableShow>(n))); break;
        case ast::Kind::execute: {
            inner_ = session.impl().find_prepared(ast::as<ast::Execute>(n).statement);
            const std::span<const ResultColumn> columns = inner_->columns();
            returns({columns.begin(), columns.end()});
            break;
        }
        case ast::Kind::explain:
            // What EXECUTE names is looked up when it runs.
            if (const auto& explain = ast::as<ast::Explain>(n); ast::maybe<ast::Execute>(explain.query) == nullptr)
                inner_ = prepare_inner(session, tree_, explain.query, {}, false);
            returns(describe_explain(ast::as<ast::Explain>(n)));
            break;
        case ast::Kind::declare_cursor: inner_ = prepare_inner(session, tree_, ast::as<ast::DeclareCursor>(n).query, {}, false); break;
        case ast::Kind::fetch: {
            const auto& fetch = ast::as<ast::Fetch>(n);
            if (fetch.move) break;
            inner_ = cursor_statement(session.impl(), fetch.portal);
            const std::span<const ResultColumn> columns = inner_->columns();
            returns({columns.begin(), columns.end()});
            break;
        }
        case ast::Kind::listen:
        case ast::Kind::unlisten:
        case ast::Kind::notify:
            if (session.impl().notifications == nullptr) refuse_unsupported(tag());
            break;
        case ast::Kind::load:
        case ast::Kind::create_function:
        case ast::Kind::drop_function:
            if (libraries() == nullptr) refuse_unsupported(tag());
            break;
        case ast::Kind::unsupported: refuse_unsupported(ast::as<ast::Unsupported>(n).what);
        default: break;
    }
}

void Session::Impl::run_utility(OurPortal& portal) {
    const auto& statement = static_cast<const UtilityStatement&>(*portal.statement_);
    const ast::Node* node = statement.node();
    if (node == nullptr) return;
    switch (node->kind) {
        case ast::Kind::transaction: run_transaction(*this, ast::as<ast::Transaction>(node), portal); break;
        case ast::Kind::variable_set: run_set(*this, ast::as<ast::VariableSet>(node)); break;
        case ast::Kind::variable_show: run_show(*this, ast::as<ast::VariableShow>(node), portal); break;
        case ast::Kind::prepare: run_prepare(*this, statement, ast::as<ast::Prepare>(node)); break;
        case ast::Kind::execute: run_execute(*this, statement, ast::as<ast::Execute>(node), portal); break;
        case ast::Kind::deallocate: run_deallocate(*this, ast::as<ast::Deallocate>(node)); break;
        case ast::Kind::discard: run_discard(*this, ast::as<ast::Discard>(node)); break;
        case ast::Kind::declare_cursor: run_declare(*this, statement, ast::as<ast::DeclareCursor>(node)); break;
        case ast::Kind::fetch: run_fetch(*this, ast::as<ast::Fetch>(node), portal); break;
        case ast::Kind::close_portal: run_close(*this, ast::as<ast::ClosePortal>(node)); break;
        case ast::Kind::explain: run_explain(*this, statement, ast::as<ast::Explain>(node), portal); break;
        case ast::Kind::listen: notifications->listen(ast::as<ast::Listen>(node).channel); break;
        case ast::Kind::unlisten: run_unlisten(*notifications, ast::as<ast::Unlisten>(node)); break;
        case ast::Kind::notify: notifications->notify(ast::as<ast::Notify>(node).channel, ast::as<ast::Notify>(node).payload); break;
        case ast::Kind::load: libraries()->load(ast::as<ast::Load>(node).file, identity.superuser); break;
        case ast::Kind::create_function: run_create_function(*this, statement, ast::as<ast::CreateFunction>(node)); break;
        case ast::Kind::drop_function: run_drop_function(*this, statement, ast::as<ast::DropFunction>(node)); break;
        default: refuse_unsupported(statement.tag());
    }
}

}  // namespace forklore
