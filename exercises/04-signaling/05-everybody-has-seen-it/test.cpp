#include <map>
#include <optional>
#include <string>

#include "passage.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

// Processes that remember something. What is true changes, and then a barrier is raised.
class House {
public:
    House() = default;
    ~House() { between_accesses = nullptr; }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    void enters(std::size_t who) { enter(passage_, who, renews(who)); }
    void passes(std::size_t who) { check_point(passage_, who, renews(who)); }
    void leaves(std::size_t who) {
        remembers_[who].reset();
        leave(passage_, who);
    }
    // Changes what is true and raises a barrier.
    Generation changes() {
        const int now = ++truth_;
        const Generation generation = raise(passage_);
        true_since_[generation] = now;
        looks(generation);
        return generation;
    }
    // Asks whether everybody has seen a barrier, and finds out whether that is so.
    bool looks(Generation generation) {
        const bool said_so = all_have(passage_, generation);
        if (!said_so) return false;
        for (std::size_t who = 0; who < remembers_.size(); ++who) {
            if (remembers_[who] && *remembers_[who] < true_since_[generation] && trouble_.empty())
                trouble_ = "all_have says that everybody has absorbed barrier " + std::to_string(generation) +
                           ", and process " + std::to_string(who) + " remembers what was true before it";
        }
        return true;
    }

    // Lets something happen before access number `access` of what follows, and not again.
    void before_access(int access, std::function<void()> other) {
        between_accesses = [this, access, other = std::move(other)]() mutable {
            if (access-- != 0) return;
            happened_ = true;
            other();
        };
    }
    // Whether there was no such access.
    bool over() {
        between_accesses = nullptr;
        return !happened_;
    }

    // Asks for each barrier; and again when everybody has passed check points until nobody is told anything.
    void all_pass() {
        for (const auto& [generation, since] : true_since_) looks(generation);
        for (int round = 0; round < 4; ++round)
            for (std::size_t who = 0; who < remembers_.size(); ++who)
                if (remembers_[who]) passes(who);
        for (const auto& [generation, since] : true_since_) {
            if (!looks(generation) && trouble_.empty())
                trouble_ =
                    "everybody has passed check points since, and all_have does not say that barrier " +
                    std::to_string(generation) + " has been absorbed: who waits for it waits for ever";
        }
    }
    std::string trouble() const { return trouble_; }

private:
    Renew renews(std::size_t who) {
        return [this, who] {
            if (between_accesses) between_accesses();
            remembers_[who] = truth_;
        };
    }

    const Watchdog watchdog_;
    Passage passage_;
    int truth_ = 0;
    std::array<std::optional<int>, 3> remembers_;  // by those who are there
    std::map<Generation, int> true_since_;
    std::string trouble_;
    bool happened_ = false;
};

// Before each access of what one does, in turn, something else happens. In the end nobody must remember what is old, or wait for ever.
void in_between(const std::string& story, const std::function<void(House&)>& before,
                const std::function<void(House&)>& one, const std::function<void(House&)>& other) {
    for (int access = 0;; ++access) {
        House house;
        before(house);
        house.before_access(access, [&] { other(house); });
        one(house);
        if (house.over()) return;
        house.all_pass();
        INFO(story << ": before access number " << access + 1);
        INFO(house.trouble());
        const bool all_is_well = house.trouble().empty();
        REQUIRE(all_is_well);
    }
}

void two_enter(House& house) { house.enters(0), house.enters(1); }
void it_is_raised(House& house) { house.changes(); }

}  // namespace

TEST_CASE("a barrier is absorbed when everybody who is there has absorbed it") {
    House house;
    house.enters(0);
    house.enters(2);
    const Generation first = house.changes();
    CHECK_FALSE(house.looks(first));
    house.passes(0);
    CHECK_FALSE(house.looks(first));
    house.passes(2);
    CHECK(house.looks(first));
    const Generation second = house.changes();
    CHECK(second > first);
    CHECK(house.looks(first));
    CHECK_FALSE(house.looks(second));
    CHECK(house.trouble().empty());
}

TEST_CASE("nobody waits for one that is not there, or comes later") {
    House house;
    CHECK(house.looks(house.changes()));
    house.enters(1);
    const Generation generation = house.changes();
    CHECK_FALSE(house.looks(generation));
    house.leaves(1);
    CHECK(house.looks(generation));
    house.enters(1);
    CHECK(house.looks(generation));
    CHECK(house.trouble().empty());
}

TEST_CASE("a barrier is raised while somebody absorbs one") {
    in_between(
        "a process absorbs a barrier, and another one is raised",
        [](House& house) { house.enters(0), house.changes(); }, [](House& house) { house.passes(0); },
        it_is_raised);
}

TEST_CASE("somebody absorbs, goes or raises another one while a barrier is raised") {
    in_between("a barrier is raised, and a process passes a check point", two_enter, it_is_raised,
               [](House& house) { house.passes(0); });
    in_between("a barrier is raised, and a process leaves", two_enter, it_is_raised,
               [](House& house) { house.leaves(0); });
    in_between("a barrier is raised, and somebody else raises one", two_enter, it_is_raised, it_is_raised);
}

TEST_CASE("a barrier is raised while somebody enters, or the other way round") {
    const auto one_enters = [](House& house) { house.enters(2); };
    in_between("a process enters, and a barrier is raised", two_enter, one_enters, it_is_raised);
    in_between("a barrier is raised, and a process enters", two_enter, it_is_raised, one_enters);
    // Nobody else is there for whom all_have would have to wait.
    in_between(
        "a process enters, and nobody else is there; a barrier is raised", [](House&) {}, one_enters,
        it_is_raised);
    in_between(
        "a process enters where another one has left, and a barrier is raised",
        [](House& house) { two_enter(house), house.changes(), house.passes(0), house.leaves(0); },
        [](House& house) { house.enters(0); }, it_is_raised);
}
