/// \file
/// The commands behind utility statements.
#pragma once

#include "base/setting.hpp"
#include "queries/session_impl.hpp"

namespace forklore {

/// \name One function for each command
/// They do what PostgreSQL's command of that name does, with its errors and warnings.
/// \{
void run_transaction(Session::Impl& my, const ast::Transaction& command, Completion& completion);
void run_set(Session::Impl& my, const ast::VariableSet& command);
void run_show(Session::Impl& my, const ast::VariableShow& command, OurPortal& portal);
void run_prepare(Session::Impl& my, const UtilityStatement& statement, const ast::Prepare& command);
void run_execute(Session::Impl& my, const UtilityStatement& statement, const ast::Execute& command, OurPortal& portal);
void run_deallocate(Session::Impl& my, const ast::Deallocate& command);
void run_discard(Session::Impl& my, const ast::Discard& command);
/// \}

/// The columns of SHOW's answer. \param command which setting
std::vector<ResultColumn> describe_show(const ast::VariableShow& command);

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
