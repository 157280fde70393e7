// Arrays: text, wire, order, functions, and what SQL's syntax does with them.
#include <random>

#include "base/error.hpp"
#include "queries/types/array_operations.hpp"
#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"
#include "tests/queries/type_rig.hpp"

using namespace forklore;
using forklore::test::called;
using forklore::test::Expectation;
using forklore::test::shown;

namespace {

const Expectation k_literals[] = {
    {"_int4", "{}", "{}"},
    {"_int4", " { 1 , 2 } ", "{1,2}"},
    {"_int4", "{1,NULL,3}", "{1,NULL,3}"},
    {"_int4", "{{1,2},{3,4}}", "{{1,2},{3,4}}"},
    {"_int4", "[2:3]={1,2}", "[2:3]={1,2}"},
    {"_int4", "[0:1][1:1]={{1},{2}}", "[0:1][1:1]={{1},{2}}"},
    {"_int4", "[2]={1,2}", "{1,2}"},
    {"_int4", "{1,2", "ERROR 22P02 malformed array literal: \"{1,2\"|Unexpected end of input.|"},
    {"_int4", "{1,,2}", "ERROR 22P02 malformed array literal: \"{1,,2}\"|Unexpected \",\" character.|"},
    {"_int4", "{1,}", "ERROR 22P02 malformed array literal: \"{1,}\"|Unexpected \"}\" character.|"},
    {"_int4", "{1}}", "ERROR 22P02 malformed array literal: \"{1}}\"|Junk after closing right brace.|"},
    {"_int4", "{{1,2},{3}}", "ERROR 22P02 malformed array literal: \"{{1,2},{3}}\"|Multidimensional arrays must have sub-arrays with matching dimensions.|"},
    {"_int4", "{1,{2}}", "ERROR 22P02 malformed array literal: \"{1,{2}}\"|Unexpected \"{\" character.|"},
    {"_int4", "{\"1\"2}", "ERROR 22P02 malformed array literal: \"{\"1\"2}\"|Unexpected array element.|"},
    {"_int4", "x", "ERROR 22P02 malformed array literal: \"x\"|Array value must start with \"{\" or dimension information.|"},
    {"_int4", "", "ERROR 22P02 malformed array literal: \"\"|Array value must start with \"{\" or dimension information.|"},
    {"_int4", "[1:3]={1}", "ERROR 22P02 malformed array literal: \"[1:3]={1}\"|Specified array dimensions do not match array contents.|"},
    {"_int4", "[1:2]{1,2}", "ERROR 22P02 malformed array literal: \"[1:2]{1,2}\"|Missing \"=\" after array dimensions.|"},
    {"_int4", "[1:2=", "ERROR 22P02 malformed array literal: \"[1:2=\"|Missing \"]\" after array dimensions.|"},
    {"_int4", "[a:2]={1}", "ERROR 22P02 malformed array literal: \"[a:2]={1}\"|\"[\" must introduce explicitly-specified array dimensions.|"},
    {"_int4", "[1:b]={1}", "ERROR 22P02 malformed array literal: \"[1:b]={1}\"|Missing array dimension value.|"},
    {"_int4", "[2:1]={}", "ERROR 2202E upper bound cannot be less than lower bound||"},
    {"_int4", "{{{{{{{1}}}}}}}", "ERROR 54000 number of array dimensions (7) exceeds the maximum allowed (6)||"},
    {"_int4", "[2147483647:2147483647]={1}", "ERROR 54000 array lower bound is too large: 2147483647||"},
    {"_int4", "{x}", "ERROR 22P02 invalid input syntax for type integer: \"x\"||"},
    {"_int4", "{ \"1\" , 2 }", "{1,2}"},
    {"_int4", "{{},{}}", "ERROR 22P02 malformed array literal: \"{{},{}}\"|Unexpected \"}\" character.|"},
    {"_text", "{a,\"b c\",\"d\\\"e\",\"\",\"null\",NULL,null}", "{a,\"b c\",\"d\\\"e\",\"\",\"null\",NULL,NULL}"},
    {"_text", "{ a b , c\\ d }", "{\"a b\",\"c d\"}"},
    {"_text", "{a\\", "ERROR 22P02 malformed array literal: \"{a\\\"|Unexpected end of input.|"},
    {"_text", "{\"a", "ERROR 22P02 malformed array literal: \"{\"a\"|Unexpected end of input.|"},
    {"_text", "{é,\"{\",\"}\",\",\"}", "{é,\"{\",\"}\",\",\"}"},
    {"_text", "{{a,b},{c,NULL}}", "{{a,b},{c,NULL}}"},
    {"_date", "{2000-01-01,infinity}", "{2000-01-01,infinity}"},
    {"_bool", "{t,f}", "{t,f}"},
    {"_jsonb", "{\"{\\\"a\\\": 1}\"}", "{\"{\\\"a\\\": 1}\"}"},
};

}  // namespace

TEST_CASE("array literals are read as PostgreSQL reads them") {
    for (const Expectation& e : k_literals) {
        INFO(e.type << " '" << e.literal << "'");
        CHECK(shown(e.type, e.literal) == e.text);
    }
}

TEST_CASE("functions of arrays") {
    CHECK(called(378, "_int4", {{"_int4", "{1,2}"}, {"int4", "3"}}) == "{1,2,3}");  // array_append
    CHECK(called(378, "_int4", {{"_int4", "\\N"}, {"int4", "3"}}) == "{3}");  // array_append
    CHECK(called(378, "_int4", {{"_int4", "{{1}}"}, {"int4", "3"}}) == "ERROR 22000 argument must be empty or one-dimensional array||");  // array_append
    CHECK(called(379, "_int4", {{"int4", "0"}, {"_int4", "[5:6]={1,2}"}}) == "[5:7]={0,1,2}");  // array_prepend
    CHECK(called(383, "_int4", {{"_int4", "{1,2}"}, {"_int4", "{{3,4}}"}}) == "{{1,2},{3,4}}");  // array_cat
    CHECK(called(383, "_int4", {{"_int4", "{1}"}, {"_int4", "{{{1}}}"}}) == "ERROR 2202E cannot concatenate incompatible arrays|Arrays of 1 and 3 dimensions are not compatible for concatenation.|");  // array_cat
    CHECK(called(383, "_int4", {{"_int4", "{{1}}"}, {"_int4", "{{1,2}}"}}) == "ERROR 2202E cannot concatenate incompatible arrays|Arrays with differing element dimensions are not compatible for concatenation.|");  // array_cat
    CHECK(called(383, "_int4", {{"_int4", "\\N"}, {"_int4", "{1}"}}) == "{1}");  // array_cat
    CHECK(called(3167, "_int4", {{"_int4", "[5:7]={1,2,1}"}, {"int4", "1"}}) == "[5:5]={2}");  // array_remove
    CHECK(called(3167, "_int4", {{"_int4", "{{1}}"}, {"int4", "1"}}) == "ERROR 0A000 removing elements from multidimensional arrays is not supported||");  // array_remove
    CHECK(called(3168, "_int4", {{"_int4", "{{1,2},{2,3}}"}, {"int4", "2"}, {"int4", "\\N"}}) == "{{1,NULL},{NULL,3}}");  // array_replace
    CHECK(called(3277, "int4", {{"_int4", "{1,NULL}"}, {"int4", "\\N"}}) == "2");  // array_position
    CHECK(called(3278, "int4", {{"_int4", "[0:2]={1,2,1}"}, {"int4", "1"}, {"int4", "1"}}) == "2");  // array_position
    CHECK(called(3278, "int4", {{"_int4", "{1}"}, {"int4", "1"}, {"int4", "\\N"}}) == "ERROR 22004 initial position must not be null||");  // array_position
    CHECK(called(3279, "_int4", {{"_int4", "{1,2,1}"}, {"int4", "1"}}) == "{1,3}");  // array_positions
    CHECK(called(6172, "_int4", {{"_int4", "[5:7]={1,2,3}"}, {"int4", "1"}}) == "{1,2}");  // trim_array
    CHECK(called(6172, "_int4", {{"_int4", "{1}"}, {"int4", "2"}}) == "ERROR 2202E number of elements to trim must be between 0 and 1||");  // trim_array
    CHECK(called(1193, "_int4", {{"int4", "7"}, {"_int4", "{2,2}"}}) == "{{7,7},{7,7}}");  // array_fill
    CHECK(called(1286, "_int4", {{"int4", "7"}, {"_int4", "{2}"}, {"_int4", "{5}"}}) == "[5:6]={7,7}");  // array_fill
    CHECK(called(1193, "_int4", {{"int4", "7"}, {"_int4", "{-1}"}}) == "ERROR 54000 array size exceeds the maximum allowed (134217727)||");  // array_fill
    CHECK(called(1193, "_int4", {{"int4", "7"}, {"_int4", "\\N"}}) == "ERROR 22004 dimension array or low bound array cannot be null||");  // array_fill
    CHECK(called(395, "text", {{"_int4", "{1,NULL,3}"}, {"text", ","}}) == "1,3");  // array_to_string
    CHECK(called(384, "text", {{"_int4", "{1,NULL,3}"}, {"text", ","}, {"text", "*"}}) == "1,*,3");  // array_to_string
    CHECK(called(394, "_text", {{"text", "a,b,c"}, {"text", ","}}) == "{a,b,c}");  // string_to_array
    CHECK(called(394, "_text", {{"text", "aé"}, {"text", "\\N"}}) == "{a,é}");  // string_to_array
    CHECK(called(376, "_text", {{"text", "a,,b"}, {"text", ","}, {"text", ""}}) == "{a,NULL,b}");  // string_to_array
    CHECK(called(747, "text", {{"_int4", "[2:3][1:1]={{1},{2}}"}}) == "[2:3][1:1]");  // array_dims
    CHECK(called(2176, "int4", {{"_int4", "{{1,2}}"}, {"int4", "2"}}) == "2");  // array_length
    CHECK(called(2176, "int4", {{"_int4", "{}"}, {"int4", "1"}}) == "null");  // array_length
    CHECK(called(744, "bool", {{"_int4", "{1,2}"}, {"_int4", "[2:3]={1,2}"}}) == "f");  // array_eq
    CHECK(called(391, "bool", {{"_int4", "{1,2}"}, {"_int4", "{1,NULL}"}}) == "t");  // array_lt
    CHECK(called(2748, "bool", {{"_int4", "{1,2,3}"}, {"_int4", "{3,3}"}}) == "t");  // arraycontains
    CHECK(called(2748, "bool", {{"_int4", "{1,NULL}"}, {"_int4", "{NULL}"}}) == "f");  // arraycontains
    CHECK(called(2747, "bool", {{"_text", "{a,b}"}, {"_text", "{b,c}"}}) == "t");  // arrayoverlap
    CHECK(called(3218, "int4", {{"int4", "5"}, {"_int4", "{1,3,6}"}}) == "2");  // width_bucket
}

TEST_CASE("arrays become rows and rows become arrays") {
    CHECK(called(2331, "int4", {{"_int4", "{{1,2},{NULL,4}}"}}) == "1;2;null;4");
    CHECK(called(1192, "int4", {{"_int4", "[2:4]={1,2,3}"}, {"int4", "1"}}) == "2;3;4");
    CHECK(called(1191, "int4", {{"_int4", "[2:4]={1,2,3}"}, {"int4", "1"}, {"bool", "t"}}) == "4;3;2");
    CHECK(called(1192, "int4", {{"_int4", "{1}"}, {"int4", "2"}}).empty());
    CHECK(called(2335, "_text", {{"text", "a"}, {"text", "\\N"}, {"text", "b c"}}) == "{a,NULL,\"b c\"}");
    CHECK(called(2335, "_text", {}) == "null");
    CHECK(called(4053, "_int4", {{"_int4", "{1,2}"}, {"_int4", "{3,4}"}}) == "{{1,2},{3,4}}");
    CHECK(called(4053, "_int4", {{"_int4", "{1,2}"}, {"_int4", "{3}"}}) == "ERROR 2202E cannot accumulate arrays of different dimensionality||");
    CHECK(called(2050, "_int4", {{"_int4", "{1,2}"}, {"_int4", "{1,3}"}, {"_int4", "\\N"}}) == "{1,3}");
}

TEST_CASE("an array is found by subscripts, sliced and nested") {
    test::set_up_registry();
    Arena arena;
    const Type& array_type = registry().type(k_int4_array);
    const Type& element = registry().type(k_int4);
    auto read = [&](std::string_view literal) { return array_type.input({arena, array_type, -1}, literal); };
    auto text = [&](const Datum& value) {
        ByteWriter to;
        array_type.output({arena, array_type, -1}, value, to);
        return std::string(to.view());
    };
    const ArrayView square{read("[2:3][1:2]={{1,2},{3,4}}")};
    const std::int32_t found[] = {3, 1}, outside[] = {1, 1};
    CHECK(array_element(square, found).int4 == 3);
    CHECK(array_element(square, outside).is_null);
    CHECK(array_element(square, std::span(found, 1)).is_null);

    using Bound = std::optional<std::int32_t>;
    const Bound from[] = {3, 2}, to[] = {3, 5}, open[] = {{}, {}}, late[] = {7};
    CHECK(text(array_slice(arena, square, from, to)) == "{{4}}");
    CHECK(text(array_slice(arena, square, open, open)) == "{{1,2},{3,4}}");
    CHECK(text(array_slice(arena, square, std::span(from, 1), std::span(to, 1))) == "{{3,4}}");
    CHECK(text(array_slice(arena, square, late, std::span(open, 1))) == "{}");

    const Datum rows[] = {read("{1,2}"), read("{3,4}")}, uneven[] = {read("{1}"), read("{2,3}")}, none[] = {Datum{}, read("{}")};
    CHECK(text(array_of_arrays(arena, element, rows)) == "{{1,2},{3,4}}");
    CHECK(text(array_of_arrays(arena, element, none)) == "{}");
    CHECK_THROWS_AS(array_of_arrays(arena, element, uneven), Error);
}

TEST_CASE("a binary array that promises more than it holds costs nothing") {
    test::set_up_registry();
    Arena arena;
    const Type& array_type = registry().type(k_int4_array);
    auto receive = [&](std::initializer_list<std::int32_t> words) {
        ByteWriter wire;
        for (const std::int32_t word : words) wire.put(word);
        ByteReader reader(wire.view());
        try {
            array_type.receive({arena, array_type, -1}, reader);
            return std::string("taken");
        } catch (const Error& error) {
            return fmt::format("{} {}", error.code().text(), error.report().message);
        }
    };
    CHECK(receive({1, 0, 23, 1, 1, 4, 7}) == "taken");
    CHECK(receive({1, 0, 23, 100'000'000, 1}) == "22P03 insufficient data left in message");
    CHECK(receive({1, 0, 23, -1, 1}) == "54000 array size exceeds the maximum allowed (134217727)");
    CHECK(receive({7, 0, 23}) == "54000 number of array dimensions (7) exceeds the maximum allowed (6)");
    CHECK(receive({-1, 0, 23}) == "22P03 invalid number of dimensions: -1");
    CHECK(receive({1, 2, 23, 1, 1, -1}) == "22P03 invalid array flags");
    CHECK(receive({1, 0, 25, 1, 1, -1}) == "42804 binary data has array element type 25 (text) instead of expected 23 (integer)");
    CHECK(receive({1, 0, 23, 1, 1, 8, 1, 2}) == "22P03 improper binary format in array element 1");
    CHECK(receive({1, 0, 23, 1, 1, 100}) == "22P03 insufficient data left in message");
}

TEST_CASE("random arrays of text survive text and wire") {
    const unsigned seed = 6172;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string letters = "ab \"\\{},\t'N";
    for (int i = 0; i < 2000; ++i) {
        const unsigned rows = random() % 3 + 1, columns = random() % 3 + 1;
        std::string literal = "{";
        for (unsigned r = 0; r < rows; ++r) {
            literal += r == 0 ? "{" : ",{";
            for (unsigned c = 0; c < columns; ++c) {
                if (c > 0) literal += ',';
                if (random() % 5 == 0) {
                    literal += "NULL";
                    continue;
                }
                literal += '"';
                for (unsigned n = random() % 6; n > 0; --n) {
                    const char letter = letters[random() % letters.size()];
                    if (letter == '"' || letter == '\\') literal += '\\';
                    literal += letter;
                }
                literal += '"';
            }
            literal += '}';
        }
        literal += '}';
        const std::string text = shown("_text", literal);
        REQUIRE(shown("_text", text) == text);
    }
}

TEST_CASE("a constant array is cast element by element") {
    test::Client client;
    CHECK(client.run("select '{1,2}'::int[]::text[], '{1.5,2}'::numeric[]::int[], '{{1},{2}}'::int[]::text[]") == "{1,2}|{2,2}|{{1},{2}}");
    CHECK(client.run("select 2 = any('{1,2}'::int[]), 3 <> all(array[1,2]), (array[1,2,3])[2:]") == "t|t|{2,3}");
}
