// SCRAM-SHA-256 against the exchange that RFC 7677 prints, and against clients that lie.
#include "connections/scram.hpp"
#include "base/error.hpp"
#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("a verifier made from a password accepts that password and no other") {
    const ScramVerifier verifier = make_verifier("sekret");
    CHECK(check_password(verifier, "sekret"));
    CHECK_FALSE(check_password(verifier, "sekre"));
    CHECK_FALSE(check_password(verifier, "sekrets"));
    CHECK_FALSE(check_password(verifier, ""));
    CHECK(make_verifier("sekret").salt != verifier.salt);
}

TEST_CASE("a verifier's text reads back, and nothing else is taken for one") {
    const ScramVerifier verifier = make_verifier("sekret");
    const std::string text = print_verifier(verifier);
    CHECK(text.starts_with("SCRAM-SHA-256$4096:"));
    const auto again = parse_verifier(text);
    REQUIRE(again);
    CHECK(again->salt == verifier.salt);
    CHECK(again->stored_key == verifier.stored_key);
    CHECK(again->server_key == verifier.server_key);
    for (const char* wrong : {"", "sekret", "md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "SCRAM-SHA-256$",
                              "SCRAM-SHA-256$x:AAAA$AAAA:AAAA", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
                              "SCRAM-SHA-256$0:AAAA$AAAA:AAAA"})
        CHECK_FALSE(parse_verifier(wrong));
    CHECK_FALSE(parse_verifier(text.substr(0, text.size() - 4)));
}

TEST_CASE("the keys of RFC 7677's example are those that the RFC's proof needs") {
    // Section 3: password "pencil", salt W22ZaJ0SNY7soEsUEjb6gQ==, 4096 iterations. The stored key is not
    // printed there; it is what makes the printed proof and server signature come true.
    const auto parsed = parse_verifier(
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    REQUIRE(parsed);
    CHECK(check_password(*parsed, "pencil"));
    CHECK_FALSE(check_password(*parsed, "pencils"));
}

TEST_CASE("a mock verifier is stable for a name, differs between names, and accepts nothing") {
    CHECK(mock_verifier("nobody", "s").salt == mock_verifier("nobody", "s").salt);
    CHECK(mock_verifier("nobody", "s").salt != mock_verifier("somebody", "s").salt);
    CHECK(mock_verifier("nobody", "s").salt != mock_verifier("nobody", "t").salt);
    CHECK(mock_verifier("nobody", "s").salt.size() == k_scram_salt_bytes);
    CHECK_FALSE(check_password(mock_verifier("nobody", "s"), ""));
}

TEST_CASE("a first message that breaks the rules ends the exchange") {
    const auto refused = [](const char* message, bool plus, const std::string& binding) {
        ScramExchange exchange(make_verifier("x"), binding);
        try {
            exchange.first(message, plus);
        } catch (const Fatal& fatal) {
            return std::string(fatal.code().text());
        }
        return std::string("accepted");
    };
    CHECK(refused("n,,n=,r=abc", false, "") == "accepted");
    CHECK(refused("y,,n=,r=abc", false, "") == "accepted");
    CHECK(refused("y,,n=,r=abc", false, "hash") == "28000");  // somebody took PLUS out of our offer
    CHECK(refused("p=tls-server-end-point,,n=,r=abc", true, "hash") == "accepted");
    CHECK(refused("p=tls-unique,,n=,r=abc", true, "hash") == "08P01");
    CHECK(refused("p=tls-server-end-point,,n=,r=abc", false, "hash") == "08P01");
    CHECK(refused("n,,n=,r=abc", true, "hash") == "08P01");
    CHECK(refused("n,a=admin,n=,r=abc", false, "") == "0A000");
    CHECK(refused("n,,m=x,n=,r=abc", false, "") == "0A000");
    CHECK(refused("n,,n=", false, "") == "08P01");
    CHECK(refused("", false, "") == "08P01");
    CHECK(refused("x", false, "") == "08P01");
    CHECK(refused("n,,n=,r=a\x01", false, "") == "08P01");
}

TEST_CASE("a final message with a wrong nonce, binding or proof is not accepted") {
    ScramExchange exchange(make_verifier("x"), "");
    const std::string first = exchange.first("n,,n=,r=abc", false);
    const std::string nonce = first.substr(2, first.find(',') - 2);
    CHECK(nonce.starts_with("abc"));
    const std::string proof = to_base64(std::string(32, 'p'));
    CHECK_FALSE(exchange.final("c=biws,r=" + nonce + ",p=" + proof));
    CHECK_THROWS_AS(exchange.final("c=biws,r=abc,p=" + proof), Fatal);
    CHECK_THROWS_AS(exchange.final("c=eSws,r=" + nonce + ",p=" + proof), Fatal);
    CHECK_THROWS_AS(exchange.final("c=biws,r=" + nonce), Fatal);
    CHECK_THROWS_AS(exchange.final("c=biws,r=" + nonce + ",p=short"), Fatal);
    CHECK_THROWS_AS(exchange.final(""), Fatal);
}

TEST_CASE("base64 follows RFC 4648's test vectors") {
    for (const auto& [plain, coded] :
         std::initializer_list<std::pair<const char*, const char*>>{{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}}) {
        CHECK(to_base64(plain) == coded);
        CHECK(from_base64(coded) == plain);
    }
    CHECK_FALSE(from_base64("Zg="));
    CHECK_FALSE(from_base64("Z!=="));
}
