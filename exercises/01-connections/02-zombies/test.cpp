#include <deque>
#include <map>

#include "processes.hpp"
#include "reaper.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

// What the postmaster knows of its children: who was buried, and with which status.
struct Graveyard {
    std::map<pid_t, int> buried;
    int twice = 0;

    void reap() {
        reap_children([this](pid_t pid, int status) {
            if (!buried.emplace(pid, status).second) ++twice;
        });
    }
};

pid_t start(const std::function<int()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(work());
    return pid;
}

void block_sigchld(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    ::sigprocmask(how, &set, nullptr);
}

}  // namespace

TEST_CASE("a child that ends is buried, and its exit status is known") {
    const Watchdog watchdog;
    watch_children();
    Graveyard graveyard;
    const pid_t pid = start([] { return 3; });
    wait_for_end(pid);
    graveyard.reap();
    INFO("one child ended with exit status 3");
    REQUIRE(graveyard.buried.count(pid) == 1);
    CHECK(WIFEXITED(graveyard.buried[pid]));
    CHECK(WEXITSTATUS(graveyard.buried[pid]) == 3);
    CHECK(process_state(pid) == '-');
}

TEST_CASE("a child that is killed is buried, and the signal is known") {
    const Watchdog watchdog;
    watch_children();
    Graveyard graveyard;
    const pid_t pid = start([] { return ::pause(); });
    ::kill(pid, SIGKILL);
    wait_for_end(pid);
    graveyard.reap();
    INFO("one child was killed with SIGKILL");
    REQUIRE(graveyard.buried.count(pid) == 1);
    CHECK(WIFSIGNALED(graveyard.buried[pid]));
    CHECK(WTERMSIG(graveyard.buried[pid]) == SIGKILL);
}

TEST_CASE("when nobody has ended there is nothing to do") {
    const Watchdog watchdog;
    INFO("reap_children is called without a child that ended");
    watch_children();
    Graveyard graveyard;
    graveyard.reap();
    CHECK(graveyard.buried.empty());
}

TEST_CASE("five children that end at once are all buried") {
    const Watchdog watchdog;
    watch_children();
    Graveyard graveyard;
    // While the signal is blocked it can be pending only once.
    block_sigchld(SIG_BLOCK);
    std::deque<pid_t> pids;
    for (int i = 0; i < 5; ++i) pids.push_back(start([] { return 0; }));
    for (const pid_t pid : pids) wait_for_end(pid);
    block_sigchld(SIG_UNBLOCK);
    graveyard.reap();

    std::size_t zombies = 0;
    for (const pid_t pid : pids) zombies += process_state(pid) == 'Z' ? 1U : 0U;
    INFO("5 children ended before the postmaster looked; " << graveyard.buried.size() << " were buried, "
                                                           << zombies << " are zombies");
    CHECK(zombies == 0);
    CHECK(graveyard.buried.size() == 5);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

TEST_CASE("a child that ends while another is being buried is not forgotten") {
    const Watchdog watchdog;
    watch_children();
    std::map<pid_t, int> buried;
    const pid_t first = start([] { return 0; });
    pid_t second = -1;
    wait_for_end(first);
    const auto bury = [&](pid_t pid, int status) {
        buried[pid] = status;
        if (second > 0) return;
        second = start([] { return 0; });
        wait_for_end(second);
    };
    reap_children(bury);
    reap_children(bury);
    INFO("a second child ended inside the first one's burial; then the loop went round once more");
    CHECK(buried.count(first) == 1);
    CHECK(buried.count(second) == 1);
}

TEST_CASE("the living are not waited for") {
    const Watchdog watchdog;
    INFO("one child has ended, another one lives; reap_children should bury the one and return");
    watch_children();
    Graveyard graveyard;
    const Pipe life;
    const pid_t living = start([&] {
        get_byte(life.read_end.get());
        return 0;
    });
    const pid_t dead = start([] { return 0; });
    wait_for_end(dead);
    graveyard.reap();
    CHECK(graveyard.buried.count(dead) == 1);
    CHECK(graveyard.buried.count(living) == 0);
    put_byte(life.write_end.get());
    wait_for_end(living);
    graveyard.reap();
    CHECK(graveyard.buried.count(living) == 1);
    CHECK(graveyard.twice == 0);
}
