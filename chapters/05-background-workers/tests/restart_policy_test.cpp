// How long a worker rests that has failed.
#include "background_workers/restart_policy.hpp"

#include "tests/catch.hpp"

using namespace forklore;
using namespace std::chrono_literals;

TEST_CASE("who fails for the first time rests as long as it asked, and not at all if it did not") {
    CHECK(RestartPolicy().failed(0s, 5s) == 5s);
    CHECK(RestartPolicy().failed(0s, 0s) == 0s);
    CHECK(RestartPolicy().failed(1h, 0s) == 0s);
}

TEST_CASE("each rest is twice as long as the one before, up to a minute") {
    RestartPolicy policy;
    CHECK(policy.failed(0s, 0s) == 0s);
    for (auto rest = 100ms; rest < 1min; rest *= 2) CHECK(policy.failed(5ms, 0s) == rest);
    CHECK(policy.failed(5ms, 0s) == 1min);
    CHECK(policy.failed(5ms, 0s) == 1min);
    CHECK(policy.failures() == 13);
}

TEST_CASE("nobody rests less than it asked") {
    RestartPolicy policy;
    CHECK(policy.failed(0s, 7s) == 7s);
    CHECK(policy.failed(0s, 7s) == 14s);
    CHECK(policy.failed(0s, 30s) == 30s);
    CHECK(policy.failed(0s, 7s) == 1min);
    CHECK(policy.failed(0s, 1h) == 1h);
    CHECK(policy.failed(0s, 0s) == 1min);
}

TEST_CASE("who has lived for a while begins anew, and after a long rest a while is longer") {
    RestartPolicy policy;
    policy.failed(0s, 0s);
    policy.failed(0s, 0s);
    policy.failed(0s, 0s);
    CHECK(policy.failures() == 3);
    CHECK(policy.failed(1s, 0s) == 0s);
    CHECK(policy.failures() == 1);
    CHECK(policy.failed(0s, 10s) == 10s);
    CHECK(policy.failed(9s, 10s) == 20s);
    CHECK(policy.failed(20s, 10s) == 10s);
}
