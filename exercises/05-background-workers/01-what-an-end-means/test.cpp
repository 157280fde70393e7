#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "ends.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;
using namespace std::chrono_literals;

namespace {

const std::string k_nothing = "nothing remains", k_whole = "it is buried", k_broken = "all must go";
const std::string k_forgotten = "it is forgotten", k_rests = "it rests", k_at_once = "it starts at once";

std::string remains(const End& end) {
    switch (what_remains(end)) {
        case Remains::nothing: return k_nothing;
        case Remains::whole: return k_whole;
        case Remains::broken: return k_broken;
    }
    return "no answer";
}

std::string follows(const End& end) {
    switch (what_follows(end)) {
        case Next::forget: return k_forgotten;
        case Next::rest: return k_rests;
        case Next::start_at_once: return k_at_once;
    }
    return "no answer";
}

// How a real child ends, as the kernel tells it.
int status_of(const std::function<void()>& life) {
    const Watchdog watchdog;
    const pid_t child = ::fork();
    if (child == 0) {
        leave_the_test();
        life();
        for (;;) ::pause();
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int exits(int with) {
    return status_of([with] { ::_exit(with); });
}
int dies_of(int signal) {
    return status_of([signal] {
        ::signal(signal, SIG_DFL);
        ::raise(signal);
    });
}

std::string name_of(int signal) { return std::string("SIG") + ::sigabbrev_np(signal); }

std::string story(const std::string& how, const End& end) {
    return fmt::format("a worker {}{}{}{}; {}", how, end.held ? ", with something in its hands" : "",
                       end.left ? "" : ", and has not left its slot",
                       end.unwanted ? "; somebody has asked for its end" : "",
                       end.interval == k_never ? "it is not to be restarted"
                                               : fmt::format("its interval is {} s", end.interval.count()));
}

const std::vector<std::chrono::seconds> k_intervals{5s, 3600s, k_never};
const std::vector<int> k_from_outside{SIGKILL, SIGTERM};
const std::vector<int> k_others{SIGSEGV, SIGBUS, SIGFPE, SIGQUIT, SIGHUP, SIGINT, SIGUSR1};

}  // namespace

TEST_CASE("who has finished is forgotten") {
    for (const auto interval : k_intervals) {
        const End end{.status = exits(0), .interval = interval};
        INFO(story("ends with exit status 0", end));
        CHECK(remains(end) == k_nothing);
        CHECK(follows(end) == k_forgotten);
    }
}

TEST_CASE("who gives up rests for its interval, if it has one") {
    for (const auto interval : k_intervals) {
        const End end{.status = exits(1), .interval = interval};
        INFO(story("ends with exit status 1", end));
        CHECK(remains(end) == k_nothing);
        CHECK(follows(end) == (interval == k_never ? k_forgotten : k_rests));
    }
}

TEST_CASE("who is killed with nothing in its hands dies alone") {
    for (const int signal : k_from_outside) {
        const End end{.status = dies_of(signal), .left = false, .interval = 5s};
        INFO(story("dies of " + name_of(signal), end));
        CHECK(remains(end) == k_whole);
        CHECK(follows(end) == k_at_once);
    }
}

TEST_CASE("who ends in any other way takes all with it") {
    for (const int signal : k_others) {
        const End end{.status = dies_of(signal), .left = false, .interval = 5s};
        INFO(story("dies of " + name_of(signal), end));
        CHECK(remains(end) == k_broken);
        CHECK(follows(end) == k_at_once);
    }
    for (const int code : {2, 3, 9, 15, 127, 255}) {
        const End end{.status = exits(code), .left = false, .interval = 5s};
        INFO(story(fmt::format("ends with exit status {}", code), end));
        CHECK(remains(end) == k_broken);
        CHECK(follows(end) == k_at_once);
    }
    // Where the kernel has been told to keep what the dead had in memory, it says so in one bit more.
    const End end{.status = SIGABRT | 0x80, .left = false, .interval = 5s};
    INFO(story("dies of SIGABRT, and the kernel has written a core file", end));
    CHECK(remains(end) == k_broken);
    CHECK(follows(end) == k_at_once);
}

TEST_CASE("who ends with something in its hands takes all with it, however it ends") {
    for (const int code : {0, 1}) {
        const End end{.status = exits(code), .held = true, .left = false, .interval = 5s};
        INFO(story(fmt::format("ends with exit status {}", code), end));
        CHECK(remains(end) == k_broken);
        CHECK(follows(end) == (code == 0 ? k_forgotten : k_rests));
    }
    for (const int signal : k_from_outside) {
        const End end{.status = dies_of(signal), .held = true, .left = false, .interval = 5s};
        INFO(story("dies of " + name_of(signal), end));
        CHECK(remains(end) == k_broken);
        CHECK(follows(end) == k_at_once);
    }
}

TEST_CASE("who goes without a word is buried, whatever its status says") {
    for (const int code : {0, 1}) {
        const End end{.status = exits(code), .left = false, .interval = 5s};
        INFO(story(fmt::format("calls exit({}) in the middle of its work", code), end));
        CHECK(remains(end) == k_whole);
        CHECK(follows(end) == (code == 0 ? k_forgotten : k_rests));
    }
}

TEST_CASE("who was never to be restarted, or is wanted no more, is forgotten however it ends") {
    for (const int status : {exits(0), exits(1), exits(2), dies_of(SIGKILL), dies_of(SIGSEGV)}) {
        const std::string how = WIFEXITED(status)
                                    ? fmt::format("ends with exit status {}", WEXITSTATUS(status))
                                    : "dies of " + name_of(WTERMSIG(status));
        const bool left = WIFEXITED(status) && WEXITSTATUS(status) < 2;
        const End never{.status = status, .left = left, .interval = k_never};
        const End unwanted{.status = status, .left = left, .unwanted = true, .interval = 5s};
        for (const End& end : {never, unwanted}) {
            INFO(story(how, end));
            CHECK(follows(end) == k_forgotten);
        }
        // What it leaves to others is another question.
        INFO(story(how, unwanted));
        CHECK(remains(unwanted) == remains(never));
    }
}

TEST_CASE("the whole table") {
    std::string table =
        fmt::format("{:24}{:20}{:18}{}\n", "it ends", "and", "the others", "with an interval");
    const auto row = [&](const std::string& how, const std::string& and_so, const End& end) {
        table += fmt::format("{:24}{:20}{:18}{}\n", how, and_so, remains(end), follows(end));
    };
    for (const int code : {0, 1, 2}) {
        const std::string how = fmt::format("with exit status {}", code);
        const int status = exits(code);
        if (code < 2) row(how, "has left its slot", {.status = status, .interval = 5s});
        row(how, "has not", {.status = status, .left = false, .interval = 5s});
        if (code < 2)
            row(how, "held something", {.status = status, .held = true, .left = false, .interval = 5s});
    }
    for (const int signal : {SIGKILL, SIGTERM, SIGSEGV}) {
        const std::string how = "by " + name_of(signal);
        const int status = dies_of(signal);
        row(how, "held nothing", {.status = status, .left = false, .interval = 5s});
        if (signal == SIGKILL)
            row(how, "held something", {.status = status, .held = true, .left = false, .interval = 5s});
    }
    fmt::print("{}", table);
}
