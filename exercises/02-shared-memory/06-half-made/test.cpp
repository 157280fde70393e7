#include <algorithm>
#include <string>

#include "errors.hpp"
#include "ledger.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr std::uint64_t k_sum = 100;

// Looks at the ledger before each access, as the postmaster would if the process died there.
class Postmaster {
public:
    Postmaster(const Ledger& ledger, const Held& held) {
        between_accesses = [this, &ledger, &held] {
            const std::uint64_t first = ledger.peek(0), second = ledger.peek(1);
            const bool whole = first + second == k_sum;
            half_made_ += whole ? 0 : 1;
            if (!whole && held.peek() == 0 && verdict_.empty())
                verdict_ = "killed before access number " + std::to_string(accesses_) + " it leaves " +
                           std::to_string(first) + " and " + std::to_string(second) +
                           " behind, and says that it held nothing";
            ++accesses_;
        };
    }
    ~Postmaster() { between_accesses = nullptr; }
    Postmaster(const Postmaster&) = delete;
    Postmaster& operator=(const Postmaster&) = delete;

    std::string verdict() const { return verdict_; }
    int half_made() const { return half_made_; }

private:
    std::string verdict_;
    int accesses_ = 0, half_made_ = 0;
};

}  // namespace

TEST_CASE("what leaves one column arrives in the other") {
    Ledger ledger(60, 40);
    Held held;
    ledger.move(0, 25, held);
    CHECK(ledger.peek(0) == 35);
    CHECK(ledger.peek(1) == 65);
    ledger.move(1, 65, held);
    CHECK(ledger.peek(0) == 100);
    CHECK(ledger.peek(1) == 0);
    CHECK(held.peek() == 0);
}

TEST_CASE("what is not there cannot be moved") {
    Ledger ledger(60, 40);
    Held held;
    CHECK(error_of([&] { ledger.move(0, 61, held); }).substr(0, 5) == "22003");
    CHECK(ledger.peek(0) == 60);
    CHECK(ledger.peek(1) == 40);
}

TEST_CASE("whenever it is killed, the ledger is whole or the process holds something") {
    for (const std::size_t from : {0, 1}) {
        Ledger ledger(60, 40);
        Held held;
        int half_made = 0;
        std::string verdict;
        {
            const Postmaster postmaster(ledger, held);
            ledger.move(from, 25, held);
            verdict = postmaster.verdict();
            half_made = postmaster.half_made();
        }
        INFO("columns of 60 and 40; the process moves 25 out of column " << from);
        INFO(verdict);
        CHECK(verdict.empty());
        const bool there_was_such_a_moment = half_made > 0;
        CHECK(there_was_such_a_moment);
        CHECK(held.peek() == 0);
    }
}

TEST_CASE("after an error nothing is held") {
    Ledger ledger(60, 40);
    Held held;
    error_of([&] { ledger.move(0, 61, held); });
    INFO("there was not enough to move, and the process goes on with its next statement");
    CHECK(held.peek() == 0);
}

TEST_CASE("who holds something else holds it afterwards, too") {
    Ledger ledger(60, 40);
    Held held;
    held.store(2);
    std::uint64_t least = 2;
    between_accesses = [&] { least = std::min(least, held.peek()); };
    ledger.move(0, 25, held);
    between_accesses = nullptr;
    INFO("the process holds two other things when it begins to move");
    CHECK(held.peek() == 2);
    CHECK(least == 2);
    error_of([&] { ledger.move(0, 61, held); });
    INFO("and then it fails to move something");
    CHECK(held.peek() == 2);
}
