// json and jsonb: text, wire, order, functions.
#include <algorithm>
#include <random>

#include "base/error.hpp"
#include "queries/parse/stack_depth.hpp"
#include "queries/registry.hpp"
#include "queries/type_oids.hpp"
#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"
#include "tests/queries/type_rig.hpp"

using forklore::test::called;
using forklore::test::Expectation;
using forklore::test::set;
using forklore::test::shown;

namespace {

const Expectation k_literals[] = {
    {"json", "{\"a\": [1, 2, {\"b\": null}], \"c\": \"x\\ny\"}", "{\"a\": [1, 2, {\"b\": null}], \"c\": \"x\\ny\"}"},
    {"json", " [ ] ", " [ ] "},
    {"json", "{}", "{}"},
    {"json", "1", "1"},
    {"json", "-1.50e3", "-1.50e3"},
    {"json", "\"\\u00e9\\ud83d\\ude00\"", "\"\\u00e9\\ud83d\\ude00\""},
    {"json", "true", "true"},
    {"json", "{\"bb\":1,\"a\":2,\"a\":3}", "{\"bb\":1,\"a\":2,\"a\":3}"},
    {"json", "{", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"json", "{\"a\":1,}", "ERROR 22P02 invalid input syntax for type json|Expected string, but found \"}\".|"},
    {"json", "[1,2", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"json", "{\"a\" 1}", "ERROR 22P02 invalid input syntax for type json|Expected \":\", but found \"1\".|"},
    {"json", "tru", "ERROR 22P02 invalid input syntax for type json|Token \"tru\" is invalid.|"},
    {"json", "\"a", "ERROR 22P02 invalid input syntax for type json|Token \"\"a\" is invalid.|"},
    {"json", "01", "ERROR 22P02 invalid input syntax for type json|Token \"01\" is invalid.|"},
    {"json", "1.", "ERROR 22P02 invalid input syntax for type json|Token \"1.\" is invalid.|"},
    {"json", "-", "ERROR 22P02 invalid input syntax for type json|Token \"-\" is invalid.|"},
    {"json", "\"\\x\"", "ERROR 22P02 invalid input syntax for type json|Escape sequence \"\\x\" is invalid.|"},
    {"json", "\"\\u00zz\"", "ERROR 22P02 invalid input syntax for type json|\"\\u\" must be followed by four hexadecimal digits.|"},
    {"json", "\"\\ud800\"", "\"\\ud800\""},
    {"json", "\"\\udc00\"", "\"\\udc00\""},
    {"json", "\"\\u0000\"", "\"\\u0000\""},
    {"json", "", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"json", "{1:2}", "ERROR 22P02 invalid input syntax for type json|Expected string or \"}\", but found \"1\".|"},
    {"json", "[1 2]", "ERROR 22P02 invalid input syntax for type json|Expected \",\" or \"]\", but found \"2\".|"},
    {"json", "{\"a\":1} x", "ERROR 22P02 invalid input syntax for type json|Token \"x\" is invalid.|"},
    {"json", "[1,]", "ERROR 22P02 invalid input syntax for type json|Expected JSON value, but found \"]\".|"},
    {"json", "{\"a\":}", "ERROR 22P02 invalid input syntax for type json|Expected JSON value, but found \"}\".|"},
    {"json", "{\"a\":1 \"b\"}", "ERROR 22P02 invalid input syntax for type json|Expected \",\" or \"}\", but found \"\"b\"\".|"},
    {"json", "1 2", "ERROR 22P02 invalid input syntax for type json|Expected end of input, but found \"2\".|"},
    {"json", "é", "ERROR 22P02 invalid input syntax for type json|Token \"é\" is invalid.|"},
    {"json", "\"\\u12", "ERROR 22P02 invalid input syntax for type json|Token \"\"\\u12\" is invalid.|"},
    {"json", "1e400000", "1e400000"},
    {"jsonb", "{\"a\": [1, 2, {\"b\": null}], \"c\": \"x\\ny\"}", "{\"a\": [1, 2, {\"b\": null}], \"c\": \"x\\ny\"}"},
    {"jsonb", " [ ] ", "[]"},
    {"jsonb", "{}", "{}"},
    {"jsonb", "1", "1"},
    {"jsonb", "-1.50e3", "-1500"},
    {"jsonb", "\"\\u00e9\\ud83d\\ude00\"", "\"é😀\""},
    {"jsonb", "true", "true"},
    {"jsonb", "{\"bb\":1,\"a\":2,\"a\":3}", "{\"a\": 3, \"bb\": 1}"},
    {"jsonb", "{", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"jsonb", "{\"a\":1,}", "ERROR 22P02 invalid input syntax for type json|Expected string, but found \"}\".|"},
    {"jsonb", "[1,2", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"jsonb", "{\"a\" 1}", "ERROR 22P02 invalid input syntax for type json|Expected \":\", but found \"1\".|"},
    {"jsonb", "tru", "ERROR 22P02 invalid input syntax for type json|Token \"tru\" is invalid.|"},
    {"jsonb", "\"a", "ERROR 22P02 invalid input syntax for type json|Token \"\"a\" is invalid.|"},
    {"jsonb", "01", "ERROR 22P02 invalid input syntax for type json|Token \"01\" is invalid.|"},
    {"jsonb", "1.", "ERROR 22P02 invalid input syntax for type json|Token \"1.\" is invalid.|"},
    {"jsonb", "-", "ERROR 22P02 invalid input syntax for type json|Token \"-\" is invalid.|"},
    {"jsonb", "\"\\x\"", "ERROR 22P02 invalid input syntax for type json|Escape sequence \"\\x\" is invalid.|"},
    {"jsonb", "\"\\u00zz\"", "ERROR 22P02 invalid input syntax for type json|\"\\u\" must be followed by four hexadecimal digits.|"},
    {"jsonb", "\"\\ud800\"", "ERROR 22P02 invalid input syntax for type json|Unicode low surrogate must follow a high surrogate.|"},
    {"jsonb", "\"\\udc00\"", "ERROR 22P02 invalid input syntax for type json|Unicode low surrogate must follow a high surrogate.|"},
    {"jsonb", "\"\\u0000\"", "ERROR 22P05 unsupported Unicode escape sequence|\\u0000 cannot be converted to text.|"},
    {"jsonb", "", "ERROR 22P02 invalid input syntax for type json|The input string ended unexpectedly.|"},
    {"jsonb", "{1:2}", "ERROR 22P02 invalid input syntax for type json|Expected string or \"}\", but found \"1\".|"},
    {"jsonb", "[1 2]", "ERROR 22P02 invalid input syntax for type json|Expected \",\" or \"]\", but found \"2\".|"},
    {"jsonb", "{\"a\":1} x", "ERROR 22P02 invalid input syntax for type json|Token \"x\" is invalid.|"},
    {"jsonb", "[1,]", "ERROR 22P02 invalid input syntax for type json|Expected JSON value, but found \"]\".|"},
    {"jsonb", "{\"a\":}", "ERROR 22P02 invalid input syntax for type json|Expected JSON value, but found \"}\".|"},
    {"jsonb", "{\"a\":1 \"b\"}", "ERROR 22P02 invalid input syntax for type json|Expected \",\" or \"}\", but found \"\"b\"\".|"},
    {"jsonb", "1 2", "ERROR 22P02 invalid input syntax for type json|Expected end of input, but found \"2\".|"},
    {"jsonb", "é", "ERROR 22P02 invalid input syntax for type json|Token \"é\" is invalid.|"},
    {"jsonb", "\"\\u12", "ERROR 22P02 invalid input syntax for type json|Token \"\"\\u12\" is invalid.|"},
    {"jsonb", "1e400000", "ERROR 22003 value overflows numeric format||"},
};

/// The context of the error that a literal gives.
std::string context_of(std::string_view literal) {
    forklore::test::set_up_registry();
    forklore::Arena arena;
    const forklore::Type& type = forklore::registry().type(forklore::k_json);
    try {
        type.input({arena, type, -1}, literal);
        return "no error";
    } catch (const forklore::Error& error) {
        return error.report().context;
    }
}

}  // namespace

TEST_CASE("json and jsonb are read as PostgreSQL reads them") {
    for (const Expectation& e : k_literals) {
        INFO(e.type << " '" << e.literal << "'");
        CHECK(shown(e.type, e.literal) == e.text);
    }
}

TEST_CASE("an error in json shows the line up to it") {
    CHECK(context_of("{\"a\":1,}") == "JSON data, line 1: {\"a\":1,}");
    CHECK(context_of("{\"a\" 1}") == "JSON data, line 1: {\"a\" 1...");
    CHECK(context_of("[1,\n2,\n x]") == "JSON data, line 3:  x...");
    CHECK(context_of("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"bbbbbbbbbbbbbbbbbbbbb\": x, 1") ==
          "JSON data, line 1: ...aaaaaaaaaaaaaaaaaaa\":1,\"bbbbbbbbbbbbbbbbbbbbb\": x...");
    CHECK(context_of("") == "JSON data, line 1: ");
}

TEST_CASE("functions of json and jsonb") {
    set("TimeZone", "UTC");
    set("DateStyle", "ISO, MDY");
    set("IntervalStyle", "postgres");
    CHECK(called(3947, "json", {{"json", "{\"a\":1,\"a\": [2]}"}, {"text", "a"}}) == "[2]");  // json_object_field
    CHECK(called(3948, "text", {{"json", "{\"a\":\"x\\u00e9\"}"}, {"text", "a"}}) == "xé");  // json_object_field_text
    CHECK(called(3948, "text", {{"json", "{\"a\":null}"}, {"text", "a"}}) == "null");  // json_object_field_text
    CHECK(called(3949, "json", {{"json", "[1, {\"b\" : 2}]"}, {"int4", "-1"}}) == "{\"b\" : 2}");  // json_array_element
    CHECK(called(3956, "int4", {{"json", "{}"}}) == "ERROR 22023 cannot get array length of a non-array||");  // json_array_length
    CHECK(called(3956, "int4", {{"json", "[1,[2,3]]"}}) == "2");  // json_array_length
    CHECK(called(3968, "text", {{"json", " 1.5"}}) == "number");  // json_typeof
    CHECK(called(3261, "json", {{"json", "{\"a\": null, \"b\": [null, {\"c\": null}]}"}}) == "{\"b\":[null,{}]}");  // json_strip_nulls
    CHECK(called(3478, "jsonb", {{"jsonb", "{\"a\":{\"b\":1}}"}, {"text", "a"}}) == "{\"b\": 1}");  // jsonb_object_field
    CHECK(called(3214, "text", {{"jsonb", "{\"a\":\"x\"}"}, {"text", "a"}}) == "x");  // jsonb_object_field_text
    CHECK(called(3215, "jsonb", {{"jsonb", "[1,2,3]"}, {"int4", "-2"}}) == "2");  // jsonb_array_element
    CHECK(called(3216, "text", {{"jsonb", "\"x\""}, {"int4", "0"}}) == "x");  // jsonb_array_element_text
    CHECK(called(4046, "bool", {{"jsonb", "{\"a\":{\"b\":1,\"c\":2}}"}, {"jsonb", "{\"a\":{\"b\":1}}"}}) == "t");  // jsonb_contains
    CHECK(called(4046, "bool", {{"jsonb", "[1,2,[3]]"}, {"jsonb", "[[3]]"}}) == "t");  // jsonb_contains
    CHECK(called(4046, "bool", {{"jsonb", "[\"a\"]"}, {"jsonb", "\"a\""}}) == "t");  // jsonb_contains
    CHECK(called(4046, "bool", {{"jsonb", "\"a\""}, {"jsonb", "[\"a\"]"}}) == "f");  // jsonb_contains
    CHECK(called(4047, "bool", {{"jsonb", "[\"a\"]"}, {"text", "a"}}) == "t");  // jsonb_exists
    CHECK(called(4048, "bool", {{"jsonb", "{\"a\":1}"}, {"_text", "{a,b}"}}) == "t");  // jsonb_exists_any
    CHECK(called(4049, "bool", {{"jsonb", "{\"a\":1}"}, {"_text", "{a,b}"}}) == "f");  // jsonb_exists_all
    CHECK(called(4043, "bool", {{"jsonb", "{\"a\":1.0,\"b\":2}"}, {"jsonb", "{\"b\":2,\"a\":1}"}}) == "t");  // jsonb_eq
    CHECK(called(4039, "bool", {{"jsonb", "[]"}, {"jsonb", "null"}}) == "t");  // jsonb_lt
    CHECK(called(3301, "jsonb", {{"jsonb", "{\"a\":1}"}, {"jsonb", "{\"a\":2,\"b\":3}"}}) == "{\"a\": 2, \"b\": 3}");  // jsonb_concat
    CHECK(called(3301, "jsonb", {{"jsonb", "1"}, {"jsonb", "[2]"}}) == "[1, 2]");  // jsonb_concat
    CHECK(called(3302, "jsonb", {{"jsonb", "[\"a\",\"b\"]"}, {"text", "a"}}) == "[\"b\"]");  // jsonb_delete
    CHECK(called(3302, "jsonb", {{"jsonb", "1"}, {"text", "a"}}) == "ERROR 22023 cannot delete from scalar||");  // jsonb_delete
    CHECK(called(3303, "jsonb", {{"jsonb", "[1,2,3]"}, {"int4", "-1"}}) == "[1, 2]");  // jsonb_delete
    CHECK(called(3303, "jsonb", {{"jsonb", "{}"}, {"int4", "0"}}) == "ERROR 22023 cannot delete from object using integer index||");  // jsonb_delete
    CHECK(called(3304, "jsonb", {{"jsonb", "[1,[2,3]]"}, {"_text", "{1,0}"}}) == "[1, [3]]");  // jsonb_delete_path
    CHECK(called(3304, "jsonb", {{"jsonb", "[1]"}, {"_text", "{x}"}}) == "ERROR 22P02 path element at position 1 is not an integer: \"x\"||");  // jsonb_delete_path
    CHECK(called(3305, "jsonb", {{"jsonb", "{\"a\":[1]}"}, {"_text", "{a,0}"}, {"jsonb", "{\"x\":2}"}, {"bool", "t"}}) == "{\"a\": [{\"x\": 2}]}");  // jsonb_set
    CHECK(called(3305, "jsonb", {{"jsonb", "{\"a\":1}"}, {"_text", "{b}"}, {"jsonb", "2"}, {"bool", "f"}}) == "{\"a\": 1}");  // jsonb_set
    CHECK(called(3305, "jsonb", {{"jsonb", "[1,2]"}, {"_text", "{-5}"}, {"jsonb", "9"}, {"bool", "t"}}) == "[9, 1, 2]");  // jsonb_set
    CHECK(called(3305, "jsonb", {{"jsonb", "1"}, {"_text", "{a}"}, {"jsonb", "9"}, {"bool", "t"}}) == "ERROR 22023 cannot set path in scalar||");  // jsonb_set
    CHECK(called(3305, "jsonb", {{"jsonb", "{\"a\":1}"}, {"_text", "{NULL}"}, {"jsonb", "9"}, {"bool", "t"}}) == "ERROR 22004 path element at position 1 is null||");  // jsonb_set
    CHECK(called(3579, "jsonb", {{"jsonb", "[1,2]"}, {"_text", "{1}"}, {"jsonb", "9"}, {"bool", "t"}}) == "[1, 2, 9]");  // jsonb_insert
    CHECK(called(3579, "jsonb", {{"jsonb", "{\"a\":1}"}, {"_text", "{a}"}, {"jsonb", "9"}, {"bool", "f"}}) == "ERROR 22023 cannot replace existing key||Try using the function jsonb_set to replace key value.");  // jsonb_insert
    CHECK(called(3262, "jsonb", {{"jsonb", "{\"a\": null, \"b\": [null, {\"c\": null}]}"}}) == "{\"b\": [null, {}]}");  // jsonb_strip_nulls
    CHECK(called(3207, "int4", {{"jsonb", "1"}}) == "ERROR 22023 cannot get array length of a scalar||");  // jsonb_array_length
    CHECK(called(3210, "text", {{"jsonb", "null"}}) == "null");  // jsonb_typeof
    CHECK(called(3451, "int4", {{"jsonb", "1.5"}}) == "2");  // int4
    CHECK(called(3451, "int4", {{"jsonb", "1e10"}}) == "ERROR 22003 integer out of range||");  // int4
    CHECK(called(3451, "int4", {{"jsonb", "\"a\""}}) == "ERROR 22023 cannot cast jsonb string to type integer||");  // int4
    CHECK(called(3556, "bool", {{"jsonb", "1"}}) == "ERROR 22023 cannot cast jsonb numeric to type boolean||");  // bool
    CHECK(called(3449, "numeric", {{"jsonb", "1.50"}}) == "1.50");  // numeric
    CHECK(called(3176, "json", {{"timestamptz", "2000-01-01 12:00+00"}}) == "\"2000-01-01T12:00:00+00:00\"");  // to_json
    CHECK(called(3176, "json", {{"date", "0044-03-15 BC"}}) == "\"0044-03-15 BC\"");  // to_json
    CHECK(called(3176, "json", {{"_text", "{a,NULL,\"b\\\"c\"}"}}) == "[\"a\",null,\"b\\\"c\"]");  // to_json
    CHECK(called(3176, "json", {{"float8", "NaN"}}) == "\"NaN\"");  // to_json
    CHECK(called(3176, "json", {{"interval", "1 day"}}) == "\"1 day\"");  // to_json
    CHECK(called(3176, "json", {{"_int4", "{{1,2},{3,4}}"}}) == "[[1,2],[3,4]]");  // to_json
    CHECK(called(3787, "jsonb", {{"_bool", "{t,NULL}"}}) == "[true, null]");  // to_jsonb
    CHECK(called(3787, "jsonb", {{"numeric", "1.50"}}) == "1.50");  // to_jsonb
    CHECK(called(3154, "json", {{"_int4", "{{1,2},{3,4}}"}, {"bool", "t"}}) == "[[1,2],\n [3,4]]");  // array_to_json
    CHECK(called(3202, "json", {{"_text", "{{a,1},{b,NULL}}"}}) == "{\"a\" : \"1\", \"b\" : null}");  // json_object
    CHECK(called(3202, "json", {{"_text", "{a}"}}) == "ERROR 2202E array must have even number of elements||");  // json_object
    CHECK(called(3264, "jsonb", {{"_text", "{a,b}"}, {"_text", "{1,2}"}}) == "{\"a\": \"1\", \"b\": \"2\"}");  // jsonb_object
    CHECK(called(3203, "json", {{"_text", "{NULL}"}, {"_text", "{1}"}}) == "ERROR 22004 null value not allowed for object key||");  // json_object
    CHECK(called(3200, "json", {{"text", "a"}, {"int4", "1"}, {"text", "b"}, {"_int4", "{1,2}"}, {"text", "c"}, {"json", "{\"x\": 1}"}}) == "{\"a\" : 1, \"b\" : [1,2], \"c\" : {\"x\": 1}}");  // json_build_object
    CHECK(called(3200, "json", {{"text", "a"}}) == "ERROR 22023 argument list must have even number of elements||The arguments of json_build_object() must consist of alternating keys and values.");  // json_build_object
    CHECK(called(3200, "json", {{"text", "\\N"}, {"int4", "1"}}) == "ERROR 22023 argument 1 cannot be null||Object keys should be text.");  // json_build_object
    CHECK(called(3198, "json", {{"int4", "1"}, {"text", "x"}, {"bool", "\\N"}}) == "[1, \"x\", null]");  // json_build_array
    CHECK(called(3273, "jsonb", {{"int4", "1"}, {"numeric", "2.50"}, {"text", "b"}, {"jsonb", "[1]"}}) == "{\"1\": 2.50, \"b\": [1]}");  // jsonb_build_object
    CHECK(called(3273, "jsonb", {{"text", "\\N"}, {"int4", "1"}}) == "ERROR 22023 argument 1: key must not be null||");  // jsonb_build_object
    CHECK(called(3271, "jsonb", {{"int4", "1"}, {"text", "x"}, {"timestamp", "2000-01-01 12:00"}}) == "[1, \"x\", \"2000-01-01T12:00:00\"]");  // jsonb_build_array
}

TEST_CASE("json becomes rows and rows become json") {
    CHECK(called(3955, "json", {{"json", "[1, [2], null]"}}) == "1;[2];null");
    CHECK(called(3969, "text", {{"json", "[\"a\", null]"}}) == "a;null");
    CHECK(called(3958, "record", {{"json", "{\"a\": 1, \"b\": \"x\"}"}}) == "a,1;b,\"x\"");
    CHECK(called(3932, "record", {{"jsonb", "{\"bb\": 1, \"a\": \"x\"}"}}) == "a,x;bb,1");
    CHECK(called(3931, "text", {{"jsonb", "{\"bb\": 1, \"a\": \"x\"}"}}) == "a;bb");
    CHECK(called(3931, "text", {{"jsonb", "[]"}}) == "ERROR 22023 cannot call jsonb_object_keys on an array||");
    CHECK(called(3219, "jsonb", {{"jsonb", "1"}}) == "ERROR 22023 cannot extract elements from a scalar||");
    CHECK(called(3175, "json", {{"int4", "1"}, {"int4", "\\N"}}) == "[1, null]");
    CHECK(called(3267, "jsonb", {{"text", "b"}, {"text", "a"}}) == "[\"b\", \"a\"]");
    CHECK(called(3267, "jsonb", {}) == "null");
    CHECK(called(3306, "text", {{"jsonb", "{\"a\":[1,{}],\"b\":[]}"}}) ==
          "{\n    \"a\": [\n        1,\n        {\n        }\n    ],\n    \"b\": [\n    ]\n}");
}

TEST_CASE("jsonb sorts by kind, then size, then content") {
    // As `order by` puts them.
    const std::vector<std::string_view> sorted = {"[]", "null", "\"\"", "\"B\"", "\"a\"", "-1", "1", "false", "true", "[null]", "[\"a\"]",
                                                  "[1]", "[[]]", "[1, 2]", "{}", "{\"a\": null}", "{\"a\": 1}", "{\"aa\": 1}", "{\"b\": 1}",
                                                  "{\"a\": 1, \"b\": 2}"};
    for (std::size_t i = 0; i < sorted.size(); ++i)
        for (std::size_t j = 0; j < sorted.size(); ++j) {
            INFO(sorted[i] << " against " << sorted[j]);
            CHECK(called(4044, "int4", {{"jsonb", sorted[i]}, {"jsonb", sorted[j]}}) == (i < j ? "-1" : i > j ? "1" : "0"));
        }
}

TEST_CASE("nesting without end is refused") {
    forklore::set_stack_base();
    const std::string deep(100'000, '[');
    CHECK(shown("json", deep).starts_with("ERROR 54001 stack depth limit exceeded"));
    CHECK(shown("jsonb", deep).starts_with("ERROR 54001 stack depth limit exceeded"));
}

TEST_CASE("random jsonb survives text and wire") {
    const unsigned seed = 8259;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto value = [&random](auto& self, int depth) -> std::string {
        static const std::string_view k_scalars[] = {"null", "true", "false", "0", "-1.50", "1e3", "\"\"", "\"a\\n\"", "\"\\u00e9\"", "\"b\\\"c\""};
        const unsigned kind = depth > 3 ? 0 : random() % 3;
        if (kind == 0) return std::string(k_scalars[random() % std::size(k_scalars)]);
        std::string text(1, kind == 1 ? '[' : '{');
        for (unsigned n = random() % 4, i = 0; i < n; ++i) {
            if (i > 0) text += ',';
            if (kind == 2) text += fmt::format("\"{}\":", std::string(random() % 3, static_cast<char>('a' + random() % 3)));
            text += self(self, depth + 1);
        }
        return text + (kind == 1 ? ']' : '}');
    };
    for (int i = 0; i < 2000; ++i) {
        const std::string text = shown("jsonb", value(value, 0));
        REQUIRE(shown("jsonb", text) == text);
    }
}

TEST_CASE("json is built from an array after VARIADIC") {
    forklore::test::Client client;
    CHECK(client.run("select jsonb_build_object(variadic array['a','1']), json_build_array(variadic array[1,2])") == "{\"a\": \"1\"}|[1, 2]");
    CHECK(client.run("select jsonb_build_array(variadic null::int[])") == "∅");
}
