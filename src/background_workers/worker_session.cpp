#include "background_workers/worker_session.hpp"

#include <algorithm>
#include <utility>

#include "background_workers/worker_process.hpp"
#include "base/interrupts.hpp"
#include "base/log.hpp"
#include "connections/authentication.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/connection_hooks.hpp"
#include "connections/connection_settings.hpp"
#include "connections/door.hpp"
#include "connections/session_observer.hpp"
#include "connections/timeouts.hpp"
#include "queries/query_settings.hpp"
#include "queries/types/utf8.hpp"
#include "shared_memory/process_table.hpp"

namespace forklore {

namespace {

//! [gathering]
/// Keeps rows as the texts of their values, or lets them go.
class Gathering : public RowReceiver {
public:
    Gathering(WorkerSession::Result& to, bool keep) : to_(to), keep_(keep) {}
    void rows(EvalContext& context, const Batch& batch) override {
        if (!keep_) return;
        batch.rows.each([&](std::uint32_t row) {
            auto& values = to_.rows.emplace_back();
            for (std::size_t i = 0; i < to_.columns.size(); ++i) {
                const Datum& value = batch.columns[i][row];
                if (value.is_null) {
                    values.emplace_back();
                    continue;
                }
                text_.clear();
                const Type& type = registry().type(to_.columns[i].type);
                type.output({context.arena, type, to_.columns[i].typmod}, value, text_);
                values.emplace_back(text_.view());
            }
        });
    }

private:
    WorkerSession::Result& to_;
    bool keep_;
    ByteWriter text_;
};
//! [gathering]

//! [session-connect]
WorkerSession* the_session;  // of this process

}  // namespace

// An error in it destroys what there is so far, because the constructor below has come to its end.
WorkerSession::WorkerSession(std::string_view database, const std::string& role)
    : WorkerSession(Unconnected()) {
    if (!database.empty()) check_database(std::string(database));
    connect(database, role);
    rest();
}

WorkerSession::WorkerSession(Unconnected) {
    const BackgroundWorker* me = own_description();
    if (me == nullptr || (me->flags & k_database_connection) == 0)
        throw Fatal(sqlstate::program_limit_exceeded,
                    "database connection requirement not indicated during registration");
    if (the_session != nullptr)
        throw Error(sqlstate::object_not_in_prerequisite_state,
                    "background worker \"{}\" is connected already", me->name.view());
    the_session = this;
}

void WorkerSession::connect(std::string_view database, const std::string& role) {
    std::string name = role;
    if (name.empty()) {
        const auto first = std::ranges::find_if(door().roles, &Role::superuser);
        if (first == door().roles.end())
            throw Fatal(sqlstate::invalid_authorization_specification, "there is no superuser to connect as");
        name = first->name;
    }
    const bool superuser = find_role_for_login(name).superuser;
    settings().set("session_authorization", name, SettingSource::override_value);
    settings().set("is_superuser", superuser ? "on" : "off", SettingSource::override_value);
    log_context().user = name;
    log_context().database = database;
    const SessionParts& parts = own_start()->parts;
    Identity me;
    me.user = name;
    me.database = database;
    me.superuser = superuser;
    me.server_port = setting::port.value();
    session_.emplace(std::move(me), parts.hooks, parts.notifications);
    if (my_slot() != nullptr) process_table().enter_session(name);
    begin_session(*session_);
}

WorkerSession::~WorkerSession() {
    setting::is_superuser.on_assign({});
    if (session_) session_->abandon();
    the_session = nullptr;
}
//! [session-connect]

//! [session-execute]
WorkerSession::Result WorkerSession::execute(std::string_view text,
                                             std::span<const std::optional<std::string>> parameters,
                                             bool keep_rows) {
    session_observer()->working(*session_, text);
    now_doing(Doing::working);
    Result result;
    try {
        utf8_check(text);
        for (const auto& parameter : parameters)
            if (parameter) utf8_check(*parameter);
        const ParsedTextPtr parsed = session_->parse(text);
        if (!parameters.empty() && parsed->count() != 1)
            throw Error(sqlstate::syntax_error, "a text with parameters must be one statement");
        if (parsed->count() > 1) session_->begin_implicit_block();
        for (std::size_t i = 0; i < parsed->count(); ++i) run(parsed, i, parameters, keep_rows, result);
    } catch (...) {
        now_doing(Doing::idle);  // what is already wrong must not be interrupted on its way out
        session_->abort_command();
        session_->close_portal({});
        rest();
        throw;
    }
    rest();
    return result;
}

void WorkerSession::run(const ParsedTextPtr& text, std::size_t index,
                        std::span<const std::optional<std::string>> parameters, bool keep_rows, Result& to) {
    std::vector<ParameterValue> values;
    for (const auto& parameter : parameters) values.push_back({.bytes = parameter});
    to = {};
    wake_told();
    set_timeout(Timeout::statement, setting::statement_timeout.value());  // each statement has its own time
    session_->begin_command();
    const StatementPtr statement = session_->prepare(text, index, {}, !parameters.empty());
    Portal& portal = session_->open_portal({}, statement, values, {});
    session_->start(portal);
    to.columns.assign(portal.columns().begin(), portal.columns().end());
    Gathering gathering(to, keep_rows);
    to.tag = session_->execute(portal, 0, gathering).tag;
    if (index + 1 == text->count()) session_->finish_command();
    session_->close_portal({});
}

/// It does not work on a statement any more.
void WorkerSession::rest() {
    now_doing(Doing::idle);
    clear_timeout(Timeout::statement);
    session_observer()->resting(*session_);
    wake_told();
}

void WorkerSession::wake_told() noexcept {
    if (Courier* const courier = own_start()->parts.courier) courier->wake_told();
}
//! [session-execute]

//! [session-news]
void WorkerSession::take(std::int32_t from, std::string_view channel, std::string_view payload) {
    news_.push_back({from, std::string(channel), std::string(payload)});
}

bool WorkerSession::bring_news() {
    return the_session != nullptr && the_session->session_ && the_session->collect_news();
}

/// First some are gathered: what is done with them may run statements, LISTEN among them. The rest stays where it is. What has not been heard
/// because the listener threw is heard the next time.
bool WorkerSession::collect_news() {
    Courier* const courier = own_start()->parts.courier;
    if (courier == nullptr || session_->in_transaction()) return false;
    const bool more = courier->deliver(*this), any = !news_.empty();
    while (!news_.empty()) {
        const News next = std::move(news_.front());
        news_.pop_front();
        if (listener_) listener_(next.from, next.channel, next.payload);
    }
    return any || more;
}
//! [session-news]

}  // namespace forklore
