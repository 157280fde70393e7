// Takes the lock, does its work, and gives it back.
#include "box_office.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/wait_set.hpp"
#include "lwlocks/lw_lock.hpp"
#include "queries/declare.hpp"
#include "shared_memory/segment.hpp"

namespace forklore::exercise {

namespace {

// Zeroed memory is a house in which all seats are free.
struct House {
    using Shareable = void;
    std::array<bool, k_seats> booked;  // guarded by the lock
};

House* house = nullptr;  // the same address in every process

LWLock& lock() { return requested_lw_locks(k_tranche)[0].lock; }

// Whoever calls it has the lock, at least shared.
std::int32_t count_free() {
    return static_cast<std::int32_t>(std::count(house->booked.begin(), house->booked.end(), false));
}

}  // namespace

std::int32_t book(std::int32_t count) {
    if (count < 1) throw Error(sqlstate::invalid_parameter_value, "at least one seat must be booked");
    lock().acquire(LWLockMode::exclusive);
    const auto first = std::search_n(house->booked.begin(), house->booked.end(), count, false);
    if (first == house->booked.end())
        throw Error(sqlstate::insufficient_resources, "there are no {} free seats beside each other", count);
    std::fill_n(first, count, true);
    lock().release();
    return static_cast<std::int32_t>(first - house->booked.begin()) + 1;
}

std::int32_t free_seats() {
    const LWLockGuard guard(lock(), LWLockMode::shared);
    return count_free();
}

bool stocktaking(double seconds) {
    const LWLockGuard guard(lock(), LWLockMode::shared);
    const std::int32_t before = count_free();
    interruptible_sleep(static_cast<std::int64_t>(seconds * 1e6), k_stocktaking);
    return count_free() == before;
}

namespace {

class BoxOfficeSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "box_office"; }

    void request_shared_memory() override {
        segment().request("Box Office", sizeof(House));
        request_lw_locks(k_tranche, 1);
    }

    void create_shared() override { house = &segment().find_or_create<House>("Box Office"); }

    void register_sql(Registry& to) override {
        to.add(function<book>("book", 0, {.volatility = Volatility::volatile_}));
        to.add(function<free_seats>("free_seats", 0, {.volatility = Volatility::volatile_}));
        to.add(function<stocktaking>("stocktaking", 0, {.volatility = Volatility::volatile_}));
    }
};

}  // namespace

std::unique_ptr<Subsystem> box_office_subsystem() { return std::make_unique<BoxOfficeSubsystem>(); }

}  // namespace forklore::exercise
