#include "base/error.hpp"
#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"

using forklore::Error;
using forklore::test::Client;

namespace {

// Counts rows.
class Counter : public forklore::RowReceiver {
public:
    void rows(forklore::EvalContext&, const forklore::Batch& batch) override { count += batch.rows.count(); }
    int count = 0;
};

}  // namespace

TEST_CASE("a constant is selected") {
    Client client;
    CHECK(client.run("select 1") == "1");
    CHECK(client.describe("select 1 as a, 'x'") == "a:integer|?column?:text\n1|x");
    CHECK(client.run("select 1; select 2") == "1\n2");
    CHECK(client.tags("select 1") == "SELECT 1");
    CHECK(client.tags("") == "");
}

TEST_CASE("a syntax error names the character") {
    Client client;
    CHECK(client.run("selec 1") == "ERROR 42601 syntax error at or near \"selec\"\n  at 1");
    CHECK(client.run("select 'ä' ä ä") == "ERROR 42601 syntax error at or near \"ä\"\n  at 14");
    CHECK(client.run("select 1; select ä") == "1\nERROR 42703 column \"ä\" does not exist\n  at 18");
}

TEST_CASE("transactions follow PostgreSQL's states") {
    Client client;
    using Status = forklore::TransactionStatus;
    CHECK(client.tags("commit") == "WARNING 25P01 there is no transaction in progress\nCOMMIT");
    CHECK(client.tags("begin") == "BEGIN");
    CHECK(client.session().status() == Status::in_block);
    CHECK(client.tags("begin") == "WARNING 25001 there is already a transaction in progress\nBEGIN");
    CHECK(client.run("select 1/0") == "ERROR 22012 division by zero");
    CHECK(client.session().status() == Status::failed);
    CHECK(client.run("select 1") == "ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block");
    CHECK(client.tags("commit") == "ROLLBACK");
    CHECK(client.session().status() == Status::idle);
    CHECK(client.tags("savepoint a") == "ERROR 25P01 SAVEPOINT can only be used in transaction blocks");
    CHECK(client.tags("begin; savepoint a; select 1/0") == "BEGIN\nSAVEPOINT\nERROR 22012 division by zero");
    CHECK(client.tags("rollback to a") == "ROLLBACK");
    CHECK(client.session().status() == Status::in_block);
    CHECK(client.tags("release b") == "ERROR 3B001 savepoint \"b\" does not exist");
    CHECK(client.tags("rollback") == "ROLLBACK");
}

TEST_CASE("a transaction that follows another by AND CHAIN has a beginning of its own") {
    for (const char* chain : {"commit and chain", "rollback and chain"}) {
        Client client;
        client.run("begin");
        const std::int64_t first = client.session().transaction_timestamp();
        client.run("select pg_sleep(0.001)");
        CHECK(client.session().transaction_timestamp() == first);
        CHECK(client.tags(chain) == (chain[0] == 'c' ? "COMMIT" : "ROLLBACK"));
        CHECK(client.session().transaction_timestamp() > first);
        CHECK(client.run("select now() = statement_timestamp()") == "f");
    }
}

TEST_CASE("settings obey transactions") {
    Client client;
    client.run("set work_mem = '8MB'");
    client.run("begin; set work_mem = '9MB'; set local search_path = a, \"B\"");
    CHECK(client.run("show search_path") == "a, \"B\"");
    client.run("rollback");
    CHECK(client.run("show work_mem") == "8MB");
    CHECK(client.run("show search_path") == "\"$user\", public");
    CHECK(client.run("begin isolation level serializable; show transaction_isolation") == "serializable");
    client.run("rollback");
    CHECK(client.run("show transaction_isolation") == "read committed");
    CHECK(client.run("set nosuch = 1") == "ERROR 42704 unrecognized configuration parameter \"nosuch\"");
    client.run("reset work_mem");
}

TEST_CASE("statements are prepared and executed by name") {
    Client client;
    CHECK(client.tags("prepare p(int) as select $1 + 1") == "PREPARE");
    CHECK(client.tags("prepare p as select 1") == "ERROR 42P05 prepared statement \"p\" already exists");
    CHECK(client.run("execute p(41)") == "42");
    CHECK(client.tags("execute p(41)") == "SELECT 1");
    CHECK(client.run("select name, parameter_types from pg_prepared_statements") == "p|{integer}");
    CHECK(client.run("execute p") ==
          "ERROR 42601 wrong number of parameters for prepared statement \"p\"\n  DETAIL Expected 1 parameters but got 0.");
    CHECK(client.tags("deallocate p") == "DEALLOCATE");
    CHECK(client.run("execute p(1)") == "ERROR 26000 prepared statement \"p\" does not exist");
    CHECK(client.run("select $1") == "ERROR 42P02 there is no parameter $1\n  at 8");
}

TEST_CASE("cursors move both ways") {
    Client client;
    CHECK(client.tags("declare c cursor for select 1") == "ERROR 25P01 DECLARE CURSOR can only be used in transaction blocks");
    client.run("begin; declare c cursor for select * from generate_series(1, 3000)");
    CHECK(client.run("fetch 2 from c") == "1\n2");
    CHECK(client.tags("move 2000 in c") == "MOVE 2000");
    CHECK(client.run("fetch c") == "2003");
    CHECK(client.run("fetch backward 1 from c") == "2002");
    CHECK(client.run("fetch last from c") == "3000");
    CHECK(client.tags("fetch c") == "FETCH 0");
    client.run("commit");
    CHECK(client.run("fetch c") == "ERROR 34000 cursor \"c\" does not exist");
    client.run("begin; declare h cursor with hold for select 7; commit");
    CHECK(client.run("fetch h") == "7");
}

TEST_CASE("portals hand out rows in parts, and parameters are inferred") {
    Client client;
    forklore::Session& session = client.session();
    session.begin_command();
    const auto text = session.parse("select i + $1 from generate_series(1, 2500) i");
    const auto statement = session.prepare(text, 0);
    REQUIRE(statement->parameter_types().size() == 1);
    CHECK(statement->parameter_types()[0] == 23);
    const forklore::ParameterValue value{"10", false};
    forklore::Portal& portal = session.open_portal("p", statement, {&value, 1}, {});
    Counter counter;
    CHECK(session.execute(portal, 1000, counter).suspended);
    CHECK(session.execute(portal, 1000, counter).suspended);
    CHECK(session.execute(portal, 1000, counter).tag == "SELECT 500");
    CHECK(counter.count == 2500);
    CHECK_THROWS_AS(session.open_portal("q", statement, {}, {}), Error);
    session.finish_command();
    CHECK_THROWS_AS(session.find_portal("p"), Error);
    CHECK_THROWS_AS(session.prepare(session.parse("select $1 + $2"), 0), Error);
}

TEST_CASE("depth ends in an error, not in a crash") {
    Client client;
    const auto repeated = [](std::string_view what, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) text += what;
        return text;
    };
    CHECK(client.run("select 1" + repeated("+1", 500)) == "501");
    CHECK(client.run("select 1" + repeated("+1", 12500)).starts_with("ERROR 54001 stack depth limit exceeded"));
    CHECK(client.run("select 1" + repeated("+1", 200000)).starts_with("ERROR 54001"));
    CHECK(client.run("select " + repeated("(", 12000) + "1" + repeated(")", 12000)).starts_with("ERROR 42601 memory exhausted"));
    CHECK(client.run("select length('" + repeated("0123456789", 1000000) + "')") == "10000000");
    CHECK(client.run("select 1") == "1");
}
