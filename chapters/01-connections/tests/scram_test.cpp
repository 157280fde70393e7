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

TEST_CASE("a password is the same however it was typed") {
    const auto same = [](const char* one, const char* other) {
        return check_password(make_verifier(one), other) && check_password(make_verifier(other), one);
    };
    CHECK(same("IX", "\xe2\x85\xa8"));                    // the Roman numeral of one character
    CHECK(same("caf\xc3\xa9", "cafe\xcc\x81"));            // an accent in one piece or in two
    CHECK(same("a b", "a\xc2\xa0" "b"));                   // a space that does not break a line
    CHECK(same("ab", "a\xc2\xad" "b"));                    // a hyphen that is only one at the end of a line
    CHECK_FALSE(same("a", "A"));
    CHECK_FALSE(same("\xff" "a\xc2\xad", "\xff" "a"));     // no UTF-8: every byte counts
}

TEST_CASE("verifiers that PostgreSQL made are understood") {
    const std::pair<const char*, const char*> made[] = {
        {"IX", "SCRAM-SHA-256$4096:R0X0EoZ712VVdUqLu6FSEw==$YFoqFZyfmBjvBndg9k6v5mLC81USBQNvFT0d0Twke9k=:Zc3HG4+GfWXtewIM3EbCyr4PWYHkcFuwK+WEzHKYNdE="},
        {"\xe2\x85\xa8", "SCRAM-SHA-256$4096:yG27l4fPn+hROk7EM9Q2eA==$ix+oiyr1G5XSUXxs6+RIQ8fe21fbRsuEaKRmdmvLsJ4=:W6LQgq+wFQ+jci+YIvbOp9lOEr4pdJbMWcwOcprNTW0="},
        {"I\xc2\xad""X", "SCRAM-SHA-256$4096:SAkJjeUhgS3eB88/uYim7Q==$pZdXFENqQGuEL9j4h7Lmn8kxkpqeFHYRhvvHQbrJdv4=:Z9nCxae5rBemKjpQBRTpvvV9zQHpQuqCLEZmfFRAeZg="},
        {"a\xc2\xa0""b", "SCRAM-SHA-256$4096:ylnA4BCgTrrmmTIaihlOzw==$A4LWp1LIKshd1AyDD7fJILJcgkDT6poninuFuN9LcsI=:ej/AvGlDk/yJSta88f8U8E+b0VSiHITR2Da7vxjFflA="},
        {"\xc2\xaa", "SCRAM-SHA-256$4096:TULZoouhLSk+Wz8bexcv8A==$XxtycADi3FTxai7BgqjzflJiPJtb5KyMamKfpqHa2YE=:8xvzfzxx98s4paOrmheXXo9F73MvybHNRhNqplEEAbE="},
        {"\xd8\xa7""1", "SCRAM-SHA-256$4096:APJfz4iu3StNRkHTLNyCew==$rI7wJO4XazcbXm0/AYWbFvdJH6w9syfh5R8mAhMGoJY=:PRRX6/H8kdNr/VGXmW3Z0ut/jCkM5rreo2vlTGpqFBw="},
        {"\xc2\xad", "SCRAM-SHA-256$4096:V3jDLvbEEMH7RZmTcbZIvQ==$ULm7PYZnHSmyyzCp1cxNZ7UtM6/V5KOTSCgfpvIrRDU=:Jqq8TG+KNJbmA2iDS7acSXTsKvVMynLrYYABDF/3sQY="},
        {"\xef\xbf\xbe""\xef\xbf\xbf", "SCRAM-SHA-256$4096:omrJiGFesFgmoaSQ9WkiHw==$Aau+RnP3oZ3gZlA54q7TkGGD0PG+ZBnxaU9rKFDBXqY=:ix43FzwGBCeAAdKzME8pHtRy2gBIgC05XwiAKatpcWo="},
        {"\xf0\x9f\x98\x80", "SCRAM-SHA-256$4096:syYZDagop/aRGFKhBLn3Ug==$Ezp7FnTyXzyMiyuF1zOimnLqaKVNUtev3CKHGwvqcDs=:cKTPBT1RHrry+5cOhzN3BI35vBu+CkiiiAk1SInSPZg="},
        {"\xc8\xa1", "SCRAM-SHA-256$4096:CjmLWmEGQNHPJO63odS8ng==$W8GpLLou1K++VhD1/6j804gePm6hJdN+snlfuawglqU=:MPytwiBZxZs7fvuLqpFpmm2PlNHE6iqg2QHPMhjkmK0="},
        {"e\xcc\x81", "SCRAM-SHA-256$4096:RY567oWCG7rjChxYjPUEUg==$n36H/Z7cZxJh82D28VoDoxcNluxVJS2wFCg8RgislCI=:Q3pQwZUqncXai/T8ISlaDsCST/XtlaIQV7ex/Zimm10="},
        {"\xe2\x84\xab", "SCRAM-SHA-256$4096:aLVOJOg4bUYhU5ho9LiL+A==$OKGcJkarvwQ9+r1qiAItjLx5wqLOLdvJJyJ1NPbPFN8=:7ZTVVZGwOCKM9aObJI/M6RsGmeyfkT6uyNxaGeYSWbM="},
        {"na\xcc\x88""\xe2\x80\x83""x", "SCRAM-SHA-256$4096:hEkNWNuICnQ47CiXVB6EhQ==$ZloR8afkd9/AURPR0yZ6h79xF2G2RBc67YXcrGcEwcI=:DHI9bgODR85I9S/f6oFvyYHRCCvg9sTICyxAsz0MjNo="},
        {"\xd7\x90"" \xd7\x91", "SCRAM-SHA-256$4096:hi9D70BFgNM2HGzKrLBnbw==$SONkfnQCIE/coths4AMeymat7XFrszCq00Ucma6tPJc=:BA40LBfDJfCHfN2Cb33StJURM6DWc6Uljrinww9HJS0="},
        {"a\xe2\x80\xa8""b", "SCRAM-SHA-256$4096:gqSaRvxPvSfI/wYRzf4gZg==$4fLRynbHcI4WCv1ik46YgZoylFS+Q42D0X7feMVKnKY=:0bmli1x/hvBXxi94mYReLm0eKDEGQVOQ2OcQMSwcDcg="},
        {"\xe1\xba\x9b""\xcc\xa3", "SCRAM-SHA-256$4096:9hfJeZU5BgBCNn4rjp0Zvw==$JFuQpkR3D7EPGL9yAsxxNqdv3tnTCRu4nqMMCKcFIY8=:1TcMK7K1NjvzCotIfBKqDWwTaUs/KPUvpxnSZeByJ9I="}};
    for (const auto& [password, text] : made) {
        const auto verifier = parse_verifier(text);
        REQUIRE(verifier);
        INFO(password);
        CHECK(check_password(*verifier, password));
    }
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
