/// \file
/// The commands behind utility statements.
#pragma once

#include "base/setting.hpp"
#include "queries/session_impl.hpp"

namespace forklore {

/// \name One function for each command
/// They do what PostgreSQL's command of that name does, with its errors and warnings.
/// \{
void run_transaction(Session::Impl& my, const ast::Transaction& command, OurPortal& portal);
void run_set(Session::Impl& my, const ast::VariableSet& command);
void run_show(Session::Impl& my, const ast::VariableShow& command, OurPortal& portal);
void run_prepare(Session::Impl& my, const UtilityStatement& statement, const ast::Prepare& command);
void run_execute(Session::Impl& my, const UtilityStatement& statement, const ast::Execute& command, OurPortal& portal);
void run_deallocate(Session::Impl& my, const ast::Deallocate& command);
void run_discard(Session::Impl& my, const ast::Discard& command);
void run_declare(Session::Impl& my, const UtilityStatement& statement, const ast::DeclareCursor& command);
void run_fetch(Session::Impl& my, const ast::Fetch& command, OurPortal& portal);
void run_close(Session::Impl& my, const ast::ClosePortal& command);
void run_explain(Session::Impl& my, const UtilityStatement& statement, const ast::Explain& command, OurPortal& portal);
void run_create_function(Session::Impl& my, const UtilityStatement& statement, const ast::CreateFunction& command);
void run_drop_function(Session::Impl& my, const UtilityStatement& statement, const ast::DropFunction& command);
/// \}

/// The statement inside another: of PREPARE, EXPLAIN, DECLARE. Throws Error 0A000 when it is no query.
/// \param session whose it is \param tree of the whole text \param query the inner tree \param declared parameter types
/// \param infer whether there may be other parameters
StatementPtr prepare_inner(Session& session, const std::shared_ptr<const ParsedTree>& tree, const ast::Node* query, std::span<const Oid> declared,
                           bool infer);

/// What a cursor runs. Throws Error 34000. \param my the session \param name of the cursor
StatementPtr cursor_statement(Session::Impl& my, std::string_view name);

/// The columns of SHOW's answer. \param command which setting
std::vector<ResultColumn> describe_show(const ast::VariableShow& command);

/// The column of EXPLAIN's answer. \param command in which format
std::vector<ResultColumn> describe_explain(const ast::Explain& command);

/// Computes the arguments of EXECUTE and hands them to an execution. Throws 42601 for a wrong number of them.
/// \param my the session \param statement for its text \param command with the arguments \param query what they are for \param execution gets them
void bind_arguments(Session::Impl& my, const UtilityStatement& statement, const ast::Execute& command, const QueryStatement& query,
                    Execution& execution);

/// Whether this user may see a setting's value. \param my the session \param setting which
bool may_see(const Session::Impl& my, const SettingBase& setting);

/// The value of an option as text; "on" when it has none. \param option from an option list
std::string option_text(const ast::Option& option);

/// A column of type text. \param name its name
ResultColumn text_column(std::string name);

/// Changes a setting on behalf of the client, minding what only a transaction's beginning may change.
/// \param my the session \param name of the setting \param value none: DEFAULT \param local until the transaction ends
void set_for_session(Session::Impl& my, std::string_view name, std::optional<std::string_view> value, bool local);

}  // namespace forklore
