#include <deque>

#include "server.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 100;  // seconds: servers are started, and psql

// A session that does something, and what it looks like from another one.
class Background {
public:
    Background(const TestServer& server, const std::string& sql)
        : sql_(sql), client_([&server, sql] { server.psql(sql); }) {}

    // What another session sees of it: "type event", of what it waits for.
    std::string seen(PsqlSession& from) const {
        return from.ask(
            "select string_agg(wait_event_type || ' ' || wait_event, ', ') from pg_stat_activity where query "
            "= '" +
            sql_ + "' and state = 'active'");
    }
    // Its process.
    pid_t pid(PsqlSession& from) const {
        return std::stoi(from.ask("select max(pid) from pg_stat_activity where query = '" + sql_ + "'"));
    }
    bool ended() const { return process_state(client_.pid()) == 'Z'; }
    void join() { client_.join(); }

private:
    std::string sql_;
    Child client_;
};

// Somebody takes stock, for a very long time.
class Stocktaking {
public:
    Stocktaking(const TestServer& server, PsqlSession& witness)
        : session_(server, "select stocktaking(100000)") {
        INFO("a session takes stock; the test waits until it waits in k_stocktaking");
        while (session_.seen(witness) != "Extension Stocktaking" && !session_.ended()) ::usleep(1'000);
        pid_ = session_.ended() ? -1 : session_.pid(witness);
    }
    ~Stocktaking() { end(); }
    Stocktaking(const Stocktaking&) = delete;
    Stocktaking& operator=(const Stocktaking&) = delete;

    bool going_on() const { return pid_ > 0; }
    // Nothing else ends it: who holds a lock is not interrupted.
    void end() {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
        pid_ = -1;
    }

private:
    Background session_;
    pid_t pid_ = -1;
};

// Waits until a session has ended or waits for a lock. Returns for which, as "LWLock name", or "" if it has ended.
std::string lock_it_waits_for(const Background& session, PsqlSession& witness) {
    for (;;) {
        const bool ended = session.ended();
        const std::string seen = session.seen(witness);
        if (seen.starts_with("LWLock")) return seen;
        if (ended) return "";
        ::usleep(1'000);
    }
}

// Asks until the server answers: after a crash it says for a moment that it is in recovery.
std::string ask_until_answered(const TestServer& server, const std::string& sql) {
    for (;;) {
        std::string said = server.psql(sql);
        if (said.find("FATAL") == std::string::npos && said.find("connection") == std::string::npos)
            return said;
    }
}

}  // namespace

TEST_CASE("seats are booked beside each other, the first ones that are free") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    CHECK(server.psql("select book(3)") == "1");
    CHECK(server.psql("select book(2)") == "4");
    CHECK(server.psql("select free_seats()") == "995");
    CHECK(server.psql("select stocktaking(0)") == "t");
}

TEST_CASE("what cannot be booked leaves all as it was, and the lock free") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession session(server);
    CHECK(session.ask("select book(5)") == "1");
    CHECK(session.ask("\\set VERBOSITY sqlstate \\\\ select book(0)") == "ERROR:  22023");
    CHECK(session.ask("select book(996)") == "ERROR:  53000");
    INFO("and then, by the same session");
    CHECK(session.ask("select free_seats()") == "995");
    CHECK(session.ask("select book(995)") == "6");
    CHECK(session.ask("select book(1)") == "ERROR:  53000");
}

TEST_CASE("while somebody looks others may look") {
    const Watchdog watchdog(k_patience);
    const TestServer server({"-c", "restart_after_crash=on"});
    PsqlSession witness(server);
    Stocktaking stocktaking(server, witness);
    REQUIRE(stocktaking.going_on());
    Background looking(server, "select free_seats()");
    const std::string waits_for = lock_it_waits_for(looking, witness);
    INFO("one session takes stock, and another one wants to know what is free. Does it wait, and for what?");
    CHECK(waits_for == "");
}

TEST_CASE("while somebody looks nobody books, and everybody sees what he waits for") {
    const Watchdog watchdog(k_patience);
    {
        const TestServer server({"-c", "restart_after_crash=on"});
        PsqlSession witness(server);
        Stocktaking stocktaking(server, witness);
        REQUIRE(stocktaking.going_on());
        Background booking(server, "select book(1)");
        const std::string waits_for = lock_it_waits_for(booking, witness);
        INFO("one session takes stock, and another one wants to book. Does it wait, and for what?");
        REQUIRE(waits_for == "LWLock box_office");
    }
    const TestServer server;
    std::deque<Child> children;
    for (int i = 0; i < 4; ++i) {
        children.emplace_back([&server] {
            if (server.psql("select count(book(1)) from generate_series(1, 250)") != "250")
                throw std::runtime_error("psql did not get its answer");
        });
    }
    for (Child& child : children) CHECK_NOTHROW(child.join());
    INFO("then four sessions have booked 250 seats each, one by one");
    CHECK(server.psql("select free_seats()") == "0");
}

TEST_CASE("when somebody is killed with the lock the house is opened again, and empty") {
    const Watchdog watchdog(k_patience);
    const TestServer server({"-c", "restart_after_crash=on"});
    {
        PsqlSession witness(server);
        CHECK(witness.ask("select book(7)") == "1");
        Stocktaking stocktaking(server, witness);
        REQUIRE(stocktaking.going_on());
        stocktaking.end();
    }
    CHECK(ask_until_answered(server, "select free_seats()") == "1000");
    CHECK(server.psql("select book(1)") == "1");
}
