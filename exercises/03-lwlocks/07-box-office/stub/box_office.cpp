#include "box_office.hpp"

#include "base/error.hpp"
#include "base/wait_set.hpp"
#include "lwlocks/lw_lock.hpp"
#include "not_written_yet.hpp"
#include "queries/declare.hpp"
#include "shared_memory/segment.hpp"

namespace forklore::exercise {

std::int32_t book([[maybe_unused]] std::int32_t count) {
    // TODO: find so many free seats beside each other, alone.
    not_written_yet("03-lwlocks/07-box-office");
}

std::int32_t free_seats() {
    // TODO: count them, in company.
    not_written_yet("03-lwlocks/07-box-office");
}

bool stocktaking([[maybe_unused]] double seconds) {
    // TODO: count, interruptible_sleep (it takes microseconds, and k_stocktaking), count again.
    not_written_yet("03-lwlocks/07-box-office");
}

namespace {

class BoxOfficeSubsystem : public Subsystem {
public:
    std::string_view name() const override { return "box_office"; }

    void request_shared_memory() override {
        // TODO: room for the house, and a lock.
        not_written_yet("03-lwlocks/07-box-office");
    }

    void create_shared() override {
        // TODO: the house itself.
        not_written_yet("03-lwlocks/07-box-office");
    }

    void register_sql(Registry& to) override {
        to.add(function<book>("book", 0, {.volatility = Volatility::volatile_}));
        to.add(function<free_seats>("free_seats", 0, {.volatility = Volatility::volatile_}));
        to.add(function<stocktaking>("stocktaking", 0, {.volatility = Volatility::volatile_}));
    }
};

}  // namespace

std::unique_ptr<Subsystem> box_office_subsystem() { return std::make_unique<BoxOfficeSubsystem>(); }

}  // namespace forklore::exercise
