#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <deque>
#include <filesystem>
#include <vector>

#include "base/syscalls.hpp"
#include "connections/accept_loop.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

// What a backend of these tests sends its client as soon as it is born. Then it lives until its client closes.
struct Greeting {
    pid_t pid;
    int blocking;       // whether the socket that it was given blocks
    int close_on_exec;  // whether it closes on exec
};

// Notes all that the loop does.
class Launcher : public ClientLauncher {
public:
    void prepare() override { calls += "prepare "; }
    [[noreturn]] void become_backend(UniqueFd client) override {
        leave_the_test();
        const int fd = client.get();
        const Greeting greeting{::getpid(), (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0,
                                ::fcntl(fd, F_GETFD) & FD_CLOEXEC};
        if (::send(fd, &greeting, sizeof greeting, MSG_NOSIGNAL) != sizeof greeting) ::_exit(1);
        // What the client has said so far belongs to the backend: it says it back.
        pollfd wanted{fd, POLLIN, 0};
        char said[64];
        for (;;) {
            ::poll(&wanted, 1, -1);
            const ssize_t got = ::recv(fd, said, sizeof said, MSG_DONTWAIT);
            if (got == 0) ::_exit(0);
            if (got > 0) ::send(fd, said, static_cast<std::size_t>(got), MSG_NOSIGNAL);
        }
    }
    void child_started(pid_t child) override {
        calls += "started ";
        children.push_back(child);
    }
    void fork_failed(UniqueFd client, int error) override {
        calls += "fork_failed ";
        errors.push_back(error);
        const char sorry = 'E';
        ::send(client.get(), &sorry, 1, MSG_NOSIGNAL);
    }
    void accept_failed(int error) override {
        calls += "accept_failed ";
        errors.push_back(error);
    }

    std::string calls;
    std::vector<pid_t> children;
    std::vector<int> errors;
};

// A listening Unix socket, clients that connect to it, and the loop under test.
class House {
public:
    House() {
        char folder[] = "/tmp/forklore-XXXXXX";
        REQUIRE(::mkdtemp(folder) != nullptr);
        folder_ = folder;
        address_.sun_family = AF_UNIX;
        folder_.string().append("/socket").copy(address_.sun_path, sizeof address_.sun_path - 1);
        listening_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        REQUIRE(::bind(listening_.get(), address(), sizeof address_) == 0);
        REQUIRE(::listen(listening_.get(), 64) == 0);
    }
    ~House() {
        sys::clear_faults();
        // Children that still have a client go with it; the others are in nobody's way.
        clients.clear();
        for (const pid_t child : launcher.children) ::kill(child, SIGKILL);
        for (const pid_t child : launcher.children) ::waitpid(child, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }

    // A client that waits in the queue.
    int connect() {
        UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(client.get(), address(), sizeof address_) == 0);
        clients.push_back(std::move(client));
        return clients.back().get();
    }

    void turn() { accept_clients(listening_.get(), launcher); }

    Launcher launcher;
    std::deque<UniqueFd> clients;

private:
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }

    std::filesystem::path folder_;
    sockaddr_un address_{};
    UniqueFd listening_;
};

Greeting greeting_of(int client) {
    Greeting greeting{};
    const ssize_t got = ::recv(client, &greeting, sizeof greeting, MSG_WAITALL);
    INFO("the client waits for its backend's greeting");
    REQUIRE(got == sizeof greeting);
    return greeting;
}

}  // namespace

TEST_CASE("a client gets a process of its own") {
    const Watchdog watchdog;
    House house;
    const int client = house.connect();
    house.turn();
    REQUIRE(house.launcher.children.size() == 1);
    const bool answered_by_that_child = greeting_of(client).pid == house.launcher.children[0];
    CHECK(answered_by_that_child);
    CHECK(house.launcher.calls == "prepare started ");
}

TEST_CASE("when nobody waits, the loop does not wait either") {
    const Watchdog watchdog;
    House house;
    INFO("accept_clients is called with an empty queue");
    house.turn();
    CHECK(house.launcher.calls.empty());
}

TEST_CASE("the socket that a backend is given does not block, and closes on exec") {
    const Watchdog watchdog;
    House house;
    const int client = house.connect();
    house.turn();
    const Greeting greeting = greeting_of(client);
    CHECK_FALSE(greeting.blocking);
    CHECK(greeting.close_on_exec);
}

TEST_CASE("the parent keeps no copy of a connection") {
    const Watchdog watchdog;
    House house;
    for (int i = 0; i < 3; ++i) house.connect();
    const int before = open_descriptors();
    house.turn();
    const int more = open_descriptors() - before;
    INFO("three clients were accepted; the parent now has " << more << " descriptors more than before");
    CHECK(more == 0);
}

TEST_CASE("a connection ends with its backend") {
    const Watchdog watchdog;
    House house;
    const int first = house.connect();
    house.turn();
    house.connect();
    house.turn();
    REQUIRE(house.launcher.children.size() == 2);
    greeting_of(first);
    ::kill(house.launcher.children[0], SIGKILL);
    wait_for_end(house.launcher.children[0]);
    char byte;
    const bool first_client_sees_the_end = ::recv(first, &byte, 1, MSG_DONTWAIT) == 0;
    INFO(
        "two clients are connected, and the first one's backend has ended: somebody else holds its "
        "connection");
    CHECK(first_client_sees_the_end);
}

TEST_CASE("what a client has already said is left for its backend") {
    const Watchdog watchdog;
    House house;
    const int client = house.connect();
    REQUIRE(::send(client, "hello", 5, MSG_NOSIGNAL) == 5);
    house.turn();
    greeting_of(client);
    char said[6] = "";
    CHECK(::recv(client, said, 5, MSG_WAITALL) == 5);
    CHECK(std::string(said) == "hello");
}

TEST_CASE("a turn takes all who wait, but not more than its share") {
    const Watchdog watchdog(20);
    House house;
    for (int i = 0; i < k_accepts_per_turn + 4; ++i) house.connect();
    house.turn();
    INFO("20 clients wait; the first turn may take 16");
    CHECK(house.launcher.children.size() == 16);
    house.turn();
    CHECK(house.launcher.children.size() == 20);
    for (const UniqueFd& client : house.clients) greeting_of(client.get());
}

TEST_CASE("a signal, or a client that has left, does not end the turn") {
    const Watchdog watchdog;
    for (const int error : {EINTR, ECONNABORTED}) {
        House house;
        house.connect();
        house.connect();
        sys::plan_fault(sys::Call::accept4, error, 2, 1);
        house.turn();
        INFO("two clients wait; the second and third accept fail with "
             << (error == EINTR ? "EINTR" : "ECONNABORTED"));
        CHECK(house.launcher.children.size() == 2);
        CHECK(house.launcher.errors.empty());
    }
}

TEST_CASE("without descriptors or memory the turn is over, and the postmaster is told once") {
    const Watchdog watchdog;
    for (const int error : {EMFILE, ENFILE, ENOMEM}) {
        House house;
        house.connect();
        sys::plan_fault(sys::Call::accept4, error, 1'000'000);
        house.turn();
        INFO("one client waits; every accept fails with " << (error == EMFILE   ? "EMFILE"
                                                              : error == ENFILE ? "ENFILE"
                                                                                : "ENOMEM"));
        CHECK(house.launcher.calls == "accept_failed ");
        CHECK(house.launcher.errors == std::vector<int>{error});
    }
}

TEST_CASE("a client for whom there is no process is told so, and the next one gets his") {
    const Watchdog watchdog;
    House house;
    const int unlucky = house.connect();
    const int next = house.connect();
    sys::plan_fault(sys::Call::fork, EAGAIN, 1);
    const int before = open_descriptors();
    house.turn();
    INFO("two clients wait; the first fork fails with EAGAIN");
    CHECK(house.launcher.calls == "prepare fork_failed prepare started ");
    CHECK(house.launcher.errors == std::vector<int>{EAGAIN});
    char word = '\0';
    CHECK(::recv(unlucky, &word, 1, 0) == 1);
    CHECK(word == 'E');
    INFO("the unlucky client's connection has been closed");
    CHECK(::recv(unlucky, &word, 1, 0) == 0);
    CHECK(open_descriptors() == before);
    greeting_of(next);
}
