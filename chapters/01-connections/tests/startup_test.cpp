// What stands in a start-up packet and in its options.
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "connections/opening.hpp"
#include "connections/startup_packet.hpp"
#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("words that were joined come apart again") {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {},
             {"one"},
             {"-c", "port=5433", "-c", "listen_addresses="},
             {" a  b ", "\\", "a\\ b", "it's", "\"quoted\"", "two\nlines\t", "\v\f\r"}})
        CHECK(split_words(join_words(words)) == words);
    CHECK(join_words({"-c", "a=b c"}) == "-c a=b\\ c");
}
using namespace std::string_view_literals;
using namespace std::string_literals;

namespace {
std::string refusal(std::int32_t version, std::string_view body) {
    try {
        parse_startup_packet(version, body);
    } catch (const Error& error) {
        return std::string(error.code().text());
    }
    return "accepted";
}
}  // namespace

TEST_CASE("a start-up packet gives user, database and settings") {
    const StartupPacket packet = parse_startup_packet(
        k_protocol_3_0,
        "user\0alice\0database\0shop\0application_name\0test\0options\0-c a=1 --b-c=x\\ y -cd=2\0_pq_.foo\0x\0\0"sv);
    CHECK(packet.user == "alice");
    CHECK(packet.database == "shop");
    REQUIRE(packet.settings.size() == 1);
    CHECK(packet.settings[0] == std::pair<std::string, std::string>("application_name", "test"));
    const auto asked = parse_options(packet.options);
    REQUIRE(asked.size() == 3);
    CHECK(asked[0] == std::pair<std::string, std::string>("a", "1"));
    CHECK(asked[1] == std::pair<std::string, std::string>("b_c", "x y"));
    CHECK(asked[2] == std::pair<std::string, std::string>("d", "2"));
    CHECK(packet.protocol_options == std::vector<std::string>{"_pq_.foo"});
}

TEST_CASE("the database is the user's name if nothing is said") {
    CHECK(parse_startup_packet(k_protocol_3_0, "user\0alice\0\0"sv).database == "alice");
    CHECK(parse_startup_packet(k_protocol_3_0, "user\0alice\0database\0\0\0"sv).database == "alice");
}

TEST_CASE("names are cut to what a name can hold") {
    const std::string body = "user\0"s + std::string(100, 'u') + "\0\0"s;
    CHECK(parse_startup_packet(k_protocol_3_0, body).user == std::string(63, 'u'));
}

TEST_CASE("broken start-up packets are refused with PostgreSQL's codes") {
    CHECK(refusal(2 << 16, "") == "0A000");
    CHECK(refusal(4 << 16, "") == "0A000");
    CHECK(refusal(k_protocol_3_0, "") == "08P01");
    CHECK(refusal(k_protocol_3_0, "user"sv) == "08P01");
    CHECK(refusal(k_protocol_3_0, "user\0alice\0"sv) == "08P01");
    CHECK(refusal(k_protocol_3_0, "user\0alice\0\0rest"sv) == "08P01");
    CHECK(refusal(k_protocol_3_0, "\0"sv) == "28000");
    CHECK_THROWS_AS(parse_options("nonsense"), Fatal);
    CHECK_THROWS_AS(parse_options("-c x"), Fatal);
    CHECK_THROWS_AS(parse_options("-c"), Fatal);
    CHECK(refusal(k_protocol_3_0, "user\0alice\0\0"sv) == "accepted");
}

TEST_CASE("a newer minor version or an unknown protocol option is negotiated, 3.0 and 3.2 are not") {
    const auto answer = [](std::int32_t minor, std::vector<std::string> options) {
        StartupPacket packet;
        packet.version = k_protocol_3_0 | minor;
        packet.protocol_options = std::move(options);
        ByteWriter out;
        negotiate_version(out, packet);
        return std::string(out.view());
    };
    CHECK(answer(0, {}).empty());
    CHECK(answer(2, {}).empty());
    CHECK(answer(5, {}) == "v\0\0\0\x0c\0\3\0\2\0\0\0\0"s);
    CHECK(answer(1, {}) == "v\0\0\0\x0c\0\3\0\0\0\0\0\0"s);
    CHECK(answer(0, {"_pq_.foo"}) == "v\0\0\0\x15\0\3\0\0\0\0\0\1_pq_.foo\0"s);
}
