#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "keeper.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr std::uint64_t k_function = 1, k_rest = 5;  // what the well-behaved child registers
constexpr std::uint64_t k_highest = ~std::uint64_t{0};

// Writes down what the postmaster does, and the first thing that it should not have done.
class Notebook : public Server {
public:
    void start(std::uint64_t function) override {
        done.push_back(fmt::format("start {}", function));
        if (function >= k_functions)
            trouble_is("the postmaster jumps to function {}, and there are {}", function, k_functions);
        else if (function != expected_function)
            trouble_is("the postmaster starts function {}, and the worker that it has is function {}",
                       function, expected_function);
    }
    void call_after(std::uint64_t seconds) override {
        done.push_back(fmt::format("call after {}", seconds));
        if (seconds > k_longest_rest)
            trouble_is("the postmaster lets the worker rest for {} s, and the longest rest is {} s", seconds,
                       k_longest_rest);
        else if (seconds != expected_rest)
            trouble_is("the postmaster lets the worker rest for {} s, and the one that it has rests for {} s",
                       seconds, expected_rest);
    }
    void refuse() override { done.push_back("refuse"); }

    std::vector<std::string> done;
    std::string trouble;
    std::uint64_t expected_function = k_function, expected_rest = k_rest;

private:
    template <typename... Values>
    void trouble_is(const char* text, Values... values) {
        if (trouble.empty()) trouble = fmt::format(fmt::runtime(text), values...);
    }
};

// What another child does to the slot, and before which of the postmaster's accesses; counted from 1.
struct Blow {
    int access;
    const char* field;
    SharedWord Slot::*word;
    std::uint64_t value;
};

// A slot, a postmaster, and what happens to them.
class Life {
public:
    void child_registers(std::uint64_t function, std::uint64_t rest) {
        slot_.function.store(function);
        slot_.rest.store(rest);
        slot_.stage.store(k_registered);
    }
    // The whole life of a worker. Other children hit the slot when it is said.
    void go(const std::vector<Blow>& blows = {}) {
        int access = 0;
        for (const Blow& blow : blows)
            said_ += fmt::format("\n  before access number {} another child writes {} over its {}",
                                 blow.access, blow.value, blow.field);
        bool hits = false;
        between_accesses = [&] {
            if (hits) return;  // what the children write is not counted
            ++access;
            hits = true;
            for (const Blow& blow : blows)
                if (blow.access == access) (slot_.*blow.word).store(blow.value);
            hits = false;
        };
        postmaster.look();
        if (started()) {
            postmaster.look();
            postmaster.failed();
            postmaster.rested();
            postmaster.look();
            postmaster.failed();
            postmaster.rested();
        }
        between_accesses = nullptr;
    }
    void also(const std::string& what) { said_ += "\n  " + what; }
    bool started() const { return !notes.done.empty() && notes.done.back().starts_with("start"); }
    std::uint64_t stage() const { return slot_.stage.peek(); }
    void nothing_goes_wrong() const {
        INFO("a child registers function " << k_function << ", with a rest of " << k_rest << " s" << said_);
        INFO(notes.trouble);
        const bool all_is_well = notes.trouble.empty();
        REQUIRE(all_is_well);
    }

    Notebook notes;

private:
    Slot slot_;
    std::string said_;

public:
    KeeperOfOne postmaster{slot_, notes};
};

using Done = std::vector<std::string>;

constexpr int k_accesses = 16;  // of one life, or a few more

struct Field {
    const char* name;
    SharedWord Slot::*word;
    std::uint64_t good;
    std::vector<std::uint64_t> bad;
};
const std::vector<Field> k_fields{{"function", &Slot::function, k_function, {77, k_functions, k_highest}},
                                  {"rest", &Slot::rest, k_rest, {k_longest_rest + 1, k_highest}},
                                  {"stage", &Slot::stage, k_registered, {k_known, 99, k_free}}};

}  // namespace

TEST_CASE("a worker that can be is started, rests, and is started again") {
    Life life;
    life.child_registers(k_function, k_rest);
    life.go();
    CHECK(life.notes.done == Done{"start 1", "call after 5", "start 1", "call after 5", "start 1"});
    CHECK(life.stage() == k_known);
    life.nothing_goes_wrong();
}

TEST_CASE("what cannot be is refused, and the slot is free") {
    for (const auto& [function, rest] : {std::pair(k_functions, k_rest), std::pair(k_highest, k_rest),
                                         std::pair(k_function, k_longest_rest + 1)}) {
        Life life;
        life.child_registers(function, rest);
        life.go();
        INFO("a child registers function " << function << ", with a rest of " << rest << " s");
        REQUIRE(life.notes.done == Done{"refuse"});
        REQUIRE(life.stage() == k_free);
        INFO("it has been refused, and somebody registers one that can be");
        life.child_registers(k_function, k_rest);
        life.go();
        REQUIRE(life.notes.done.size() == 6);
    }
}

TEST_CASE("whatever is the largest that can be, can be") {
    Life life;
    life.notes.expected_function = k_functions - 1;
    life.notes.expected_rest = k_longest_rest;
    life.child_registers(k_functions - 1, k_longest_rest);
    life.go();
    CHECK(life.notes.done.size() == 5);
    CHECK(life.notes.trouble.empty());
}

TEST_CASE("the slot may be overwritten before any access") {
    for (const Field& field : k_fields) {
        for (const std::uint64_t value : field.bad) {
            for (int access = 1; access <= k_accesses; ++access) {
                Life life;
                life.child_registers(k_function, k_rest);
                life.go({{access, field.name, field.word, value}});
                life.nothing_goes_wrong();
            }
        }
    }
}

TEST_CASE("it may be overwritten and put right again, before any two accesses") {
    for (const Field& field : k_fields) {
        for (const std::uint64_t value : field.bad) {
            for (int first = 1; first <= k_accesses; ++first) {
                for (int second = first + 1; second <= k_accesses; ++second) {
                    Life life;
                    life.child_registers(k_function, k_rest);
                    life.go({{first, field.name, field.word, value},
                             {second, field.name, field.word, field.good}});
                    life.nothing_goes_wrong();
                }
            }
        }
    }
}

TEST_CASE("a worker stays what it was when it was taken, whatever is written over it") {
    Life life;
    life.child_registers(k_function, k_rest);
    life.postmaster.look();
    REQUIRE(life.started());
    life.also(
        "when its worker runs already, another child writes over the slot: function 2, with a rest of 7 s");
    life.child_registers(2, 7);
    life.go();
    life.nothing_goes_wrong();
}
