#include "shared_hash_map.hpp"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

// Keys of which we decide where they lie: the upper half of the hash chooses the partition, the lower half the bucket.
struct Chosen {
    std::uint64_t operator()(std::uint64_t key) const { return key; }
};
constexpr std::uint64_t key_in(std::uint64_t partition, std::uint64_t bucket, std::uint64_t which) {
    // Of 4 partitions with 4 buckets each, `which` tells keys in the same bucket apart.
    return (partition + 4 * which) << 32 | bucket;
}

using Map = SharedHashMap<std::uint64_t, std::uint64_t, boost::interprocess::interprocess_mutex, Chosen>;

// A lock whose holder lets others go first, so that they meet.
struct SlowLock {
    using Shareable = void;
    boost::interprocess::interprocess_mutex mutex;
    void lock() {
        mutex.lock();
        ::sched_yield();
    }
    void unlock() { mutex.unlock(); }
};

template <typename AnyMap = Map>
struct Rig {
    explicit Rig(typename AnyMap::Shape shape = {.capacity = 16, .partitions = 4}) {
        AnyMap::request(segment, "map", shape);
        segment.create();
        map.emplace(segment, "map", shape);
    }
    AnyMap* operator->() { return &*map; }

    Segment segment;
    std::optional<AnyMap> map;
};

}  // namespace

TEST_CASE("what was inserted is found, and nothing else") {
    const Watchdog watchdog;
    Rig<> map;
    REQUIRE(map->insert(1, 10));
    CHECK(map->insert(2, 20));
    CHECK_FALSE(map->insert(1, 11));
    CHECK(map->find(1) == 10u);
    CHECK(map->find(2) == 20u);
    CHECK(map->find(3) == std::nullopt);
    CHECK(map->visit(1, [](std::uint64_t& value) { value = 12; }));
    CHECK(map->find(1) == 12u);
    CHECK(map->size() == 2);
}

TEST_CASE("what was erased is gone, and its neighbours are not") {
    const Watchdog watchdog;
    for (std::uint64_t erased = 0; erased < 3; ++erased) {
        Rig<> map;
        for (std::uint64_t which = 0; which < 3; ++which) map->insert(key_in(1, 2, which), which);
        const bool it_was_there = map->erase(key_in(1, 2, erased));
        INFO("three keys lie in the same bucket; number " << erased << " of them (from 0) was erased");
        CHECK(it_was_there);
        for (std::uint64_t which = 0; which < 3; ++which) {
            const bool found = map->find(key_in(1, 2, which)).has_value(), should_be = which != erased;
            INFO("and number " << which << "?");
            CHECK(found == should_be);
        }
        CHECK(map->size() == 2);
        const bool once_more = map->erase(key_in(1, 2, erased));
        CHECK_FALSE(once_more);
    }
}

TEST_CASE("every entry can be used, and used again, by keys of one partition too") {
    const Watchdog watchdog;
    Rig<> map;
    for (int round = 0; round < 3; ++round) {
        std::uint64_t inserted = 0;
        while (inserted < 20 && map->try_insert(key_in(3, inserted, inserted), 0) == Map::Inserted::yes)
            ++inserted;
        INFO("there are 16 entries; round "
             << round << " inserts keys of partition 3 until the map is full, and erases them");
        REQUIRE(inserted == 16);
        CHECK(map->try_insert(key_in(0, 0, 0), 0) == Map::Inserted::full);
        CHECK(map->try_insert(key_in(3, 0, 0), 0) == Map::Inserted::exists);
        for (std::uint64_t which = 0; which < inserted; ++which) map->erase(key_in(3, which, which));
        CHECK(map->size() == 0);
    }
}

TEST_CASE("all are visited, and some are erased on the way") {
    const Watchdog watchdog;
    Rig<> map;
    for (std::uint64_t which = 0; which < 10; ++which)
        map->insert(key_in(which % 4, which / 5, which), which);
    std::map<std::uint64_t, int> visited;
    map->for_each([&](std::uint64_t, std::uint64_t value) { ++visited[value]; });
    CHECK(visited.size() == 10);
    const bool each_once =
        std::all_of(visited.begin(), visited.end(), [](const auto& entry) { return entry.second == 1; });
    CHECK(each_once);
    INFO("of values 0 to 9 the even ones are erased");
    CHECK(map->erase_if([](std::uint64_t, std::uint64_t value) { return value % 2 == 0; }) == 5);
    CHECK(map->size() == 5);
    const bool an_odd_one_is_there = map->find(key_in(3, 1, 7)).has_value();
    CHECK(an_odd_one_is_there);
}

TEST_CASE("it does what std::map does") {
    const Watchdog watchdog(30);
    std::mt19937 random(4711);
    Rig<> map;
    std::map<std::uint64_t, std::uint64_t> model;
    bool the_same = true;
    for (int step = 0; step < 20'000 && the_same; ++step) {
        const std::uint64_t key = key_in(random() % 4, random() % 2, random() % 4), value = random();
        switch (random() % 4) {
            case 0:
            case 1: {
                const auto expected = model.count(key) != 0 ? Map::Inserted::exists
                                      : model.size() == 16  ? Map::Inserted::full
                                                            : Map::Inserted::yes;
                the_same = map->try_insert(key, value) == expected;
                if (expected == Map::Inserted::yes) model[key] = value;
                break;
            }
            case 2: the_same = map->erase(key) == (model.erase(key) == 1); break;
            default: {
                const auto at = model.find(key);
                the_same = map->find(key) == (at == model.end() ? std::nullopt : std::optional(at->second));
            }
        }
    }
    INFO("random steps, done to the map and to a std::map");
    CHECK(the_same);
}

TEST_CASE("another process sees the same map") {
    const Watchdog watchdog;
    Rig<> map;
    Child child([&] { map->insert(5, 55); });
    child.join();
    CHECK(map->find(5) == 55u);
}

TEST_CASE("processes that take entries from each other neither wait for ever nor lose any") {
    const Watchdog watchdog;
    Rig<SharedHashMap<std::uint64_t, std::uint64_t, SlowLock, Chosen>> map({.capacity = 8, .partitions = 2});
    const auto key = [](std::uint64_t partition, std::uint64_t which) {
        return (partition + 2 * which) << 32;
    };
    const auto fits = [](auto& in, std::uint64_t fresh) {
        return in->try_insert(fresh, 0) == std::decay_t<decltype(*in.map)>::Inserted::yes;
    };
    std::deque<Child> children;
    Pipe begin;
    for (std::uint64_t who = 0; who < 2; ++who) {
        children.emplace_back([&, who] {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // if it waits for ever, then not longer than the test
            begin.write_end.reset();
            get_byte(begin.read_end.get());  // both begin together
            // Each works in its own partition, and needs more entries than are that partition's own.
            for (int round = 0; round < 5'000; ++round) {
                std::uint64_t inserted = 0;
                while (inserted < 6 && fits(map, key(who, inserted))) ++inserted;
                for (std::uint64_t which = 0; which < inserted; ++which)
                    if (!map->erase(key(who, which))) throw std::runtime_error("an entry has disappeared");
            }
        });
    }
    INFO(
        "two processes insert and erase in two partitions; each of them needs more entries than its "
        "partition has");
    begin.write_end.reset();
    for (Child& child : children) CHECK_NOTHROW(child.join());
    CHECK(map->size() == 0);
    std::uint64_t room = 0;
    while (room < 20 && fits(map, key(0, room))) ++room;
    INFO("afterwards all 8 entries can be used");
    CHECK(room == 8);
}
