#include "base/syscalls.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "tests/catch.hpp"
#include "tests/child_process.hpp"

using namespace forklore;
using forklore::testing::CapturedLog;
using forklore::testing::in_child;

namespace {

struct ClearedFaults {
    ClearedFaults() { sys::clear_faults(); }
    ~ClearedFaults() { sys::clear_faults(); }
};

}  // namespace

TEST_CASE("without a plan a call is the system's own") {
    ClearedFaults cleared;
    int fds[2];
    REQUIRE(sys::pipe2(fds, O_CLOEXEC) == 0);
    CHECK(sys::write(fds[1], "abc", 3) == 3);
    char buffer[8];
    CHECK(sys::read(fds[0], buffer, sizeof buffer) == 3);
    ::close(fds[0]);
    ::close(fds[1]);
    CHECK(sys::read(fds[0], buffer, sizeof buffer) == -1);
    CHECK(errno == EBADF);
}

TEST_CASE("planned calls fail, those before and after do not") {
    ClearedFaults cleared;
    sys::plan_fault(sys::Call::fork, ENOMEM, 2, 1);
    auto fork_and_wait = [] {
        pid_t child = sys::fork();
        if (child == 0) ::_exit(0);
        int error = errno;
        if (child > 0) sys::waitpid(child, nullptr, 0);
        return child > 0 ? 0 : error;
    };
    CHECK(fork_and_wait() == 0);
    CHECK(fork_and_wait() == ENOMEM);
    CHECK(fork_and_wait() == ENOMEM);
    CHECK(fork_and_wait() == 0);
}

TEST_CASE("each call looks at its own plan, and at no other") {
    ClearedFaults cleared;
    using sys::Call;
    char byte = 0;
    int fds[2] = {-1, -1};
    const msghdr message{};
    const std::vector<std::pair<Call, std::function<long()>>> calls{
        {Call::accept4, [&] { return sys::accept4(-1, nullptr, nullptr, 0); }},
        {Call::bind, [&] { return sys::bind(-1, nullptr, 0); }},
        {Call::connect, [&] { return sys::connect(-1, nullptr, 0); }},
        {Call::epoll_create1, [&] { return sys::epoll_create1(-1); }},
        {Call::epoll_ctl, [&] { return sys::epoll_ctl(-1, 0, -1, nullptr); }},
        {Call::epoll_wait, [&] { return sys::epoll_wait(-1, nullptr, 0, 0); }},
        {Call::eventfd, [&] { return sys::eventfd(0, -1); }},
        {Call::fsync, [&] { return sys::fsync(-1); }},
        {Call::ftruncate, [&] { return sys::ftruncate(-1, 0); }},
        {Call::kill, [&] { return sys::kill(::getpid(), -1); }},
        {Call::listen, [&] { return sys::listen(-1, 0); }},
        {Call::mkdir, [&] { return sys::mkdir("/nonexistent/folder", 0); }},
        {Call::mmap, [&] { return sys::mmap(nullptr, 0, 0, 0, -1, 0) == MAP_FAILED ? -1L : 0L; }},
        {Call::open, [&] { return sys::open("/nonexistent/file", O_RDONLY); }},
        {Call::pipe2, [&] { return sys::pipe2(fds, -1); }},
        {Call::pread, [&] { return sys::pread(-1, &byte, 1, 0); }},
        {Call::pwrite, [&] { return sys::pwrite(-1, &byte, 1, 0); }},
        {Call::read, [&] { return sys::read(-1, &byte, 1); }},
        {Call::recv, [&] { return sys::recv(-1, &byte, 1, 0); }},
        {Call::rename, [&] { return sys::rename("/nonexistent/a", "/nonexistent/b"); }},
        {Call::send, [&] { return sys::send(-1, &byte, 1, 0); }},
        {Call::sendmsg, [&] { return sys::sendmsg(-1, &message, 0); }},
        {Call::socket, [&] { return sys::socket(-1, 0, 0); }},
        {Call::socketpair, [&] { return sys::socketpair(-1, 0, 0, fds); }},
        {Call::unlink, [&] { return sys::unlink("/nonexistent/file"); }},
        {Call::waitpid, [&] { return sys::waitpid(1, nullptr, WNOHANG); }},
        {Call::write, [&] { return sys::write(-1, &byte, 1); }}};
    // All but fork, which has a test of its own.
    REQUIRE(calls.size() == static_cast<std::size_t>(Call::k_count) - 1);
    for (const auto& [planned, unused] : calls) {
        sys::clear_faults();
        sys::plan_fault(planned, EXDEV);
        for (const auto& [call, function] : calls) {
            INFO(static_cast<int>(planned) << " planned, " << static_cast<int>(call) << " called");
            errno = 0;
            CHECK(function() == -1);  // without a fault the kernel refuses these arguments
            CHECK((errno == EXDEV) == (call == planned));
        }
    }
}

TEST_CASE("a planned mmap fails in its own way") {
    ClearedFaults cleared;
    sys::plan_fault(sys::Call::mmap, ENOMEM);
    CHECK(sys::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    CHECK(errno == ENOMEM);
}

TEST_CASE("a plan is read from text") {
    ClearedFaults cleared;
    sys::plan_faults("unlink:EPERM:1:1,rename:ENOSPC");
    CHECK(sys::unlink("/nonexistent/file") == -1);
    CHECK(errno == ENOENT);
    CHECK(sys::unlink("/nonexistent/file") == -1);
    CHECK(errno == EPERM);
    CHECK(sys::rename("/nonexistent/a", "/nonexistent/b") == -1);
    CHECK(errno == ENOSPC);
    for (const char* wrong : {"", "accept4", "zork:EINTR", "fork:EZORK", "fork:ENOMEM:x", "fork:ENOMEM:-1",
                              "fork:ENOMEM:1:2:3", "fork:ENOMEM,"}) {
        INFO(wrong);
        CHECK_THROWS_AS(sys::plan_faults(wrong), Error);
    }
}

TEST_CASE("a child counts for itself") {
    ClearedFaults cleared;
    sys::plan_fault(sys::Call::unlink, EIO, 1);
    CHECK(in_child([] {
              CHILD_CHECK(sys::unlink("/nonexistent/file") == -1 && errno == EIO);
              CHILD_CHECK(sys::unlink("/nonexistent/file") == -1 && errno == ENOENT);
          }) == 0);
    CHECK(sys::unlink("/nonexistent/file") == -1);
    CHECK(errno == EIO);
}

TEST_CASE("a plan comes from outside, through the environment") {
    // This very program, told to run one case that does nothing, with a plan that is none.
    CapturedLog log;
    CHECK(in_child([] {
              ::setenv("FORKLORE_FAULTS", "fork:EZORK", 1);
              ::execl("/proc/self/exe", "base-tests", "--list-test-names-only", nullptr);
          }) == 2);
    CHECK(log.take() == "FORKLORE_FAULTS: invalid fault plan: \"fork:EZORK\"\n");
}

TEST_CASE("the planned fault from the environment happens", "[.from-environment]") {
    CHECK(sys::unlink("/nonexistent/file") == -1);
    CHECK(errno == EROFS);
}

TEST_CASE("a good plan from the environment is followed") {
    CHECK(in_child([] {
              ::setenv("FORKLORE_FAULTS", "unlink:EROFS", 1);
              ::close(STDOUT_FILENO);
              ::execl("/proc/self/exe", "base-tests", "[.from-environment]", nullptr);
          }) == 0);
}
