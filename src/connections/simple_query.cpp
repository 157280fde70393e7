/// \file
/// The simple protocol: a Query message, and everything happens.
#include "connections/backend_interrupts.hpp"
#include "connections/conversation.hpp"
#include "connections/process_title.hpp"
#include "connections/statement_log.hpp"
#include "connections/timeouts.hpp"

namespace forklore {

//! [simple-query]
void Conversation::simple_query(std::string_view body) {
    ByteReader reader(body);
    const std::string_view text = take_text(reader, room_);
    if (!reader.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
    begin_work(text);
    StatementLog log("statement", {}, text);
    session_.drop_statement({});  // the unnamed statement does not outlive a simple query
    const ParsedTextPtr parsed = session_.parse(text);
    log.before({});
    for (std::size_t i = 0; i < parsed->count(); ++i) log.before(parsed->tag(i));
    if (parsed->count() == 0) session_.finish_command(), write_empty(stream_.out(), 'I');
    if (parsed->count() > 1) session_.begin_implicit_block();
    for (std::size_t i = 0; i < parsed->count(); ++i) run_statement(parsed, i);
    log.done();
}
//! [simple-query]

//! [run-statement]
void Conversation::run_statement(const ParsedTextPtr& text, std::size_t index) {
    set_timeout(Timeout::statement, setting::statement_timeout.value());  // each statement has its own time
    starting(text->tag(index));
    session_.begin_command();
    show_activity(text->tag(index));
    const StatementPtr statement = session_.prepare(text, index, {}, false);
    Portal& portal = session_.open_portal({}, statement, {}, {});
    session_.start(portal);  // a command that fails describes no rows
    encoder_.begin(current_client_encoding(), portal.columns(), portal.result_formats());
    if (statement->returns_rows())
        write_row_description(stream_.out(), portal.columns(), portal.result_formats(),
                              current_client_encoding());
    const Completion completion = session_.execute(portal, 0, encoder_);
    // What cannot be committed has not been done: nobody may have been told that it has.
    if (index + 1 == text->count()) session_.finish_command();
    write_command_complete(stream_.out(), completion.tag);
    session_.close_portal({});
}
//! [run-statement]

}  // namespace forklore
