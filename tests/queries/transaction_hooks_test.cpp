#include "base/error.hpp"
#include "queries/notifications.hpp"
#include "tests/catch.hpp"
#include "tests/queries/harness.hpp"

using namespace forklore;
using forklore::test::Client;

namespace {

// Writes down what it is told.
class Hooks : public TransactionHooks {
public:
    Hooks(std::string& log, char name) : log_(log), name_(name) {}
    void begin() override { say("begin"); }
    void prepare() override {
        say("prepare");
        if (fails) throw Error(sqlstate::program_limit_exceeded, "full");
    }
    void commit() noexcept override { say("commit"); }
    void abort() noexcept override { say("abort"); }
    void savepoint(int level) override { say("savepoint" + std::to_string(level)); }
    void release(int level) override { say("release" + std::to_string(level)); }
    void rollback_to(int level) noexcept override { say("rollback_to" + std::to_string(level)); }
    bool fails = false;

private:
    void say(const std::string& what) { log_ += name_ + (":" + what + " "); }
    std::string& log_;
    char name_;
};

class Told : public Notifications {
public:
    void begin_session(const Identity& who) override { CHECK(!who.database.empty()); }
    void listen(std::string_view channel) override { log += fmt::format("listen {};", channel); }
    void unlisten(std::string_view channel) override { log += fmt::format("unlisten {};", channel); }
    void unlisten_all() override { log += "unlisten *;"; }
    void notify(std::string_view channel, std::string_view payload) override { log += fmt::format("notify {}={};", channel, payload); }
    std::string log;
};

}  // namespace

TEST_CASE("layers take part in transactions, the lowest first, and last to end") {
    std::string log;
    Hooks low(log, 'l'), high(log, 'h');
    Client client({&low, &high}, nullptr);
    const auto told = [&](std::string_view text) {
        log.clear();
        client.run(text);
        return log;
    };
    CHECK(told("select 1") == "l:begin h:begin h:prepare l:prepare h:commit l:commit ");
    CHECK(told("select 1/0") == "l:begin h:begin h:abort l:abort ");
    CHECK(told("begin") == "l:begin h:begin ");
    CHECK(told("savepoint a") == "l:savepoint2 h:savepoint2 ");
    CHECK(told("rollback to a") == "h:rollback_to2 l:rollback_to2 l:savepoint2 h:savepoint2 ");
    CHECK(told("release a") == "h:release2 l:release2 ");
    CHECK(told("rollback") == "h:abort l:abort ");
}

TEST_CASE("who cannot prepare undoes the transaction for all, and its block is over") {
    std::string log;
    Hooks low(log, 'l'), high(log, 'h');
    Client client({&low, &high}, nullptr);
    low.fails = true;
    CHECK(client.run("select 1") == "1\nERROR 54000 full");
    CHECK(log == "l:begin h:begin h:prepare l:prepare h:abort l:abort ");
    CHECK_FALSE(client.session().in_transaction());
    client.run("begin");
    log.clear();
    CHECK(client.run("commit") == "ERROR 54000 full");
    CHECK(log == "h:prepare l:prepare h:abort l:abort ");
    CHECK(client.session().status() == TransactionStatus::idle);
}

TEST_CASE("LISTEN and NOTIFY go to whoever sees to them") {
    Told told;
    Client client({}, &told);
    CHECK(client.tags("listen A; listen \"A\"; notify a; notify a, 'é'''; unlisten a; unlisten *") ==
          "LISTEN\nLISTEN\nNOTIFY\nNOTIFY\nUNLISTEN\nUNLISTEN");
    CHECK(told.log == "listen a;listen A;notify a=;notify a=é';unlisten a;unlisten *;");
    told.log.clear();
    CHECK(client.tags("discard all") == "DISCARD ALL");
    CHECK(told.log == "unlisten *;");
    CHECK(client.run("begin; select 1/0") == "ERROR 22012 division by zero");
    CHECK(client.run("notify a") == "ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block");
    client.run("rollback");
    const std::string name(64, 'x');
    CHECK(client.tags("listen " + name) == "NOTICE 42622 identifier \"" + name + "\" will be truncated to \"" + name.substr(1) + "\"\nLISTEN");
}

TEST_CASE("where nobody does, they are not there") {
    Client client;
    CHECK(client.run("listen a") == "ERROR 0A000 LISTEN is not supported yet");
    CHECK(client.run("unlisten *") == "ERROR 0A000 UNLISTEN is not supported yet");
    CHECK(client.run("notify a") == "ERROR 0A000 NOTIFY is not supported yet");
    CHECK(client.tags("discard all") == "DISCARD ALL");
}
