#include <string>

#include "errors.hpp"
#include "first_packet.hpp"
#include "guarded_bytes.hpp"
#include "tests/catch.hpp"

using namespace std::string_literals;
using namespace forklore;
using namespace forklore::exercise;

namespace {

std::string int32(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

// A packet with an honest length.
std::string packet(std::uint32_t code, const std::string& rest = "") {
    return int32(static_cast<std::uint32_t>(8 + rest.size())) + int32(code) + rest;
}

constexpr std::uint32_t k_version_3 = 3 << 16;

StartupPacket read(const std::string& bytes) { return read_startup_packet(GuardedBytes(bytes).view()); }

std::string refusal(const std::string& bytes) {
    const GuardedBytes guarded(bytes);
    return error_of([&] { read_startup_packet(guarded.view()); });
}

const std::string k_wrong_length = "08P01: invalid length of startup packet";
const std::string k_wrong_layout = "08P01: invalid startup packet layout: expected terminator as last byte";

}  // namespace

TEST_CASE("integers are read in network order", "[task_1]") {
    INFO("the bytes are 00 03 00 00 00 00 00 2a");
    CHECK(read_int32("\0\3\0\0\0\0\0\x2a"s, 0) == 196608);
    CHECK(read_int32("\0\3\0\0\0\0\0\x2a"s, 4) == 42);
}

TEST_CASE("integers with high bits are read whole", "[task_1]") {
    INFO("the bytes are 12 fe dc ba, then ff ff ff ff");
    CHECK(read_int32("\x12\xfe\xdc\xba"s, 0) == 0x12fedcba);
    CHECK(read_int32("\xff\xff\xff\xff"s, 0) == -1);
}

TEST_CASE("a client asks for TLS, or for GSSAPI encryption", "[task_2]") {
    CHECK(read(packet(k_tls_code)).request == Request::tls);
    CHECK(read(packet(k_gss_code)).request == Request::gss_encryption);
}

TEST_CASE("a client asks for a cancel", "[task_2]") {
    const StartupPacket result = read(packet(k_cancel_code, int32(4711) + int32(0xfedcba98)));
    CHECK(result.request == Request::cancel);
    CHECK(result.pid == 4711);
    CHECK(static_cast<std::uint32_t>(result.key) == 0xfedcba98);
}

TEST_CASE("a client asks for a session", "[task_2]") {
    const StartupPacket result =
        read(packet(k_version_3, "user\0ann\0database\0shop\0application_name\0psql\0\0"s));
    CHECK(result.request == Request::session);
    CHECK(result.minor_version == 0);
    CHECK(result.user == "ann");
    CHECK(result.database == "shop");
    CHECK(result.parameters == std::map<std::string, std::string>{{"application_name", "psql"}});
}

TEST_CASE("without a database it is the one named after the user", "[task_2]") {
    CHECK(read(packet(k_version_3, "user\0ann\0\0"s)).database == "ann");
}

TEST_CASE("an empty value is a value", "[task_2]") {
    INFO("sent: application_name with an empty value, then user=ann");
    const StartupPacket result = read(packet(k_version_3, "application_name\0\0user\0ann\0\0"s));
    CHECK(result.user == "ann");
    CHECK(result.parameters.count("application_name") == 1);
}

TEST_CASE("a newer minor version is not refused", "[task_2]") {
    INFO("protocol 3.2 is asked for; what to answer is a later step's business");
    CHECK(read(packet(k_version_3 + 2, "user\0ann\0\0"s)).minor_version == 2);
}

TEST_CASE("another major version is refused by name", "[task_2]") {
    CHECK(refusal(packet(2 << 16)) == "0A000: unsupported frontend protocol 2.0: server supports 3.0 to 3.0");
    INFO("the request code is ff ff 00 01: a version is never negative");
    CHECK(refusal(packet(0xffff0001)) ==
          "0A000: unsupported frontend protocol 65535.1: server supports 3.0 to 3.0");
}

TEST_CASE("a length that lies is refused before anything else is believed", "[task_2]") {
    {
        INFO("the whole packet is: 00 00 00");
        CHECK(refusal("\0\0\0"s) == k_wrong_length);
    }
    {
        INFO("the whole packet is: 00 00 00 08, and the request code never came");
        CHECK(refusal(int32(8)) == k_wrong_length);
    }
    {
        INFO("the length word says 100, 12 bytes came");
        CHECK(refusal(int32(100) + int32(k_version_3) + "user") == k_wrong_length);
    }
    {
        INFO("the length word says 8, 18 bytes came");
        CHECK(refusal(int32(8) + int32(k_version_3) + "user\0ann\0\0"s) == k_wrong_length);
    }
    {
        INFO("the length word is ff ff ff ff");
        CHECK(refusal(int32(0xffffffff) + int32(k_version_3)) == k_wrong_length);
    }
}

TEST_CASE("the length has an upper limit, and it is exact", "[task_2]") {
    const auto of_size = [](std::size_t size) {
        return packet(k_version_3, "user\0ann\0x\0"s + std::string(size - 8 - 11 - 2, 'y') + "\0\0"s);
    };
    {
        INFO("a packet of 10004 bytes is allowed");
        CHECK(read(of_size(10'004)).user == "ann");
    }
    {
        INFO("a packet of 10005 bytes is not");
        CHECK(refusal(of_size(10'005)) == k_wrong_length);
    }
}

TEST_CASE("a cancel request has exactly 16 bytes", "[task_2]") {
    CHECK(refusal(packet(k_cancel_code, int32(4711))) == k_wrong_length);
    CHECK(refusal(packet(k_cancel_code, int32(4711) + int32(1) + int32(2))) == k_wrong_length);
}

TEST_CASE("the list ends with its NUL at the last byte, and nowhere else", "[task_2]") {
    {
        INFO("the NUL that ends the list is missing");
        CHECK(refusal(packet(k_version_3, "user\0ann\0"s)) == k_wrong_layout);
    }
    {
        INFO("the last value has no NUL");
        CHECK(refusal(packet(k_version_3, "user\0ann"s)) == k_wrong_layout);
    }
    {
        INFO("the last name has no value");
        CHECK(refusal(packet(k_version_3, "user\0ann\0database\0"s)) == k_wrong_layout);
    }
    {
        INFO("there are bytes behind the NUL that ends the list");
        CHECK(refusal(packet(k_version_3, "user\0ann\0\0database\0"s)) == k_wrong_layout);
    }
    {
        INFO("there is no list at all");
        CHECK(refusal(packet(k_version_3)) == k_wrong_layout);
    }
}

TEST_CASE("nobody is not a user", "[task_2]") {
    CHECK(refusal(packet(k_version_3, "database\0shop\0\0"s)) ==
          "28000: no PostgreSQL user name specified in startup packet");
    CHECK(refusal(packet(k_version_3, "user\0\0\0"s)) ==
          "28000: no PostgreSQL user name specified in startup packet");
}

TEST_CASE("what psql 15 sends is understood", "[task_2]") {
    const StartupPacket result =
        read("\0\0\0\x36\0\3\0\0user\0ann\0database\0shop\0application_name\0psql\0\0"s);
    CHECK(result.user == "ann");
    CHECK(result.database == "shop");
    CHECK(result.parameters == std::map<std::string, std::string>{{"application_name", "psql"}});
}
