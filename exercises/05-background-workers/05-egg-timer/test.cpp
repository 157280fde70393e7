#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "server.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 100;                       // seconds: servers are started, and psql
constexpr std::chrono::seconds k_patience_for_a_ring{20};  // after its time has come
bool shared = true, rings = true;                          // so far

// What a server is started with to have the module.
Words with_module(const Words& settings = {}) {
    const std::filesystem::path server = std::getenv("FORKLORE_EXERCISE_SERVER");
    Words arguments;
    const auto set = [&](const std::string& assignment) {
        arguments.insert(arguments.end(), {"-c", assignment});
    };
    set("dynamic_library_path=" + server.parent_path().string() + ":$libdir");
    set("shared_preload_libraries=egg_timer");
    for (const std::string& setting : settings) set(setting);
    return arguments;
}

// For tests that do not ask whether the worker ends by itself.
const Words k_soon_over = {"background_worker_stop_timeout=1s"};

std::string count_of(PsqlSession& session, const std::string& timer) {
    return session.ask("select count(*) from egg_timers where name = '" + timer + "'");
}

// The worker's process: another one than this, once it sleeps; 0 when there is none for too long.
pid_t sleeping_worker(PsqlSession& witness, pid_t but_not = 0) {
    const auto give_up = std::chrono::steady_clock::now() + k_patience_for_a_ring;
    for (; std::chrono::steady_clock::now() < give_up; ::usleep(5'000)) {
        const std::string found =
            witness.ask("select max(pid) from pg_stat_activity where backend_type = 'egg timer'");
        const pid_t pid = found.empty() ? 0 : std::stoi(found);
        if (pid == 0 || pid == but_not || process_state(pid) != 'S') continue;
        // It has gone to sleep to wait for work, not on its way there.
        if (witness.ask(
                "select count(*) from pg_stat_activity where wait_event_type = 'Extension' and pid = " +
                found) == "1")
            return pid;
    }
    return 0;
}

// How often a process has gone to sleep.
long times_slept(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    long times = -1;
    for (std::string word; status >> word;)
        if (word == "voluntary_ctxt_switches:") status >> times;
    return times;
}

// A session that listens.
class Ear {
public:
    explicit Ear(const TestServer& server) : session_(server) {
        session_.ask("listen egg_timer; select 'nothing yet'");
    }
    // The name of the next timer that rings; or that nothing has.
    std::string hear() {
        const std::string before = "with payload \"";
        const auto give_up = std::chrono::steady_clock::now() + k_patience_for_a_ring;
        for (; std::chrono::steady_clock::now() < give_up; ::usleep(1'000)) {
            const std::string line = session_.ask("select 'nothing yet'");
            if (line == "nothing yet") continue;
            const std::size_t begin = line.find(before);
            if (begin == line.npos) return line;
            return line.substr(begin + before.size(),
                               line.find('"', begin + before.size()) - begin - before.size());
        }
        return "(nothing)";
    }

private:
    PsqlSession session_;
};

}  // namespace

TEST_CASE("a timer that one session has set is seen by all") {
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module(k_soon_over));
    PsqlSession one(server), other(server);
    const std::string returned = one.ask("select egg_timer('cake', 3600)");
    one.ask("select egg_timer('tea', 1800)");
    const std::string seen = other.ask("select string_agg(name, ' and ' order by rings_at) from egg_timers");
    shared = seen == "tea and cake";
    INFO("one session has set the timers cake and tea; what another one sees in egg_timers");
    CHECK(seen == "tea and cake");
    if (!shared) return;
    CHECK(other.ask("select rings_at from egg_timers where name = 'cake'") == returned);
    INFO("a timer has been set for 3600 seconds, and then the view is asked: rings_at - now()");
    CHECK(other.ask(
              "select rings_at - now() between '50 min' and '60 min' from egg_timers where name = 'cake'") ==
          "t");
}

TEST_CASE("what cannot be is refused") {
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module({"background_worker_stop_timeout=1s", "egg_timer.most=2"}));
    PsqlSession session(server);
    session.ask("\\set VERBOSITY sqlstate \\\\ select 1");
    for (const std::string call :
         {"('', 1)", "('tea', -1)", "('tea', 'NaN')", "('tea', 100000)", "(repeat('tea', 22), 1)"}) {
        INFO("egg_timer" << call);
        CHECK(session.ask("select egg_timer" + call) == "ERROR:  22023");
    }
    CHECK(session.ask("select count(egg_timer('tea', 3600)) from generate_series(1, 2)") == "2");
    {
        INFO("egg_timer.most is 2, and two are set");
        CHECK(session.ask("select egg_timer('cake', 3600)") == "ERROR:  53400");
    }
    {
        INFO("set egg_timer.most, which room in shared memory depends on");
        CHECK(session.ask("set egg_timer.most = 3") == "ERROR:  55P02");
    }
    INFO("set egg_timer.msot, which nobody has defined");
    CHECK(session.ask("set egg_timer.msot = 3; select 'no error'") == "ERROR:  42602");
}

TEST_CASE("a wrong value for a setting is told in the log, and the module is there all the same") {
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module({"background_worker_stop_timeout=1s", "egg_timer.most=0"}));
    const bool told_in_the_log =
        server.log().find("0 is outside the valid range for parameter \"egg_timer.most\"") !=
        std::string::npos;
    INFO("the server is started with egg_timer.most = 0");
    CHECK(told_in_the_log);
    CHECK(server.psql("show egg_timer.most") == "16");
}

TEST_CASE("a server that has not loaded it says so") {
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module({"shared_preload_libraries="}));
    const std::string said = server.psql("load 'egg_timer'");
    if (const std::string open = "05-background-workers/05-egg-timer is not written yet";
        said.find(open) != said.npos)
        throw forklore::NotWrittenYet(open);
    INFO("load 'egg_timer', in a session of a server that is running");
    CHECK(said.substr(0, said.find('\n')) ==
          "ERROR:  module \"egg_timer\" must be loaded via \"shared_preload_libraries\"");
}

TEST_CASE("a timer rings when its time has come, and not before") {
    if (!shared) FAIL("not tried: timers are not seen by all");
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module(k_soon_over));
    Ear ear(server);
    PsqlSession session(server);
    const bool it_sleeps = sleeping_worker(session) != 0;
    REQUIRE(it_sleeps);
    const auto set_at = std::chrono::steady_clock::now();
    session.ask("select egg_timer('egg', 0.5)");
    {
        INFO("the timer egg is set for half a second; what a session hears that listens");
        const std::string heard = ear.hear();
        rings = heard == "egg";
        CHECK(heard == "egg");
    }
    const bool too_early = std::chrono::steady_clock::now() - set_at < std::chrono::milliseconds(500);
    CHECK_FALSE(too_early);
    if (!rings) return;
    INFO("egg has rung; how often it is in egg_timers");
    std::string there = count_of(session, "egg");
    for (int i = 0; there != "0" && i < 1000; ++i, ::usleep(10'000)) there = count_of(session, "egg");
    CHECK(there == "0");
}

TEST_CASE("one that is set later may ring earlier") {
    if (!shared || !rings) FAIL("not tried: timers do not ring");
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module(k_soon_over));
    Ear ear(server);
    PsqlSession session(server);
    session.ask("select egg_timer('cake', 3600)");
    const bool it_sleeps = sleeping_worker(session) != 0;
    REQUIRE(it_sleeps);
    session.ask("select egg_timer('tea', 0)");
    INFO("cake is set for an hour, the worker sleeps, and tea is set for at once; what a session hears");
    CHECK(ear.hear() == "tea");
    CHECK(count_of(session, "cake") == "1");
}

TEST_CASE("as long as there is nothing to do the worker sleeps") {
    if (!shared || !rings) FAIL("not tried: timers do not ring");
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module(k_soon_over));
    PsqlSession session(server);
    const pid_t worker = sleeping_worker(session);
    REQUIRE(worker != 0);
    bool slept_through = false;
    for (int i = 0; i < 10 && !slept_through; ++i) {
        const long before = times_slept(worker);
        ::usleep(1'500'000);
        slept_through = times_slept(worker) == before;
    }
    INFO(
        "no timer is set; ten times the worker has been watched for one and a half seconds, and woke each "
        "time");
    CHECK(slept_through);
}

TEST_CASE("another worker takes the place of one that was killed, and no timer is lost") {
    if (!shared || !rings) FAIL("not tried: timers do not ring");
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module(k_soon_over));
    Ear ear(server);
    PsqlSession session(server);
    session.ask("select egg_timer('cake', 3600)");
    session.ask("select egg_timer('egg', 3)");
    const pid_t first = sleeping_worker(session);
    REQUIRE(first != 0);
    ::kill(first, SIGKILL);
    const pid_t second = sleeping_worker(session, first);
    {
        INFO("cake and egg are set, and the worker gets SIGKILL");
        const bool there_is_a_second = second != 0;
        REQUIRE(there_is_a_second);
        CHECK(ear.hear() == "egg");
        CHECK(count_of(session, "cake") == "1");
    }
    ::kill(second, SIGTERM);
    const bool there_is_a_third = sleeping_worker(session, second) != 0;
    INFO("the one that took its place gets SIGTERM");
    REQUIRE(there_is_a_third);
    session.ask("select egg_timer('tea', 0)");
    CHECK(ear.hear() == "tea");
}

TEST_CASE("the worker ends when the server does") {
    const Watchdog watchdog(k_patience);
    const TestServer server(with_module({"background_worker_stop_timeout=20s"}));
    {
        PsqlSession session(server);
        session.ask("select egg_timer('cake', 3600)");
        const bool it_sleeps = sleeping_worker(session) != 0;
        REQUIRE(it_sleeps);
    }
    ::kill(server.pid(), SIGINT);
    wait_for_end(server.pid());
    const bool had_to_be_killed = server.log().find("has not ended within") != std::string::npos;
    INFO("a fast shutdown; the server has waited 20 seconds for the worker to end");
    CHECK_FALSE(had_to_be_killed);
}
