#include "connections/conversation.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/log.hpp"
#include "connections/backend_interrupts.hpp"
#include "connections/connection_settings.hpp"
#include "connections/parameter_status.hpp"
#include "connections/process_title.hpp"
#include "connections/session_observer.hpp"
#include "connections/statement_log.hpp"
#include "connections/timeouts.hpp"

namespace forklore {

//! [conversation-construct]
Conversation::Conversation(ClientStream& stream, Session& session, Courier* courier)
    : stream_(stream), session_(session), courier_(courier), encoder_(stream) {
    if (courier_ == nullptr) return;
    stream_.before_waiting([this] {
        catch_up();
        const std::size_t gathered = stream_.out().size();
        const bool more = bring_news();
        // Whoever waits forgets that it has been woken. If sending had to wait, nobody knows whether more has come meanwhile.
        return (stream_.out().size() != gathered && send_news()) || more;
    });
}
//! [conversation-construct]

//! [conversation-run]
namespace {
std::string last_statement;  // in which the session ended: it is logged when the conversation is over
}

void Conversation::run() {
    for (;;) {
        Message message;
        try {
            if (std::exchange(ready_due_, false)) ready_for_query();
            message = next_message();
            if (message.type == 0 || message.type == 'X') {
                stream_.try_flush();  // a client may say goodbye in one breath with what it still wants answered
                break;
            }
            handle(message);
        } catch (const Fatal&) {
            name_statement(last_statement);
            throw;
        } catch (const ClientGone&) {
            name_statement(last_statement);
            report_to_log({.severity = Severity::fatal,
                           .code = sqlstate::connection_failure,
                           .message = "connection to client lost"});
            throw;
        } catch (Error& error) {
            handle_error(error, message);
        } catch (const std::bad_alloc&) {
            // A message for which there was no room has not been read: where the next one begins is not known.
            if (message.type == 0) throw Fatal(sqlstate::out_of_memory, "out of memory");
            Error error(sqlstate::out_of_memory, "out of memory");
            handle_error(error, message);
        }
    }
}
//! [conversation-run]

//! [ready-for-query]
void Conversation::ready_for_query() {
    end_work();
    const bool in_block = session_.status() != TransactionStatus::idle;
    show_activity(!in_block                                        ? "idle"
                  : session_.status() == TransactionStatus::failed ? "idle in transaction (aborted)"
                                                                   : "idle in transaction");
    session_observer()->resting(session_);
    now_doing(Doing::idle);
    if (in_block)
        set_timeout(Timeout::idle_in_transaction, setting::idle_in_transaction_session_timeout.value());
    else
        set_timeout(Timeout::idle_session, setting::idle_session_timeout.value());
    const std::size_t gathered = stream_.out().size();
    bring_news();
    const bool has_news = stream_.out().size() != gathered;
    report_changed_parameters(stream_.out());
    {
        MessageWriter message(stream_.out(), 'Z');
        message->put_char(static_cast<char>(session_.status()));
    }
    behind_ = courier_ != nullptr && notifies_ && !in_block && message_is_here(stream_) && !stream_.is_large();
    if (behind_) return;
    catch_up();
    has_news ? send_news() : stream_.flush();
}
//! [ready-for-query]

//! [bring-news]
bool Conversation::bring_news() {
    return courier_ != nullptr && !session_.in_transaction() && courier_->deliver(*this);
}

// A client that does not read holds back what all its server's sessions share.
bool Conversation::send_news() {
    set_timeout(Timeout::news, setting::notification_send_timeout.value());
    const bool waited = stream_.flush();
    clear_timeout(Timeout::news);
    return waited;
}

void Conversation::take(std::int32_t from, std::string_view channel, std::string_view payload) {
    MessageWriter message(stream_.out(), 'A');
    message->put(from);
    message->put_cstring(to_client_encoding(channel, current_client_encoding(), room_));
    message->put_cstring(to_client_encoding(payload, current_client_encoding(), room_));
}
//! [bring-news]

//! [catch-up]
/// Who tells much sends one NOTIFY behind the other, and does not wait for the answers. Then those who are told are woken once for all that lie
/// here already, and one answer goes out for all of them. What is not another NOTIFY may take long, and must not be waited for.
void Conversation::starting(std::string_view tag) {
    notifies_ = tag == "NOTIFY";
    if (!notifies_) catch_up();
}

void Conversation::catch_up() {
    if (courier_ != nullptr) courier_->wake_told();
    if (std::exchange(behind_, false)) stream_.flush();
}
//! [catch-up]

//! [next-message]
Message Conversation::next_message() {
    now_doing(Doing::idle);
    Message message = read_message(stream_);
    if (message.type == 0 && session_.status() != TransactionStatus::idle)
        log_line(sqlstate::connection_failure,
                 "unexpected EOF on client connection with an open transaction");
    clear_timeout(Timeout::idle_in_transaction);
    clear_timeout(Timeout::idle_session);
    if (take_reload_request()) {
        settings().load_file(setting::config_file.value(), false);
    }
    now_doing(Doing::working);
    return message;
}
//! [next-message]

//! [handle-message]
namespace {
void check_whole(std::string_view rest) {
    if (!rest.empty()) throw Error(sqlstate::protocol_violation, "invalid message format");
}
}  // namespace

void Conversation::handle(const Message& message) {
    if (message.type == 'S') {
        skip_to_sync_ = false;
        ready_due_ = true;
        check_whole(message.body);
        session_.finish_command();
        if (session_.status() == TransactionStatus::idle)
            bound_from_.clear();  // portals end with their transaction
        return;
    }
    if (skip_to_sync_) return;
    switch (message.type) {
        case 'Q': ready_due_ = true; return simple_query(message.body);
        case 'P': return parse(message.body);
        case 'B': return bind(message.body);
        case 'D': return describe(message.body);
        case 'E': return execute(message.body);
        case 'C': return close(message.body);
        case 'H': return check_whole(message.body), catch_up(), void(stream_.flush());
        case 'F':
            ready_due_ = true;
            throw Error(sqlstate::feature_not_supported, "function calls by OID are not supported");
        case 'c':
        case 'd':
        case 'f': return;  // left over from a COPY that failed: the client could not know yet
        default:
            throw Fatal(sqlstate::protocol_violation, "invalid frontend message type {}",
                        static_cast<int>(message.type));
    }
}
//! [handle-message]

//! [handle-error]
/// Says in which statement it happened, for the STATEMENT line in the log. \param room must live until that is written
void Conversation::name_statement(std::string& room) const {
    room = loggable(current_text_);
    log_context().statement = room;
}

void Conversation::handle_error(Error& error, const Message& message) {
    now_doing(Doing::idle);  // what is already wrong must not be interrupted on its way out
    std::string statement;
    name_statement(statement);
    report(error.report());
    log_context().statement = {};
    session_.abort_command();
    behind_ = false;
    catch_up();
    if (message.type == 'Q') session_.close_portal({});  // its own; that of the extended protocol is the client's
    stream_.flush();  // a client in the middle of a pipeline hears of it at once
    if (message.type != 'Q' && message.type != 'F' && message.type != 'S') skip_to_sync_ = true;
}
//! [handle-error]

//! [work]
constexpr std::size_t k_room_kept = 64 * 1024;  // bytes: what an idle session keeps of a long text's room

/// A statement begins: from here on it can be cancelled and may run out of time. What belongs to one statement (Parse,
/// Bind, Execute) shares one clock, which stops when the statement has been executed.
void Conversation::begin_work(std::string_view text) {
    if (!working_ || current_text_ != text) session_observer()->working(session_, text);
    current_text_.assign(text);
    if (std::exchange(working_, true)) return;
    set_timeout(Timeout::statement, setting::statement_timeout.value());
    set_timeout(Timeout::client_check, setting::client_connection_check_interval.value());
}

void Conversation::end_work() {
    if (!std::exchange(working_, false)) return;
    clear_timeout(Timeout::statement);
    clear_timeout(Timeout::client_check);
    current_text_.clear();
    if (std::max(current_text_.capacity(), room_.capacity()) > k_room_kept) {
        std::string().swap(current_text_);
        std::string().swap(room_);
    }
}

/// A string from a message, checked and turned into UTF-8.
std::string_view Conversation::take_text(ByteReader& reader, std::string& room) {
    return to_server_encoding(reader.get_cstring(), current_client_encoding(), room);
}
//! [work]

}  // namespace forklore
