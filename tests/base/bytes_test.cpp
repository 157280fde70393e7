#include "base/bytes.hpp"

#include <limits>
#include <string>

#include "base/error.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace std::string_view_literals;

TEST_CASE("integers and floats travel in network order") {
    ByteWriter writer;
    writer.put(std::int16_t{0x0102});
    writer.put(std::int32_t{-2});
    writer.put(std::int64_t{0x0102030405060708});
    writer.put(std::uint8_t{255});
    writer.put_float4(1.5f);
    writer.put_float8(-2.0);
    CHECK(
        writer.view() ==
        "\x01\x02\xff\xff\xff\xfe\x01\x02\x03\x04\x05\x06\x07\x08\xff\x3f\xc0\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x00"sv);
    ByteReader reader(writer.view());
    CHECK(reader.get<std::int16_t>() == 0x0102);
    CHECK(reader.get<std::int32_t>() == -2);
    CHECK(reader.get<std::int64_t>() == 0x0102030405060708);
    CHECK(reader.get<std::uint8_t>() == 255);
    CHECK(reader.get_float4() == 1.5f);
    CHECK(reader.get_float8() == -2.0);
    CHECK(reader.empty());
}

TEST_CASE("lengths are patched in, what is too much is cut") {
    ByteWriter writer;
    std::size_t at = writer.size();
    writer.put(std::int32_t{0});
    writer.put_cstring("name");
    writer.append({});
    writer.patch_int32(at, static_cast<std::int32_t>(writer.size()));
    CHECK(writer.view() == "\0\0\0\x09name\0"sv);
    writer.truncate(4);
    writer.put_char('x');
    CHECK(writer.view() == "\0\0\0\x09x"sv);
    writer.clear();
    CHECK(writer.size() == 0);
}

TEST_CASE("a writer grows, can be moved, and gives memory back") {
    ByteWriter writer;
    std::string expected;
    for (int i = 0; i < 100'000; ++i) {
        writer.put_char(static_cast<char>(i));
        expected += static_cast<char>(i);
    }
    CHECK(writer.view() == expected);
    writer.release_beyond(1000);  // does nothing while it is full
    CHECK(writer.view() == expected);
    ByteWriter other = std::move(writer);
    CHECK(other.view() == expected);
    CHECK(writer.size() == 0);  // NOLINT(bugprone-use-after-move): promised
    writer.put_char('a');
    CHECK(writer.view() == "a");
    other.truncate(10);
    other.release_beyond(1000);
    CHECK(other.view() == expected.substr(0, 10));
    std::memset(other.extend(5000), 'z', 5000);
    CHECK(other.size() == 5010);
}

TEST_CASE("a buffer has a limit, whatever is asked of it") {
    ByteWriter writer;
    writer.append("0123456789");
    try {
        writer.extend(std::numeric_limits<std::size_t>::max() - 3);
        FAIL("it must throw");
    } catch (const Error& error) {
        CHECK(error.code() == sqlstate::program_limit_exceeded);
        CHECK(error.report().message == "out of memory");
        CHECK(error.report().detail ==
              "Cannot enlarge string buffer containing 10 bytes by 18446744073709551612 more bytes.");
    }
    CHECK(writer.view() == "0123456789");
}

TEST_CASE("a reader never goes past the end") {
    ByteReader reader("\0\x05rest\0tail"sv);
    CHECK(reader.get<std::int16_t>() == 5);
    CHECK(reader.get_cstring() == "rest");
    CHECK(reader.rest() == "tail");
    CHECK_THROWS_WITH(reader.get_cstring(), "invalid string in message");
    CHECK_THROWS_WITH(reader.get<std::int64_t>(), "insufficient data left in message");
    CHECK_THROWS_WITH(reader.take(5), "insufficient data left in message");
    CHECK(reader.take(4) == "tail");
    CHECK(reader.take(0).empty());
    CHECK_THROWS_AS(reader.take(1), Error);
    try {
        reader.get<char>();
        FAIL("it must throw");
    } catch (const Error& error) {
        CHECK(error.code() == sqlstate::protocol_violation);
    }
}
