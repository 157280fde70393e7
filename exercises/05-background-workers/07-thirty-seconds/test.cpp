#include <map>
#include <string>
#include <utility>
#include <vector>

#include "carrier.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

// How a test comes back out of carry_letters() when it does not end.
struct GoHome {};

enum Event { letter, bad_letter, change, end };

const std::map<Event, std::string> k_words = {{letter, "a letter is brought"},
                                              {bad_letter, "a letter without an address is brought"},
                                              {change, "the settings are changed"},
                                              {end, "it is told to end"}};

constexpr int k_too_many_steps = 300;  // for a few letters
constexpr int k_steps = 16;            // of a worker that delivers two letters, or more

// A worker's life, in which things happen before given steps, counted from 0, and one after the other, when it sleeps, those that are
// left over. In the end it is told to end.
class Life {
public:
    using Events = std::vector<std::pair<int, Event>>;

    explicit Life(Events events, int letters = 0) : events_(std::move(events)) {
        said_ = letters == 0   ? "a worker, and nothing to do at first"
                : letters == 1 ? "a worker, and a letter"
                               : "a worker, and " + std::to_string(letters) + " letters";
        for (int i = 0; i < letters; ++i) office_.bring("a letter");
        before_step = [this](const char* step) {
            if (++steps_ > k_too_many_steps)
                give_up(office_.letters() > 0 ? "there is a letter, and the worker does not deliver it"
                                              : "there is nothing to do, and the worker does not sleep");
            while (!events_.empty() && events_.front().first < steps_)
                happens(std::string("before it ") + step);
            look_at_the_letters();
        };
        asleep = [this] {
            if (office_.end()) give_up("the worker sleeps, and it has been told to end");
            if (office_.letters() > 0) give_up("the worker sleeps, and there is a letter");
            if (office_.change())
                give_up("the worker sleeps, and has not read the settings that have changed");
            if (events_.empty()) events_.emplace_back(0, end);
            happens("while it sleeps");
        };
        try {
            carry_letters(office_);
            look_at_the_letters();
            if (trouble_.empty() && !office_.end())
                trouble_ = "the worker has ended, and nobody has told it to";
        } catch (const GoHome&) {
        } catch (const std::exception& error) {
            trouble_ = std::string("the worker has ended: ") + error.what();
        }
        before_step = nullptr;
        asleep = nullptr;
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    const std::string& trouble() const { return trouble_; }
    const std::string& story() const { return said_; }
    const PostOffice& office() const { return office_; }

private:
    [[noreturn]] void give_up(const std::string& why) {
        if (trouble_.empty()) trouble_ = why;
        throw GoHome();
    }
    void happens(const std::string& when) {
        const Event event = events_.front().second;
        events_.erase(events_.begin());
        said_ += "\n  " + k_words.at(event) + " " + when;
        switch (event) {
            case letter: return office_.bring("a letter");
            case bad_letter: return office_.bring("");
            case change:
                if (!office_.change()) before_change_ = office_.delivered();
                return office_.change_settings();
            case end:
                if (!office_.end()) before_end_ = office_.delivered();
                return office_.tell_to_end();
        }
    }
    // The one that it is about to take may still be delivered.
    void look_at_the_letters() {
        if (!trouble_.empty()) return;
        if (office_.end() && office_.delivered() > before_end_ + 1)
            trouble_ = "the worker has been told to end, and delivers one letter after the other";
        else if (office_.change() && office_.delivered() > before_change_ + 1)
            trouble_ =
                "the settings have changed, and the worker delivers one letter after the other by the old "
                "ones";
    }

    const Watchdog watchdog_;
    PostOffice office_;
    Events events_;
    std::string said_, trouble_;
    int steps_ = 0, before_end_ = 0, before_change_ = 0;
};

void nothing_goes_wrong(const Life& life) {
    INFO(life.story());
    INFO(life.trouble());
    const bool all_is_well = life.trouble().empty();
    REQUIRE(all_is_well);
}

}  // namespace

TEST_CASE("letters are delivered, and then the worker sleeps until it is told to end") {
    nothing_goes_wrong(Life({}));
    const Life life({}, 3);
    nothing_goes_wrong(life);
    CHECK(life.office().delivered() == 3);
}

TEST_CASE("a letter that cannot be delivered is logged, and the others are delivered") {
    const Life life({{0, bad_letter}, {0, letter}, {0, letter}});
    nothing_goes_wrong(life);
    CHECK(life.office().delivered() == 2);
    CHECK(life.office().logged() == 1);
}

TEST_CASE("it may be told to end before any step") {
    for (int step = 0; step < k_steps; ++step) nothing_goes_wrong(Life({{step, end}}, 1));
}

TEST_CASE("the settings may change before any step") {
    for (int step = 0; step < k_steps; ++step) nothing_goes_wrong(Life({{step, change}}, 1));
}

TEST_CASE("any two things may happen before any two steps, or the same") {
    for (const Event first : {letter, bad_letter, change, end})
        for (const Event second : {letter, bad_letter, change, end})
            for (int i = 0; i < k_steps; ++i)
                for (int j = i; j < k_steps; ++j) nothing_goes_wrong(Life({{i, first}, {j, second}}, 2));
}
