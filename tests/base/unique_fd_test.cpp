#include "base/unique_fd.hpp"

#include <fcntl.h>

#include <utility>

#include "tests/catch.hpp"

using namespace forklore;

namespace {

int open_something() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed once, by its last owner") {
    int fd = open_something();
    {
        UniqueFd first{fd};
        CHECK(first);
        UniqueFd second = std::move(first);
        CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): promised
        CHECK(second.get() == fd);
        UniqueFd third;
        third = std::move(second);
        CHECK(third.get() == fd);
        CHECK(is_open(fd));
    }
    CHECK_FALSE(is_open(fd));
}

TEST_CASE("a descriptor that is replaced or given up is treated so") {
    int first = open_something(), second = open_something();
    UniqueFd owner{first};
    owner.reset(second);
    CHECK_FALSE(is_open(first));
    CHECK(owner.release() == second);
    CHECK_FALSE(owner);
    CHECK(is_open(second));
    owner.reset(second);
    owner.reset();
    CHECK_FALSE(is_open(second));
}
