/// \file
/// numeric: laws of arithmetic over random numbers, small ones and big ones, which must not tell.
#include <random>
#include <string>

#include "base/error.hpp"
#include "queries/type_oids.hpp"
#include "queries/types/big_number.hpp"
#include "queries/types/numeric.hpp"
#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"

using namespace forklore;

namespace {

constexpr std::uint64_t k_seed = 20240117;

class Numbers {
public:
    explicit Numbers(Arena& arena) : arena_(arena) {}

    /// Digits with a point somewhere; sometimes few, sometimes many.
    std::string text() {
        std::size_t digits = 1 + below(below(3) == 0 ? 90 : 16);
        std::string result = below(2) == 0 ? "-" : "";
        std::size_t point = below(digits + 1);
        bool with_point = below(3) != 0 && point < digits;
        for (std::size_t i = 0; i < digits; ++i) {
            if (with_point && i == point) result += '.';
            result += static_cast<char>('0' + (below(4) == 0 ? 0 : below(10)));
        }
        return result;
    }
    Numeric next() { return parse_numeric(arena_, text()); }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

private:
    Arena& arena_;
    std::mt19937_64 random_{k_seed};
};

std::string text_of(const Numeric& value) {
    ByteWriter to;
    format_numeric(to, value);
    return std::string(to.view());
}

}  // namespace

TEST_CASE("numeric obeys the laws of arithmetic") {
    Arena arena;
    Numbers numbers(arena);
    INFO("seed " << k_seed);
    for (int round = 0; round < 3000; ++round) {
        Numeric a = numbers.next(), b = numbers.next(), c = numbers.next();
        INFO(text_of(a) << " and " << text_of(b) << " and " << text_of(c));
        auto add = [&](const Numeric& x, const Numeric& y) { return numeric_add(arena, x, y); };
        auto multiply = [&](const Numeric& x, const Numeric& y) { return numeric_multiply(arena, x, y); };
        REQUIRE(text_of(add(a, b)) == text_of(add(b, a)));
        REQUIRE(text_of(multiply(a, b)) == text_of(multiply(b, a)));
        REQUIRE(text_of(add(add(a, b), c)) == text_of(add(a, add(b, c))));
        REQUIRE(numeric_compare(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c))) == 0);
        REQUIRE(numeric_compare(numeric_subtract(arena, add(a, b), b), a) == 0);
        REQUIRE(numeric_compare(a, b) == -numeric_compare(b, a));
        if (b.sign() != 0) {
            // a = (a div b) * b + a mod b, with a remainder smaller than b and of a's sign.
            Numeric quotient = numeric_divide_whole(arena, a, b), rest = numeric_remainder(arena, a, b);
            REQUIRE(numeric_compare(add(multiply(quotient, b), rest), a) == 0);
            REQUIRE(rest.sign() * a.sign() >= 0);
            auto magnitude = [&](const Numeric& x) { return x.sign() < 0 ? numeric_negate(arena, x) : x; };
            REQUIRE(numeric_compare(magnitude(rest), magnitude(b)) < 0);
            // The quotient is off by at most half of its last digit.
            Numeric ratio = numeric_divide(arena, a, b);
            BigNumber error = (BigNumber(ratio) * BigNumber(b) - BigNumber(a)).magnitude() * BigNumber(2);
            REQUIRE(compare(error, BigNumber(b).magnitude() * BigNumber(Int128{1}, ratio.scale())) <= 0);
        }
        arena.reset();
    }
}

TEST_CASE("numeric text, wire and memory forms come back as they went") {
    test::set_up_registry();
    const Type& type = registry().type(k_numeric);
    Arena arena;
    Numbers numbers(arena);
    INFO("seed " << k_seed);
    for (int round = 0; round < 3000; ++round) {
        Numeric value = numbers.next();
        INFO(text_of(value));
        REQUIRE(text_of(parse_numeric(arena, text_of(value))) == text_of(value));
        Datum datum = SqlType<Numeric>::put(arena, value);
        REQUIRE(text_of(SqlType<Numeric>::get(datum)) == text_of(value));
        ByteWriter wire;
        type.send({arena, type}, datum, wire);
        ByteReader reader(wire.view());
        Datum back = type.receive({arena, type}, reader);
        REQUIRE(reader.empty());
        REQUIRE(text_of(SqlType<Numeric>::get(back)) == text_of(value));
        // Zeros at the end change how it looks, not what it is.
        Datum longer = SqlType<Numeric>::put(arena, numeric_round(arena, value, value.scale() + 1 + static_cast<int>(numbers.below(300))));
        REQUIRE(type.compare(type, datum, longer) == 0);
        REQUIRE(type.hash(type, datum) == type.hash(type, longer));
        arena.reset();
    }
}

TEST_CASE("numeric refuses what the wire must not say") {
    test::set_up_registry();
    const Type& type = registry().type(k_numeric);
    Arena arena;
    auto receive = [&](std::initializer_list<int> words) {
        ByteWriter wire;
        for (int word : words) wire.put(static_cast<std::int16_t>(word));
        ByteReader reader(wire.view());
        ByteWriter to;
        type.output({arena, type}, type.receive({arena, type}, reader), to);
        return std::string(to.view());
    };
    CHECK(receive({2, 0, 0, 2, 12, 3400}) == "12.34");
    CHECK(receive({1, 0, 0x4000, 0, 7}) == "-7");
    CHECK(receive({0, 0, 0xc000, 0}) == "NaN");
    CHECK(receive({0, 0, 0xd000, 0}) == "Infinity");
    CHECK(receive({2, 0, 0, 1, 12, 3456}) == "12.3");
    CHECK(receive({3, 1, 0, 0, 0, 0, 0}) == "0");
    CHECK_THROWS_WITH(receive({1, 0, 0x1234, 0, 7}), Equals("invalid sign in external \"numeric\" value"));
    CHECK_THROWS_WITH(receive({1, 0, 0, 0x4000, 7}), Equals("invalid scale in external \"numeric\" value"));
    CHECK_THROWS_WITH(receive({1, 0, 0, 0, 10000}), Equals("invalid digit in external \"numeric\" value"));
    CHECK_THROWS_WITH(receive({1, 0, 0, 0, -1}), Equals("invalid digit in external \"numeric\" value"));
    CHECK_THROWS_WITH(receive({2, 0, 0, 0, 1}), Equals("insufficient data left in message"));
}
