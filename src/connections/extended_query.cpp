/// \file
/// The extended protocol: Parse, Bind, Describe, Execute and Close.
#include <algorithm>
#include <deque>
#include <vector>

#include "base/log.hpp"
#include "connections/conversation.hpp"
#include "connections/process_title.hpp"
#include "connections/statement_log.hpp"

namespace forklore {

//! [parse-message]
void Conversation::parse(std::string_view body) {
    ByteReader reader(body);
    std::string name_room;
    const std::string_view name = take_text(reader, name_room), text = take_text(reader, room_);
    std::vector<Oid> types(reader.get<std::uint16_t>());
    for (Oid& type : types) type = reader.get<Oid>();
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
    begin_work(text);
    StatementLog log("parse", name, text);
    session_.begin_command();
    if (name.empty()) session_.drop_statement(name);  // gone even if the new one fails
    const ParsedTextPtr parsed = session_.parse(text);
    if (parsed->count() > 1)
        throw Error(sqlstate::syntax_error, "cannot insert multiple commands into a prepared statement");
    session_.store_statement(name, session_.prepare(parsed, 0, types));
    write_empty(stream_.out(), '1');
    log.done();
}
//! [parse-message]

//! [require-no-failure]
namespace {

/// A failed transaction can only be ended: nothing is computed in it, not even from values, and no rows are described.
void require_no_failure(const Session& session) {
    if (session.status() == TransactionStatus::failed)
        throw Error(sqlstate::in_failed_sql_transaction,
                    "current transaction is aborted, commands ignored until end of transaction block");
}
//! [require-no-failure]

//! [take-parameters]

std::vector<std::int16_t> take_formats(ByteReader& reader) {
    std::vector<std::int16_t> formats(reader.get<std::uint16_t>());
    for (std::int16_t& format : formats) format = reader.get<std::int16_t>();
    return formats;
}

/// Parameter values as Bind brings them: formats (none, one for all, or one each), then lengths and bytes; length -1
/// is null. Texts are checked and turned into UTF-8.
std::vector<ParameterValue> take_parameters(ByteReader& reader, std::string_view portal,
                                            const Statement& statement, std::string_view statement_name,
                                            const Session& session, std::deque<std::string>& rooms) {
    const std::vector<std::int16_t> formats = take_formats(reader);
    std::vector<ParameterValue> parameters(reader.get<std::uint16_t>());
    if (formats.size() > 1 && formats.size() != parameters.size())
        throw Error(sqlstate::protocol_violation, "bind message has {} parameter formats but {} parameters",
                    formats.size(), parameters.size());
    const std::size_t wanted = statement.parameter_types().size();
    if (parameters.size() != wanted)
        throw Error(sqlstate::protocol_violation,
                    "bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                    parameters.size(), statement_name, wanted);
    if (!statement.ends_failed_transaction() || wanted != 0) require_no_failure(session);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto length = reader.get<std::int32_t>();
        if (length < 0) continue;
        parameters[i].bytes = reader.take(static_cast<std::size_t>(length));
        const std::int16_t format = formats.empty() ? 0 : formats[formats.size() == 1 ? 0 : i];
        parameters[i].binary = format == 1;
        try {
            if (format == 0)
                parameters[i].bytes =
                    to_server_encoding(*parameters[i].bytes, current_client_encoding(), rooms.emplace_back());
            else if (format != 1)
                throw Error(sqlstate::invalid_parameter_value, "unsupported format code: {}", format);
        } catch (Error& error) {
            error.report().context =
                fmt::format("{} parameter ${}",
                            portal.empty() ? "unnamed portal" : fmt::format("portal \"{}\"", portal), i + 1);
            throw;
        }
    }
    return parameters;
}

}  // namespace
//! [take-parameters]

//! [bind-message]
void Conversation::bind(std::string_view body) {
    ByteReader reader(body);
    std::string portal_room, statement_room;
    const std::string_view portal = take_text(reader, portal_room);
    const std::string_view statement_name = take_text(reader, statement_room);
    const StatementPtr statement = session_.find_statement(statement_name);
    begin_work(statement->text());
    StatementLog log("bind", statement_name, statement->text());
    session_.begin_command();

    std::deque<std::string> rooms;  // converted texts must stay where they are
    const std::vector<ParameterValue> parameters =
        take_parameters(reader, portal, *statement, statement_name, session_, rooms);
    const std::vector<std::int16_t> result_formats = take_formats(reader);
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");

    log.with_parameters(session_.open_portal(portal, statement, parameters, result_formats));
    if (!portal.empty() || !statement_name.empty() || !bound_from_.empty())
        bound_from_.insert_or_assign(std::string(portal), statement_name);
    write_empty(stream_.out(), '2');
    log.done();
}
//! [bind-message]

//! [describe-message]
void Conversation::describe(std::string_view body) {
    ByteReader reader(body);
    const char kind = reader.get<char>();
    const std::string_view name = take_text(reader, room_);
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
    session_.begin_command();
    if (kind == 'S') {
        const StatementPtr statement = session_.find_statement(name);
        if (statement->returns_rows()) require_no_failure(session_);
        {
            MessageWriter message(stream_.out(), 't');
            message->put(static_cast<std::int16_t>(statement->parameter_types().size()));
            for (const Oid type : statement->parameter_types()) message->put(type);
        }
        describe_result(statement->returns_rows(), statement->columns(),
                        {});  // formats are not known before Bind
    } else if (kind == 'P') {
        const Portal& portal = session_.find_portal(name);
        if (portal.statement()->returns_rows()) require_no_failure(session_);
        describe_result(portal.statement()->returns_rows(), portal.columns(), portal.result_formats());
    } else {
        throw Error(sqlstate::protocol_violation, "invalid DESCRIBE message subtype {}",
                    static_cast<int>(kind));
    }
}

//! [describe-message]

//! [describe-result]
void Conversation::describe_result(bool returns_rows, std::span<const ResultColumn> columns,
                                   std::span<const std::int16_t> formats) {
    if (returns_rows)
        write_row_description(stream_.out(), columns, formats, current_client_encoding());
    else
        write_empty(stream_.out(), 'n');
}
//! [describe-result]

//! [execute-message]
/// "statement", "statement/portal", or nothing where both are unnamed: what the log calls an execution.
std::string Conversation::log_name(std::string_view portal) const {
    const auto found = bound_from_.find(portal);
    const std::string_view statement = found == bound_from_.end() ? std::string_view() : found->second;
    if (portal.empty()) return std::string(statement);
    return fmt::format("{}/{}", statement.empty() ? "<unnamed>" : statement, portal);
}

void Conversation::execute(std::string_view body) {
    ByteReader reader(body);
    const std::string_view name = take_text(reader, room_);
    const auto max_rows = reader.get<std::int32_t>();
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
    Portal& portal = session_.find_portal(name);
    const StatementPtr statement = portal.statement();
    if (statement->tag().empty()) return write_empty(stream_.out(), 'I');
    begin_work(statement->text());
    show_activity(statement->tag());
    const std::string logged = log_name(name);
    StatementLog log("execute", logged, statement->text());
    log.with_parameters(portal);
    log.before(statement->tag());
    starting(statement->tag());
    session_.begin_command();
    encoder_.begin(current_client_encoding(), portal.columns(), portal.result_formats());
    const Completion completion = session_.execute(portal, std::max(max_rows, 0), encoder_);  // none, or any number
    if (completion.suspended)
        write_empty(stream_.out(), 's');
    else
        write_command_complete(stream_.out(), completion.tag);
    log.done();
    if (!completion.suspended) end_work();  // the next statement of a pipeline has its own time
}
//! [execute-message]

//! [close-message]
void Conversation::close(std::string_view body) {
    ByteReader reader(body);
    const char kind = reader.get<char>();
    const std::string_view name = take_text(reader, room_);
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
    if (kind == 'S')
        session_.drop_statement(name);
    else if (kind == 'P')
        session_.close_portal(name), bound_from_.erase(std::string(name));
    else
        throw Error(sqlstate::protocol_violation, "invalid CLOSE message subtype {}", static_cast<int>(kind));
    write_empty(stream_.out(), '3');
}
//! [close-message]

}  // namespace forklore
