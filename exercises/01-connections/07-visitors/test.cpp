#include "server.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 60;  // seconds: servers are started, and psql

// A session that has ended is counted when the postmaster has buried its process: nobody is its child any more.
void wait_until_buried(const TestServer& server, std::size_t those_who_stay = 0) {
    while (server.children().size() > those_who_stay) ::sched_yield();
}

}  // namespace

TEST_CASE("visitors are welcomed") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    CHECK(server.psql("show visitors.greeting") == "welcome");
}

TEST_CASE("each client may choose another greeting, for itself") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    CHECK(server.psql("set visitors.greeting = 'hello'; show visitors.greeting") == "hello");
    CHECK(server.psql("show visitors.greeting", {"PGOPTIONS=-c visitors.greeting=hi"}) == "hi");
    INFO("and the next client?");
    CHECK(server.psql("show visitors.greeting") == "welcome");
}

TEST_CASE("the operator may choose another greeting, for all") {
    const Watchdog watchdog(k_patience);
    const TestServer server({"-c", "visitors.greeting=good day"});
    CHECK(server.psql("show visitors.greeting") == "good day");
}

TEST_CASE("each session knows how many were here before it") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    for (const char* number : {"0", "1", "2", "3"}) {
        INFO("sessions that have ended so far: " << number);
        CHECK(server.psql("show visitors.before_me") == number);
        wait_until_buried(server);
    }
}

TEST_CASE("a session keeps the number that it was born with") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    server.psql("show visitors.before_me");
    wait_until_buried(server);
    PsqlSession stays(server);
    CHECK(stays.ask("show visitors.before_me") == "1");
    server.psql("show visitors.before_me");
    wait_until_buried(server, 1);
    INFO("two sessions have ended, one of them while this one was connected");
    CHECK(stays.ask("show visitors.before_me") == "1");
    CHECK(server.psql("show visitors.before_me") == "2");
}

TEST_CASE("who was killed was here, too") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    {
        PsqlSession victim(server);
        victim.ask("show visitors.greeting");
        REQUIRE(server.children().size() == 1);
        ::kill(server.children()[0], SIGKILL);
        wait_until_buried(server);
    }
    INFO("one session has ended: its backend was killed with SIGKILL");
    CHECK(server.psql("show visitors.before_me") == "1");
}

TEST_CASE("no client changes the number") {
    const Watchdog watchdog(k_patience);
    const TestServer server;
    CHECK(server.psql("set visitors.before_me = 100") ==
          "ERROR:  parameter \"visitors.before_me\" cannot be changed");
    const std::string refusal =
        server.psql("show visitors.before_me", {"PGOPTIONS=-c visitors.before_me=100"});
    INFO("PGOPTIONS='-c visitors.before_me=100' psql -c 'show visitors.before_me'");
    const bool it_is_refused =
        refusal.find("parameter \"visitors.before_me\" cannot be changed") != std::string::npos;
    CHECK(it_is_refused);
}
