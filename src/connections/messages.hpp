/// \file
/// Messages: how client and server cut the stream into pieces after start-up. One byte says what a message
/// is, four say how long (themselves included, the first byte not), the rest is its body.
///
/// Counterpart in PostgreSQL: pqformat.c, elog.c (send_message_to_frontend), postgres.c (SocketBackend).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "connections/encoding.hpp"
#include "queries/session.hpp"

namespace forklore {

class ClientStream;

/// A message from the client. The body is a view into the stream's buffer, valid until the next one is read.
struct Message {
    char type = 0;          ///< 'Q', 'P', …; 0: the client has closed the connection
    std::string_view body;  ///< without type and length
};

/// Reads the next message, waiting for it. \param stream from whom.
/// Throws Fatal 08P01 for a type that does not exist or a length that cannot be.
Message read_message(ClientStream& stream);

/// Whether read_message() would have all of one without reading from the client. \param stream from whom
bool message_is_here(const ClientStream& stream);

/// Reads the header only, to learn whether it makes sense: the check that read_message applies. \param type
/// the type byte \param length the four bytes' value. Throws Fatal 08P01 as read_message does.
void check_message_header(char type, std::int32_t length);

/// A message that is being written. Its length is filled in when it goes out of scope, unless an exception is
/// on its way: then all of it is taken back, so that a client never sees half a message.
class MessageWriter {
public:
    MessageWriter(ByteWriter& out,
                  char type);  ///< \param out the stream's output \param type the message's first byte
    ~MessageWriter();
    MessageWriter(const MessageWriter&) = delete;
    MessageWriter& operator=(const MessageWriter&) = delete;
    ByteWriter* operator->() { return &out_; }  ///< appends to the body

private:
    ByteWriter& out_;
    std::size_t start_;
    int exceptions_;
};

/// A message without a body. \param out the stream's output \param type its only content
void write_empty(ByteWriter& out, char type);

/// ErrorResponse ('E') or NoticeResponse ('N'), by severity. \param out the stream's output \param report
/// what to say \param encoding the client's
void write_report(ByteWriter& out, const Report& report, Encoding encoding);

/// RowDescription ('T'). \param out the stream's output \param columns the result's \param formats one for
/// each column, or none for text \param encoding the client's
void write_row_description(ByteWriter& out, std::span<const ResultColumn> columns,
                           std::span<const std::int16_t> formats, Encoding encoding);

/// CommandComplete ('C'). \param out the stream's output \param tag "SELECT 3"
void write_command_complete(ByteWriter& out, std::string_view tag);

}  // namespace forklore
