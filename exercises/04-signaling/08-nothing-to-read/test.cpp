#include <string>
#include <utility>
#include <vector>

#include "delivery.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr int k_accesses = 16;  // of deliver(), or more
constexpr int k_rounds = 20;    // enough for a few messages

// A listener to which messages are told at given moments.
class House {
public:
    // Before these accesses of deliver(), counted from 0.
    explicit House(std::vector<int> moments) : moments_(std::move(moments)) {}
    ~House() { between_accesses = nullptr; }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    void told() {
        busy_ = true;
        tell(queue_, listener_, std::to_string(queue_.messages.size() + 1));
        busy_ = false;
    }
    // The listener's life: while it has been woken it delivers. Returns what is wrong when it sleeps.
    std::string until_it_sleeps() {
        between_accesses = [this] {
            if (busy_) return;
            if (!moments_.empty() && moments_.front() == accesses_) {
                said_ += (said_.empty() ? "" : " and") + std::string(" before its access number ") +
                         std::to_string(accesses_ + 1);
                while (!moments_.empty() && moments_.front() == accesses_) {
                    moments_.erase(moments_.begin());
                    told();
                }
            }
            ++accesses_;
        };
        int rounds = 0;
        bool more = true;
        while (rounds++ < k_rounds && (more || listener_.woken)) {
            listener_.woken = false;
            more = deliver(queue_, listener_, client_);
        }
        between_accesses = nullptr;
        if (rounds > k_rounds) return "deliver says again and again that there is more";
        for (std::size_t i = 0; i < client_.size(); ++i)
            if (client_[i] != std::to_string(i + 1))
                return "the client has been sent message " + client_[i] + " again, or too early";
        if (client_.size() < queue_.messages.size())
            return "the listener sleeps, and message " + std::to_string(client_.size() + 1) +
                   " has not been sent";
        return "";
    }
    std::string story() const {
        return "message 1 wakes the listener, and it calls deliver; another one is told" + said_;
    }
    const std::vector<std::string>& client() const { return client_; }

private:
    const Watchdog watchdog_;
    Queue queue_;
    Listener listener_;
    std::vector<std::string> client_;
    std::vector<int> moments_;
    std::string said_;
    int accesses_ = 0;
    bool busy_ = false;  // somebody else is
};

void nothing_goes_wrong(std::vector<int> moments) {
    House house(std::move(moments));
    house.told();
    const std::string trouble = house.until_it_sleeps();
    INFO(house.story());
    INFO(trouble);
    const bool all_is_well = trouble.empty();
    REQUIRE(all_is_well);
}

}  // namespace

TEST_CASE("what was told is delivered, in order, and once") {
    House house({});
    CHECK(house.until_it_sleeps().empty());
    house.told();
    house.told();
    house.told();
    CHECK(house.until_it_sleeps().empty());
    CHECK(house.client().size() == 3);
    house.told();
    CHECK(house.until_it_sleeps().empty());
    CHECK(house.client().size() == 4);
}

TEST_CASE("another message may be told at any moment") {
    for (int access = 0; access < k_accesses; ++access) nothing_goes_wrong({access});
}

TEST_CASE("two others may be told at any two moments, or the same") {
    for (int first = 0; first < k_accesses; ++first)
        for (int second = first; second < k_accesses; ++second) nothing_goes_wrong({first, second});
}
