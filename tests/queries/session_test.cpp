#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"

using forklore::test::Client;

TEST_CASE("a constant is selected") {
    Client client;
    CHECK(client.run("select 1") == "1");
    CHECK(client.describe("select 1 as a, 'x'") == "a:integer|?column?:text\n1|x");
    CHECK(client.run("select 1; select 2") == "1\n2");
    CHECK(client.tags("select 1") == "SELECT 1");
}

TEST_CASE("a syntax error names the character") {
    Client client;
    CHECK(client.run("selec 1") == "ERROR 42601 syntax error at or near \"selec\"\n  at 1");
    CHECK(client.run("select 'ä' ä ä") == "ERROR 42601 syntax error at or near \"ä\"\n  at 14");
}
