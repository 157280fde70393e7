#include "base/wait_set.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/syscalls.hpp"
#include "tests/catch.hpp"

using namespace forklore;

namespace {

struct Pair {
    Pair() {
        int fds[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        ours.reset(fds[0]);
        theirs.reset(fds[1]);
    }
    UniqueFd ours, theirs;
};

void fill(int fd) {
    std::array<char, 65536> bytes{};
    while (::send(fd, bytes.data(), bytes.size(), 0) > 0) {
    }
}

}  // namespace

TEST_CASE("a wait tells who is ready and for what") {
    WaitSet set;
    Pair pair;
    set.add(pair.ours.get(), k_readable);
    CHECK(set.wait(0).empty());
    REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
    auto ready = set.wait();
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].fd == pair.ours.get());
    CHECK(ready[0].events == k_readable);
    // It stays ready until somebody reads.
    CHECK(set.wait(0).size() == 1);
    char byte;
    REQUIRE(::recv(pair.ours.get(), &byte, 1, 0) == 1);
    CHECK(set.wait(0).empty());

    set.modify(pair.ours.get(), k_readable | k_writable);
    ready = set.wait();
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].events == k_writable);
    fill(pair.ours.get());
    CHECK(set.wait(0).empty());
    set.remove(pair.ours.get());
    CHECK_NOTHROW(set.remove(pair.ours.get()));  // nothing to end
    CHECK_THROWS_AS(set.modify(pair.ours.get(), k_readable), Error);
}

TEST_CASE("who hangs up is noticed, also by those who do not read") {
    WaitSet set;
    Pair pair;
    set.add(pair.ours.get(), k_closed);
    REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
    CHECK(set.wait(0).empty());
    pair.theirs.reset();
    auto ready = set.wait();
    REQUIRE(ready.size() == 1);
    CHECK((ready[0].events & k_closed) != 0);
}

TEST_CASE("a half-closed connection can still be read") {
    WaitSet set;
    Pair pair;
    set.add(pair.ours.get(), k_readable | k_closed);
    REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
    REQUIRE(::shutdown(pair.theirs.get(), SHUT_WR) == 0);
    auto ready = set.wait();
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].events == (k_readable | k_closed));
}

TEST_CASE("many descriptors, ready at once, all get their turn") {
    WaitSet set;
    std::vector<Pair> pairs(200);
    for (Pair& pair : pairs) {
        set.add(pair.ours.get(), k_readable);
        REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
    }
    std::set<int> seen;
    char byte;
    for (int round = 0; round < 200 && seen.size() < pairs.size(); ++round) {
        for (const Ready& ready : set.wait(0)) {
            REQUIRE(::recv(ready.fd, &byte, 1, 0) == 1);
            seen.insert(ready.fd);
        }
    }
    CHECK(seen.size() == pairs.size());
    // Those that were removed from the middle are gone, the others are still there.
    for (std::size_t i = 0; i < pairs.size(); i += 2) set.remove(pairs[i].ours.get());
    for (Pair& pair : pairs) REQUIRE(::send(pair.theirs.get(), "x", 1, 0) == 1);
    seen.clear();
    for (int round = 0; round < 10; ++round) {
        for (const Ready& ready : set.wait(0)) {
            REQUIRE(::recv(ready.fd, &byte, 1, 0) == 1);
            seen.insert(ready.fd);
        }
    }
    CHECK(seen.size() == pairs.size() / 2);
}

TEST_CASE("a wait ends with its time") {
    WaitSet set;
    Pair pair;
    set.add(pair.ours.get(), k_readable);
    std::int64_t start = monotonic_us();
    CHECK(set.wait(30).empty());
    CHECK(monotonic_us() - start >= 29'000);
}

TEST_CASE("what cannot be watched is refused") {
    WaitSet set;
    CHECK_THROWS_AS(set.add(-1, k_readable), Error);
    Pair pair;
    set.add(pair.ours.get(), k_readable);
    CHECK_THROWS_AS(set.add(pair.ours.get(), k_readable), Error);
    CHECK_NOTHROW(set.remove(pair.ours.get()));
}

TEST_CASE("a wait that the kernel breaks off is an interrupt, one that it refuses is fatal") {
    WaitSet set;
    sys::clear_faults();
    sys::plan_fault(sys::Call::epoll_wait, EINTR);
    CHECK(set.wait().empty());
    sys::plan_fault(sys::Call::epoll_wait, EBADF);
    CHECK_THROWS_AS(set.wait(), Fatal);
    sys::clear_faults();
}
