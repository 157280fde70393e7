#include "connections/messages.hpp"

#include <exception>

#include "connections/client_stream.hpp"

namespace forklore {

namespace {
//! [message-limits]
constexpr std::int32_t k_small_message = 10'000;      // bytes: what a message of fixed form may have
constexpr std::int32_t k_large_message = 0x3FFFFFFE;  // bytes: the largest value there can be, 1 GB
constexpr std::int32_t k_password_message = 65'535;   // bytes: more than any password
constexpr std::size_t k_header = 5;                   // type and length

/// The greatest length of a message, or 0 for a type that does not exist.
std::int32_t longest_message(char type) {
    switch (type) {
        case 'Q':
        case 'P':
        case 'B':
        case 'F':
        case 'd': return k_large_message;
        case 'D':
        case 'E':
        case 'C':
        case 'H':
        case 'S':
        case 'X':
        case 'c':
        case 'f': return k_small_message;
        case 'p': return k_password_message;
        default: return 0;
    }
}
//! [message-limits]
}  // namespace

//! [read-message]
void check_message_header(char type, std::int32_t length) {
    const std::int32_t longest = longest_message(type);
    if (longest == 0)
        throw Fatal(sqlstate::protocol_violation, "invalid frontend message type {}",
                    static_cast<int>(static_cast<unsigned char>(type)));
    if (length < 4 || length > longest) throw Fatal(sqlstate::protocol_violation, "invalid message length");
}

Message read_message(ClientStream& stream) {
    if (!stream.fill(1)) return {};
    const char type = stream.input()[0];
    check_message_header(type, 4);  // an unknown type is refused before its length is believed
    if (!stream.fill(k_header)) return {};
    const std::int32_t length = ByteReader(stream.input().substr(1)).get<std::int32_t>();
    check_message_header(type, length);
    const std::size_t body = static_cast<std::size_t>(length) - 4;
    if (!stream.fill(k_header + body)) return {};
    const Message message{type, stream.input().substr(k_header, body)};
    stream.consume(k_header + body);
    return message;
}

bool message_is_here(const ClientStream& stream) {
    const std::string_view input = stream.input();
    if (input.size() < k_header) return false;
    const auto length = ByteReader(input.substr(1)).get<std::int32_t>();
    return length >= 0 && input.size() > static_cast<std::size_t>(length);
}
//! [read-message]

//! [message-writer]
MessageWriter::MessageWriter(ByteWriter& out, char type)
    : out_(out), start_(out.size()), exceptions_(std::uncaught_exceptions()) {
    out_.put_char(type);
    out_.put<std::int32_t>(0);
}

MessageWriter::~MessageWriter() {
    if (std::uncaught_exceptions() > exceptions_)
        out_.truncate(start_);
    else
        out_.patch_int32(start_ + 1, static_cast<std::int32_t>(out_.size() - start_ - 1));
}

void write_empty(ByteWriter& out, char type) { MessageWriter message(out, type); }

void write_command_complete(ByteWriter& out, std::string_view tag) {
    MessageWriter message(out, 'C');
    message->put_cstring(tag);
}
//! [message-writer]

//! [report-texts]
namespace {
/// A text in the client's encoding; what cannot be expressed there is shown as '?', since an error about an
/// error helps nobody.
std::string_view for_client(std::string_view text, Encoding encoding, std::string& room) {
    try {
        return to_client_encoding(text, encoding, room);
    } catch (const Error&) {
        room.assign(text);
        for (char& c : room)
            if (static_cast<signed char>(c) < 0) c = '?';
        return room;
    }
}

/// "fill" from "bool forklore::ClientStream::fill(size_t)".
std::string_view plain_function_name(std::string_view signature) {
    signature = signature.substr(0, signature.find('('));
    return signature.substr(signature.find_last_of(" :*&") + 1);
}
}  // namespace
//! [report-texts]

//! [write-report]
void write_report(ByteWriter& out, const Report& report, Encoding encoding) {
    MessageWriter message(out, report.severity >= Severity::error ? 'E' : 'N');
    std::string room;
    auto field = [&](char name, std::string_view value) {
        if (value.empty()) return;
        message->put_char(name);
        message->put_cstring(for_client(value, encoding, room));
    };
    const std::string_view severity = severity_name(report.severity);
    field('S', severity);  // may be translated
    field('V', severity);  // never is
    field('C', report.code.text());
    field('M', report.message);
    field('D', report.detail);
    field('H', report.hint);
    if (report.position > 0) field('P', std::to_string(report.position));
    if (report.internal_position > 0) field('p', std::to_string(report.internal_position));
    field('q', report.internal_query);
    field('W', report.context);
    field('s', report.schema);
    field('t', report.table);
    field('c', report.column);
    field('d', report.datatype);
    field('n', report.constraint);
    const std::string_view file = report.where.file_name(), function = report.where.function_name();
    field('F', file.substr(file.rfind('/') + 1));
    field('L', std::to_string(report.where.line()));
    field('R', plain_function_name(function));
    message->put_char('\0');
}
//! [write-report]

//! [row-description]
void write_row_description(ByteWriter& out, std::span<const ResultColumn> columns,
                           std::span<const std::int16_t> formats, Encoding encoding) {
    MessageWriter message(out, 'T');
    std::string room;
    message->put(static_cast<std::int16_t>(columns.size()));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        message->put_cstring(for_client(columns[i].name, encoding, room));
        message->put(columns[i].relation);
        message->put(columns[i].attribute);
        message->put(columns[i].type);
        message->put(columns[i].type_length);
        message->put(columns[i].typmod);
        message->put<std::int16_t>(i < formats.size() ? formats[i] : 0);
    }
}
//! [row-description]

}  // namespace forklore
