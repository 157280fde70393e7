/// \file
/// Conversation: the protocol after start-up. Messages come in, the session works, answers go out.
///
/// Two sub-protocols share the line. In the simple one a Query message holds a text and everything happens.
/// In the extended one Parse, Bind, Describe, Execute and Close do one step each, the client may send many
/// without waiting, and Sync ends the group; after an error the server skips to the Sync.
///
/// Counterpart in PostgreSQL: postgres.c (PostgresMain, exec_simple_query, exec_parse_message, …).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "connections/client_stream.hpp"
#include "connections/connection_settings.hpp"
#include "connections/encoding.hpp"
#include "connections/messages.hpp"
#include "connections/row_encoder.hpp"
#include "connections/session_parts.hpp"
#include "queries/session.hpp"

namespace forklore {

/// One session's conversation. Belongs to the backend.
class Conversation : private NewsSink {
public:
    /// \param stream to the client \param session does the work \param courier brings news; null: there are none. All must
    /// outlive this
    Conversation(ClientStream& stream, Session& session, Courier* courier = nullptr);
    ~Conversation() override { stream_.before_waiting({}); }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Talks until the client says goodbye or goes. Throws Fatal when the session must end.
    void run();

private:
    // ---- conversation.cpp
    Message next_message();
    void handle(const Message& message);
    void handle_error(Error& error, const Message& message);
    void name_statement(std::string& room) const;
    void ready_for_query();
    bool bring_news();
    void take(std::int32_t from, std::string_view channel, std::string_view payload) override;
    bool pass_on() override {
        if (stream_.is_large()) send_news();
        return true;
    }
    bool send_news();
    void starting(std::string_view tag);
    void catch_up();
    void begin_work(std::string_view text);
    void end_work();
    std::string_view take_text(ByteReader& reader, std::string& room);
    // ---- simple_query.cpp
    void simple_query(std::string_view body);
    void run_statement(const ParsedTextPtr& text, std::size_t index);
    // ---- extended_query.cpp
    void parse(std::string_view body);
    void bind(std::string_view body);
    void describe(std::string_view body);
    void execute(std::string_view body);
    void close(std::string_view body);
    std::string log_name(std::string_view portal) const;
    void describe_result(bool returns_rows, std::span<const ResultColumn> columns,
                         std::span<const std::int16_t> formats);

    ClientStream& stream_;
    Session& session_;
    Courier* courier_;
    RowEncoder encoder_;
    bool ready_due_ = true;      ///< ReadyForQuery is owed
    bool skip_to_sync_ = false;  ///< an error happened in the extended protocol
    bool working_ = false;       ///< statement_timeout runs
    bool notifies_ = false;      ///< the last statement was a NOTIFY
    bool behind_ = false;        ///< its answer has not been sent, and those whom it told have not been woken
    std::string room_;           ///< for a text in another encoding
    std::string current_text_;   ///< for the STATEMENT line of an error
    std::map<std::string, std::string, std::less<>> bound_from_;  ///< portal → statement, for the log
};

}  // namespace forklore
