#include "base/clock.hpp"

#include <ctime>

#include "tests/catch.hpp"

using namespace forklore;

TEST_CASE("the wall clock counts from the year 2000") {
    std::int64_t before = std::time(nullptr);
    std::int64_t now = (now_us() + k_postgres_epoch_us) / 1'000'000;
    std::int64_t after = std::time(nullptr);
    CHECK(now >= before - 1);  // time() is allowed to lag by a tick
    CHECK(now <= after + 1);
    std::tm epoch{};
    epoch.tm_year = 100;
    epoch.tm_mday = 1;
    CHECK(::timegm(&epoch) * 1'000'000 == k_postgres_epoch_us);
}

TEST_CASE("the other clock never goes back") {
    std::int64_t last = monotonic_us();
    bool went_back = false;
    for (int i = 0; i < 100'000; ++i) {
        std::int64_t now = monotonic_us();
        went_back = went_back || now < last;
        last = now;
    }
    CHECK_FALSE(went_back);
}
