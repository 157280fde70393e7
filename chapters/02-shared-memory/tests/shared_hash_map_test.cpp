// The shared hash map: what a map does, in one process and in many.
#include "shared_memory/shared_hash_map.hpp"

#include <map>
#include <memory>
#include <random>
#include <set>

#include "shared_memory/process_table.hpp"
#include "tests/catch.hpp"
#include "tests/shared_memory_rig.hpp"

using namespace forklore;
using forklore::testing::ChildProcess;
using forklore::testing::in_child;
using forklore::testing::quit_with_3;
using forklore::testing::until_asleep_in_kernel;

namespace {

struct Flag {
    using Shareable = void;
    std::atomic<bool> up{false};
};

using Map = SharedHashMap<std::uint64_t, std::uint64_t>;

struct Rig {
    explicit Rig(Map::Shape shape) {
        Map::request(segment, "map", shape);
        segment.create();
        map = std::make_unique<Map>(segment, "map", shape);
    }
    Segment segment;
    std::unique_ptr<Map> map;
};

}  // namespace

TEST_CASE("entries are inserted, found and erased") {
    Rig rig({.capacity = 100});
    CHECK(rig.map->insert(1, 10));
    CHECK(rig.map->insert(2, 20));
    CHECK_FALSE(rig.map->insert(1, 11));
    CHECK(rig.map->find(1) == 10u);
    CHECK(rig.map->find(2) == 20u);
    CHECK_FALSE(rig.map->find(3));
    CHECK(rig.map->visit(1, [](std::uint64_t& value) { value = 12; }));
    CHECK(rig.map->find(1) == 12u);
    CHECK(rig.map->erase(1));
    CHECK_FALSE(rig.map->erase(1));
    CHECK_FALSE(rig.map->find(1));
    CHECK(rig.map->size() == 1);
}

TEST_CASE("a map that is full says so, and every entry of it can be used") {
    // One key's partition has a fraction of the entries: to use all of them it must take the others'.
    const std::uint32_t partitions = GENERATE(1u, 7u, 16u);
    Rig rig({.capacity = 50, .partitions = partitions});
    for (std::uint64_t key = 0; key < 50; ++key) CHECK(rig.map->try_insert(key, key) == Map::Inserted::yes);
    CHECK(rig.map->try_insert(50, 0) == Map::Inserted::full);
    CHECK(rig.map->try_insert(7, 0) == Map::Inserted::exists);
    try {
        rig.map->insert(50, 0);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(std::string(error.code().text()) == "53200");
        CHECK(error.report().message == "out of shared memory");
        CHECK(error.report().detail == "All 50 entries of shared hash table \"map\" are in use.");
    }
    CHECK(rig.map->erase(7));
    CHECK(rig.map->insert(50, 1));
    CHECK(rig.map->size() == 50);
}

TEST_CASE("another process sees the same map") {
    Rig rig({.capacity = 10});
    CHECK(in_child([&] {
              Map mine(rig.segment, "map", {.capacity = 10});
              mine.insert(5, 55);
          }) == 0);
    CHECK(rig.map->find(5) == 55u);
}

TEST_CASE("a map of another shape under the same name is refused") {
    Rig rig({.capacity = 10});
    CHECK_THROWS_AS(Map(rig.segment, "map", {.capacity = 11}), Error);
}

TEST_CASE("it does what std::map does") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Rig rig({.capacity = 200, .partitions = 4});
    std::map<std::uint64_t, std::uint64_t> model;
    for (int step = 0; step < 20000; ++step) {
        const std::uint64_t key = random() % 400, value = random();
        switch (random() % 4) {
            case 0:
            case 1: {
                const auto expected = model.count(key) != 0    ? Map::Inserted::exists
                                      : model.size() == 200 ? Map::Inserted::full
                                                            : Map::Inserted::yes;
                REQUIRE(rig.map->try_insert(key, value) == expected);
                if (expected == Map::Inserted::yes) model[key] = value;
                break;
            }
            case 2: REQUIRE(rig.map->erase(key) == (model.erase(key) == 1)); break;
            default: {
                const auto at = model.find(key);
                REQUIRE(rig.map->find(key) == (at == model.end() ? std::nullopt : std::optional(at->second)));
            }
        }
    }
    std::map<std::uint64_t, std::uint64_t> all;
    rig.map->for_each([&](std::uint64_t key, std::uint64_t value) { CHECK(all.emplace(key, value).second); });
    CHECK(all == model);
    CHECK(rig.map->erase_if([](std::uint64_t key, std::uint64_t) { return key % 2 == 0; }) ==
          static_cast<std::uint32_t>(std::erase_if(model, [](const auto& entry) { return entry.first % 2 == 0; })));
    CHECK(rig.map->size() == model.size());
}

TEST_CASE("processes that work on one map at once lose nothing") {
    constexpr int k_processes = 6, k_rounds = 3000, k_shared_keys = 8;
    Rig rig({.capacity = 64, .partitions = 4});
    for (std::uint64_t key = 0; key < k_shared_keys; ++key) rig.map->insert(key, 0);
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int who = 0; who < k_processes; ++who)
        children.push_back(std::make_unique<ChildProcess>([&, who] {
            // Some entries are everybody's, some come and go and are only its own.
            for (int round = 0; round < k_rounds; ++round) {
                CHILD_CHECK(rig.map->visit(static_cast<std::uint64_t>(round) % k_shared_keys, [](std::uint64_t& count) { ++count; }));
                const auto own = static_cast<std::uint64_t>(1000 * (who + 1) + round % 5);
                CHILD_CHECK(rig.map->insert(own, own));
                CHILD_CHECK(rig.map->find(own) == own);
                CHILD_CHECK(rig.map->erase(own));
            }
        }));
    for (auto& child : children) CHECK(child->wait() == 0);
    std::uint64_t sum = 0;
    rig.map->for_each([&](std::uint64_t, std::uint64_t count) { sum += count; });
    CHECK(sum == k_processes * k_rounds);
    CHECK(rig.map->size() == k_shared_keys);
    // No entry was lost on the way: the map can be filled.
    for (std::uint64_t key = 100; rig.map->size() < 64; ++key) REQUIRE(rig.map->insert(key, 0));
}

TEST_CASE("a server that goes down at once takes along who waits for a partition") {
    Rig rig({.capacity = 10});
    rig.map->insert(1, 10);
    std::atomic<bool>& inside = rig.segment.find_or_create<Flag>("flag").up;
    const ChildProcess holder([&] {
        rig.map->visit(1, [&](std::uint64_t&) {
            inside = true;
            pause();
        });
    });
    while (!inside) sched_yield();
    ChildProcess waiting([&] {
        quit_with_3();
        rig.map->find(1);
    });
    until_asleep_in_kernel(waiting.pid());
    kill(waiting.pid(), SIGQUIT);
    CHECK(waiting.wait() == 3);
}

TEST_CASE("the processes that fill a map together get every entry once") {
    constexpr std::uint32_t k_capacity = 1000;
    Rig rig({.capacity = k_capacity, .partitions = 8});
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (std::uint64_t who = 0; who < 4; ++who)
        children.push_back(std::make_unique<ChildProcess>([&, who] {
            for (std::uint64_t key = who; key < k_capacity; key += 4) rig.map->insert(key, who);
        }));
    for (auto& child : children) CHECK(child->wait() == 0);
    CHECK(rig.map->size() == k_capacity);
    CHECK(rig.map->try_insert(k_capacity, 0) == Map::Inserted::full);
}
