#include <stdexcept>
#include <string>
#include <vector>

#include "processes.hpp"
#include "tests/catch.hpp"
#include "worker.hpp"

using namespace forklore::exercise;

namespace {

// The end of the working day: how a test comes back out of work().
struct GoHome {};

constexpr int k_too_many_steps = 200;  // for a few jobs

// What a worker did on a day on which jobs were brought at given moments.
class Day {
public:
    // A job before each of these steps, counted from 0; and when it sleeps, one more for each that is left over.
    explicit Day(std::vector<int> jobs, bool set_in_vain = false) : jobs_(std::move(jobs)) {
        before_step = [this](const char* step) {
            if (steps_ > k_too_many_steps) {
                trouble_ = desk_.open() > 0 ? "there is a job, and the worker does not do it"
                                            : "there is nothing to do, and the worker does not sleep";
                throw GoHome();
            }
            while (!jobs_.empty() && jobs_.front() == steps_) bring(std::string("before it ") + step);
            ++steps_;
        };
        asleep = [this, set_in_vain]() mutable {
            if (desk_.open() > 0) {
                trouble_ = "the worker sleeps, and there is a job";
                throw GoHome();
            }
            if (set_in_vain) {
                set_in_vain = false;
                said_ += "\n  while it sleeps its latch is set, and there is no job";
                return desk_.latch.set();
            }
            if (jobs_.empty()) throw GoHome();
            bring("while it sleeps");
        };
        try {
            work(desk_);
        } catch (const GoHome&) {
        }
        before_step = nullptr;
        asleep = nullptr;
    }
    Day(const Day&) = delete;
    Day& operator=(const Day&) = delete;

    std::string trouble() const { return trouble_; }
    // What happened before that.
    std::string story() const { return "a worker, and nothing to do at first" + said_; }
    int steps() const { return steps_; }

private:
    const Watchdog watchdog_;
    void bring(const std::string& when) {
        said_ += "\n  a job is brought " + when;
        jobs_.erase(jobs_.begin());
        desk_.bring_a_job();
    }

    Desk desk_;
    std::vector<int> jobs_;
    std::string said_, trouble_;
    int steps_ = 0;
};

constexpr int k_steps = 12;  // of a worker that does two jobs and sleeps, or a few more

void nothing_goes_wrong(const Day& day) {
    INFO(day.story());
    INFO(day.trouble());
    const bool all_is_well = day.trouble().empty();
    REQUIRE(all_is_well);
}

}  // namespace

TEST_CASE("who has nothing to do sleeps") { nothing_goes_wrong(Day({})); }

TEST_CASE("a job that is brought while the worker sleeps is done, and then it sleeps again") {
    nothing_goes_wrong(Day({k_steps}));
}

TEST_CASE("a worker that is woken in vain sleeps again") { nothing_goes_wrong(Day({}, true)); }

TEST_CASE("a job may be brought before any step") {
    for (int step = 0; step < k_steps; ++step) nothing_goes_wrong(Day({step}));
}

TEST_CASE("two jobs may be brought before any two steps, or the same") {
    for (int first = 0; first < k_steps; ++first)
        for (int second = first; second < k_steps; ++second) nothing_goes_wrong(Day({first, second}));
}
