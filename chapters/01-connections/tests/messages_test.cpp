// How messages are cut out of the stream, what they may not be, and how texts change encoding.
#include <sys/socket.h>
#include <unistd.h>

#include "connections/client_stream.hpp"
#include "connections/encoding.hpp"
#include "connections/messages.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace std::string_literals;

namespace {

/// A stream whose other end is in our hand.
struct Line {
    Line() {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        client.reset(ends[0]);
        stream = std::make_unique<ClientStream>(UniqueFd(ends[1]));
    }
    void say(const std::string& bytes) const {
        REQUIRE(write(client.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    std::string hear() const {
        char buffer[65536];
        const ssize_t got = read(client.get(), buffer, sizeof buffer);
        return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
    }
    UniqueFd client;
    std::unique_ptr<ClientStream> stream;
};

std::string refusal(char type, std::int32_t length) {
    try {
        check_message_header(type, length);
    } catch (const Fatal& fatal) {
        return fatal.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("messages come out whole, however they arrive") {
    Line line;
    line.say("Q\0\0\0\x0dselect 1\0S\0\0\0\4X\0\0"s);
    Message message = read_message(*line.stream);
    CHECK(message.type == 'Q');
    CHECK(message.body == "select 1\0"s);
    message = read_message(*line.stream);
    CHECK(message.type == 'S');
    CHECK(message.body.empty());
    line.say("\0\4"s);
    CHECK(read_message(*line.stream).type == 'X');
}

TEST_CASE("a stream that ends inside a message ends the conversation") {
    Line line;
    line.say("Q\0\0\0\x0dsel"s);
    line.client.reset();
    CHECK(read_message(*line.stream).type == 0);
}

TEST_CASE("a message larger than the buffer is read, and the buffer gives the memory back") {
    Line line;
    const std::string text(50'000, 'x');
    line.say("Q\0\0\xc3\x54"s + text);  // 4 + 50000
    CHECK(read_message(*line.stream).body == text);
    line.say("S\0\0\0\4"s);
    CHECK(read_message(*line.stream).type == 'S');
}

TEST_CASE("unknown types and impossible lengths are refused") {
    CHECK(refusal('Q', 4) == "accepted");
    CHECK(refusal('Q', 3) == "invalid message length");
    CHECK(refusal('Q', -1) == "invalid message length");
    CHECK(refusal('Q', 0x3FFFFFFE) == "accepted");
    CHECK(refusal('Q', 0x3FFFFFFF) == "invalid message length");
    CHECK(refusal('S', 10'000) == "accepted");
    CHECK(refusal('S', 10'001) == "invalid message length");
    CHECK(refusal('y', 4) == "invalid frontend message type 121");
    CHECK(refusal('\xff', 4) == "invalid frontend message type 255");
}

TEST_CASE("a message whose writing is interrupted leaves no trace") {
    ByteWriter out;
    write_empty(out, '1');
    try {
        MessageWriter message(out, 'T');
        message->put<std::int32_t>(7);
        throw Error(sqlstate::internal_error, "x");
    } catch (const Error&) {
    }
    CHECK(out.view() == "1\0\0\0\4"s);
}

TEST_CASE("an error carries PostgreSQL's fields") {
    ByteWriter out;
    Report report{.code = sqlstate::undefined_column,
                  .message = "column \"x\" does not exist",
                  .hint = "h",
                  .position = 8};
    write_report(out, report, Encoding::utf8);
    const std::string text(out.view());
    CHECK(text[0] == 'E');
    for (const std::string& field : {"SERROR\0"s, "VERROR\0"s, "C42703\0"s, "Mcolumn \"x\" does not exist\0"s,
                                     "Hh\0"s, "P8\0"s, "Fmessages_test.cpp\0"s})
        CHECK(text.find(field) != std::string::npos);
    CHECK(text.find("\0D"s) == std::string::npos);
}

TEST_CASE("output waits in the stream until it is flushed") {
    Line line;
    write_command_complete(line.stream->out(), "SELECT 1");
    CHECK(line.hear().empty());
    line.stream->flush();
    CHECK(line.hear() == "C\0\0\0\x0dSELECT 1\0"s);
}

TEST_CASE("a client that has gone is noticed without reading") {
    Line line;
    CHECK_FALSE(line.stream->peer_has_gone());
    line.say("x");
    CHECK_FALSE(line.stream->peer_has_gone());
    line.hear();
    Line other;
    other.client.reset();
    CHECK(other.stream->peer_has_gone());
}

TEST_CASE("valid UTF-8 passes, and the first wrong byte is found") {
    for (const std::string& good :
         {""s, "plain"s, "é"s, "€"s, "😀"s, "\xf4\x8f\xbf\xbf"s, std::string(100, 'a') + "ß"})
        CHECK(find_invalid_utf8(good) == std::string::npos);
    CHECK(find_invalid_utf8("a\xff"s) == 1);
    CHECK(find_invalid_utf8("\xc0\x80"s) == 0);          // overlong NUL
    CHECK(find_invalid_utf8("\xed\xa0\x80"s) == 0);      // surrogate
    CHECK(find_invalid_utf8("\xf4\x90\x80\x80"s) == 0);  // above U+10FFFF
    CHECK(find_invalid_utf8("\xe2\x82"s) == 0);          // cut off
    CHECK(find_invalid_utf8("aaaaaaaa\0"s) == 8);        // NUL has no place in a text
    CHECK(find_invalid_utf8("aaaaaaaaaaaaaaa\x80"s) == 15);
}

TEST_CASE("LATIN1 is converted both ways, and what it lacks is an error") {
    std::string room;
    CHECK(to_server_encoding("caf\xe9", Encoding::latin1, room) == "café");
    CHECK(to_client_encoding("café", Encoding::latin1, room) == "caf\xe9");
    CHECK(to_client_encoding("café", Encoding::utf8, room) == "café");
    CHECK_THROWS_AS(to_client_encoding("5 €", Encoding::latin1, room), Error);
    CHECK_THROWS_WITH(to_server_encoding("\xff", Encoding::utf8, room),
                      "invalid byte sequence for encoding \"UTF8\": 0xff");
    CHECK_THROWS_WITH(to_server_encoding("\xe2\x28\xa1", Encoding::sql_ascii, room),
                      "invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0xa1");
}
