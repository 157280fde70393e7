// Secrets stay out of the log.
#include "connections/statement_log.hpp"
#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("whatever may be a password is hidden from the log") {
    CHECK(loggable("create role x password 'secret'") == "create role x password <hidden>");
    CHECK(loggable("ALTER USER x WITH ENCRYPTED PASSWORD\n 'secret' VALID UNTIL 'x'") ==
          "ALTER USER x WITH ENCRYPTED PASSWORD <hidden>");
    CHECK(loggable("create user u valid until '2030-01-01'PASSWORD 'secret'") ==
          "create user u valid until '2030-01-01'PASSWORD <hidden>");
    CHECK(loggable("alter role x password\f'secret'") == "alter role x password <hidden>");
    CHECK(loggable("alter role x password E'sec\\'ret'") == "alter role x password <hidden>");
    CHECK(loggable("alter role x password $$secret$$") == "alter role x password <hidden>");
    CHECK(loggable("alter role x password/**/'secret'") == "alter role x password <hidden>");
    CHECK(loggable("do $x$ begin execute 'alter role a password ''s'''; end $x$") ==
          "do $x$ begin execute 'alter role a password <hidden>");
}

TEST_CASE("statements without a password are logged as they are") {
    for (const char* text : {"", "select 1", "show password_encryption", "select password from accounts",
                             "select * from passwords where x = 'y'"})
        CHECK(loggable(text) == text);
}
