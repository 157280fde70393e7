#include <algorithm>
#include <deque>

#include "server.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 100;  // seconds: servers are started, and psql
constexpr const char* k_texts = "select string_agg(number || ' ' || text, ', ' order by number) from board";

// Asks until the server answers: after a crash it says for a moment that it is in recovery.
std::string ask_until_answered(const TestServer& server, const std::string& sql) {
    for (;;) {
        std::string said = server.psql(sql);
        if (said.find("FATAL") == std::string::npos && said.find("connection") == std::string::npos)
            return said;
    }
}

}  // namespace

TEST_CASE("a note is there for all") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    CHECK(server.psql("select pin('hello')") == "1");
    CHECK(server.psql("select number, text from board") == "1|hello");
}

TEST_CASE("who is here already sees what is pinned later") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession early(server);
    CHECK(early.ask("select count(*) from board") == "0");
    server.psql("select pin('from another session')");
    CHECK(early.ask(k_texts) == "1 from another session");
    CHECK(early.ask("select pin('an answer')") == "2");
    CHECK(server.psql(k_texts) == "1 from another session, 2 an answer");
    INFO("and whose notes are they?");
    CHECK(early.ask("select count(*) from board where pid = pg_backend_pid()") == "1");
}

TEST_CASE("the oldest gives way") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    server.psql("select pin('note') from generate_series(1, 10)");
    INFO("ten notes were pinned, and there is room for eight");
    CHECK(server.psql("select min(number), max(number), count(*) from board") == "3|10|8");
}

TEST_CASE("what is too long is refused, and nothing hangs there that was not pinned") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    server.psql("select pin('hello')");
    CHECK(server.psql("select length(text) from board") == "5");
    PsqlSession session(server);
    INFO("a note of 101 bytes");
    CHECK(session.ask("\\set VERBOSITY sqlstate \\\\ select pin(repeat('x', 101))") == "ERROR:  22001");
    CHECK(server.psql(k_texts) == "1 hello");
    INFO("and then, by the same session, one of 100");
    CHECK(session.ask("select pin(repeat('x', 100))") == "2");
}

TEST_CASE("who is killed leaves his notes") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession witness(server);
    {
        PsqlSession victim(server);
        CHECK(victim.ask("select pin('my last words')") == "1");
        const pid_t pid = std::stoi(victim.ask("select pg_backend_pid()"));
        ::kill(pid, SIGKILL);
        while (witness.ask("select count(*) from pg_stat_activity where pid = " + std::to_string(pid)) != "0")
            ::sched_yield();
    }
    INFO("the session that pinned it was idle when it was killed");
    CHECK(witness.ask(k_texts) == "1 my last words");
}

TEST_CASE("when many pin at once, every note has a number of its own, and is whole") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    std::deque<Child> children;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        const std::string note(1 + static_cast<std::size_t>(letter - 'a') * 30, letter);
        const std::string sql = "select count(pin('" + note + "')) from generate_series(1, 400000)";
        children.emplace_back([&server, sql] {
            if (server.psql(sql) != "400000") throw std::runtime_error("psql did not get its answer");
        });
    }
    bool all_were_whole = true;
    PsqlSession reader(server);
    for (int i = 0; i < 200; ++i) {
        all_were_whole &=
            reader.ask(
                "select count(*) from board where text not in (repeat('a', 1), repeat('b', 31), "
                "repeat('c', 61), repeat('d', 91))") == "0";
    }
    for (Child& child : children) CHECK_NOTHROW(child.join());
    INFO("four sessions have pinned 400000 notes each, and a fifth one has read");
    const bool numbers_are_right = reader.ask("select max(number) from board") == "1600000";
    const bool all_were_whole_and_numbers_are_right = all_were_whole && numbers_are_right;
    CHECK(all_were_whole_and_numbers_are_right);
}

TEST_CASE("who is killed while he pins keeps nobody from pinning") {
    const Watchdog watchdog(k_patience);
    const TestServer server({"-c", "restart_after_crash=on"});
    INFO("sessions are killed while they pin one note after the other; then somebody else pins one");
    bool somebody_could_always_pin = true;
    for (int i = 0; i < 12; ++i) {
        const Watchdog each_time(k_patience / 5);
        Child busy([&] { server.psql("select count(pin('busy')) from generate_series(1, 100000000)"); });
        std::string pid;
        while (pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos)
            pid = server.psql(
                "select pid from pg_stat_activity where query like '%100000000%' and pid <> "
                "pg_backend_pid()");
        ::kill(std::stoi(pid), SIGKILL);
        busy.join();
        const std::string number = ask_until_answered(server, "select pin('next')");
        somebody_could_always_pin &=
            !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
    }
    CHECK(somebody_could_always_pin);
}
