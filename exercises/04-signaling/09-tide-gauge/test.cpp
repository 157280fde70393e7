#include <fstream>
#include <string>

#include "server.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 60;  // seconds: servers are started, and psql
bool sound = true;                   // so far
bool cancelled = true;               // who waited, if that has been tried

// How often a process has gone to sleep.
long times_slept(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    long times = -1;
    for (std::string word; status >> word;)
        if (word == "voluntary_ctxt_switches:") status >> times;
    return times;
}

// A session that waits for a level, and what it looks like from another one.
class Awaiting {
public:
    Awaiting(const TestServer& server, PsqlSession& witness, const std::string& at_least)
        : witness_(witness), sql_("select await_level(" + at_least + ")"), client_([this, &server] {
              const std::string said = server.psql(sql_);
              if (::write(answer_.write_end.get(), said.data(), said.size()) < 0) ::_exit(1);
          }) {
        answer_.write_end.reset();
        // The server's process is at its statement, and sleeps.
        for (; !ended(); ::usleep(1'000)) {
            const std::string found = witness_.ask(
                "select max(pid) from pg_stat_activity where state = 'active' and query = '" + sql_ + "'");
            if (found.empty()) continue;
            pid_ = std::stoi(found);
            if (process_state(pid_) == 'S') break;
        }
    }

    pid_t pid() const { return pid_; }
    // For what it waits.
    std::string seen() {
        return witness_.ask(
            "select max(wait_event_type || ' ' || wait_event) from pg_stat_activity where pid = " +
            std::to_string(pid_));
    }
    bool ended() const { return process_state(client_.pid()) == 'Z'; }
    // Waits until it has ended, or has gone to sleep for the same once more. Returns whether it has ended.
    bool ends_instead_of_sleeping_on(long slept_before) {
        for (; !ended(); ::usleep(1'000))
            if (times_slept(pid_) > slept_before && seen() == "Extension Tide") return false;
        return true;
    }
    // What psql has printed.
    std::string answer() {
        std::string said = read_all(answer_.read_end.get());
        client_.join();
        return said;
    }

private:
    PsqlSession& witness_;
    std::string sql_;
    Pipe answer_;
    Child client_;
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the level rises, and nobody waits for what has been reached") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession session(server);
    CHECK(session.ask("select level()") == "0");
    CHECK(session.ask("select rise(3)") == "3");
    CHECK(session.ask("select rise(4000000000)") == "4000000003");
    CHECK(session.ask("select await_level(4000000003)") == "4000000003");
    CHECK(session.ask("\\set VERBOSITY sqlstate \\\\ select rise(0)") == "ERROR:  22023");
    CHECK(session.ask("select level()") == "4000000003");
}

TEST_CASE("who waits says for what, and is woken when its level has come, and not before") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession witness(server);
    Awaiting low(server, witness, "501"), high(server, witness, "100000");
    {
        INFO("a session waits for level 501; what pg_stat_activity says that it waits for");
        CHECK(low.seen() == "Extension Tide");
    }
    const long low_slept = times_slept(low.pid()), high_slept = times_slept(high.pid());
    for (int i = 0; i < 500; ++i) witness.ask("select rise(1)");
    const bool both_sleep_on = times_slept(low.pid()) == low_slept && times_slept(high.pid()) == high_slept;
    sound = sound && both_sleep_on;
    {
        INFO("two sessions wait, for level 501 and for a higher one. The level rises to 500, step by step");
        CHECK(both_sleep_on);
    }
    CHECK(witness.ask("select rise(1)") == "501");
    INFO("the level has come to 501, for which one of them waits");
    CHECK(low.answer() == "501");
    CHECK(witness.ask("select rise(99500)") == "100001");
    CHECK(high.answer() == "100001");
}

TEST_CASE("who waits can be cancelled") {
    if (!sound) FAIL("not tried: who waits does not sleep on");
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession witness(server);
    Awaiting waiting(server, witness, "10");
    const long slept = times_slept(waiting.pid());
    CHECK(witness.ask("select pg_cancel_backend(" + std::to_string(waiting.pid()) + ")") == "t");
    INFO("a session waits for a level, and another one calls pg_cancel_backend");
    const bool it_ends = waiting.ends_instead_of_sleeping_on(slept);
    cancelled = it_ends;
    CHECK(it_ends);
    witness.ask("select rise(10)");
    if (it_ends) CHECK(waiting.answer() == "ERROR:  canceling statement due to user request");
}

TEST_CASE("who waits no more is not woken") {
    if (!sound || !cancelled) FAIL("not tried: who waits does not sleep on, or cannot be cancelled");
    const Watchdog watchdog(k_patience);
    const TestServer server;
    PsqlSession session(server), witness(server);
    const pid_t pid = std::stoi(session.ask("select pg_backend_pid()"));
    const auto is_woken = [&] {
        // It sleeps, and waits for its client.
        const std::string state = "select state from pg_stat_activity where pid = " + std::to_string(pid);
        while (witness.ask(state) != "idle" || process_state(pid) != 'S') ::usleep(1'000);
        const long slept = times_slept(pid);
        for (int i = 0; i < 100; ++i) witness.ask("select rise(1)");
        return times_slept(pid) != slept;
    };
    witness.ask("select rise(10)");
    session.ask("select await_level(10)");
    const bool woken_after_its_level_has_come = is_woken();
    {
        INFO("a session has waited for level 10, which has come; it is idle, and the level rises on");
        CHECK_FALSE(woken_after_its_level_has_come);
    }
    session.ask("set statement_timeout = 100; select await_level(1000)");
    witness.ask("select rise(1000)");
    const bool woken_after_its_time_was_over = is_woken();
    INFO(
        "a session has waited for level 1000 until statement_timeout; it is idle, and the level rises beyond "
        "it");
    CHECK_FALSE(woken_after_its_time_was_over);
}

TEST_CASE("a thousand levels, each awaited by two while others raise it: nobody oversleeps one") {
    if (!sound) FAIL("not tried: who waits does not sleep on");
    const Watchdog watchdog(k_patience);
    const TestServer server;
    const auto says = [&server](const std::string& sql, const std::string& answer) {
        return [&server, sql, answer] {
            if (const std::string said = server.psql(sql); said != answer) throw std::runtime_error(said);
        };
    };
    const std::string await_all = "select count(await_level(n)) from generate_series(1, 1000) n";
    const std::string raise_half = "select count(rise(1)) from generate_series(1, 500)";
    Child first(says(await_all, "1000")), second(says(await_all, "1000"));
    Child one_half(says(raise_half, "500")), other_half(says(raise_half, "500"));
    for (Child* child : {&first, &second, &one_half, &other_half}) CHECK_NOTHROW(child->join());
}
