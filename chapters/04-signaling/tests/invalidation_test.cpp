// The invalidation queue: everybody reads every message in its order, or is told to forget everything; nobody holds the writers up.
#include "signaling/invalidation_queue.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "base/interrupts.hpp"
#include "base/wait_set.hpp"
#include "chapters/04-signaling/tests/crew.hpp"
#include "tests/catch.hpp"
#include "tests/single_step.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

// What this process has been told, and what stands there for "everything".
std::vector<Invalidation> heard;
constexpr Invalidation k_everything_changed{InvalidationKind::k_count, 0, 0};

void remember(const Invalidation* what) noexcept { heard.push_back(what != nullptr ? *what : k_everything_changed); }

class Told : public Crew {
public:
    Told() {
        on_invalidation(InvalidationKind::roles, remember);
        heard.clear();
    }
    ~Told() { on_invalidation(InvalidationKind::roles, nullptr); }
};

void send(std::uint64_t id, std::uint32_t database = 0) { send_invalidations(std::array{Invalidation{InvalidationKind::roles, database, id}}); }
void send_many(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) send(first + i);
}

}  // namespace

TEST_CASE("what is sent is read by all, in its order, by the sender as well, and once") {
    const Watchdog watchdog;
    Told crew;
    std::atomic<std::uint64_t>&ready = crew.board().counters[0], &sent = crew.board().counters[1];
    for (int i = 0; i < 2; ++i) {
        crew.start([&] {
            ready.fetch_add(1);
            Crew::until(sent, 1);
            accept_invalidations();
            CHILD_CHECK(heard.size() == 3);
            CHILD_CHECK(heard[0] == Invalidation{InvalidationKind::roles, 7, 1});
            CHILD_CHECK(heard[2] == Invalidation{InvalidationKind::roles, 0xffff'ffff, ~std::uint64_t{0}});
            accept_invalidations();
            CHILD_CHECK(heard.size() == 3);
        });
    }
    Crew::until(ready, 2);
    send(1, 7);
    send_invalidations(std::array{Invalidation{InvalidationKind::roles, 0, 2}, Invalidation{InvalidationKind::roles, 0xffff'ffff, ~std::uint64_t{0}}});
    sent = 1;
    CHECK(crew.all_well());
    CHECK(heard.empty());  // until it asks
    accept_invalidations();
    CHECK(heard.size() == 3);
}

TEST_CASE("the ring goes round, and who keeps up misses nothing") {
    Told crew;
    for (std::uint64_t round = 0; round < 5; ++round) {
        send_many(round * detail::k_invalidations, detail::k_invalidations);
        accept_invalidations();
    }
    REQUIRE(heard.size() == 5 * detail::k_invalidations);
    for (std::uint64_t i = 0; i < heard.size(); ++i)
        if (heard[i].id != i) FAIL(i << " is " << heard[i].id);
}

TEST_CASE("who is one message too far behind forgets everything, once, and goes on from there") {
    Told crew;
    send_many(0, detail::k_invalidations + 1);
    accept_invalidations();
    CHECK(heard == std::vector{k_everything_changed});
    send(5);
    accept_invalidations();
    CHECK(heard == std::vector{k_everything_changed, Invalidation{InvalidationKind::roles, 0, 5}});
}

TEST_CASE("who is far behind is told to catch up, also when it is idle") {
    const Watchdog watchdog;
    Told crew;
    std::atomic<std::uint64_t>& caught_up = crew.board().counters[0];
    const SlotNumber idle = crew.start([&] {
        WaitSet set;
        while (heard.empty()) {
            check_for_interrupts();
            if (heard.empty()) set.wait({}, k_crew_wait);
        }
        caught_up = heard.size();
    });
    Crew::until_asleep(idle);
    send_many(0, detail::k_far_behind - 1);
    CHECK(caught_up == 0);
    send_many(0, 1 + detail::k_far_behind / 2);
    Crew::until(caught_up, detail::k_far_behind);
    CHECK(crew.all_well());
}

TEST_CASE("a reader that is killed holds nobody up, and who gets its slot begins at the end") {
    const Watchdog watchdog;
    Told crew;
    const SlotNumber number = crew.start([] {
        for (;;) ::pause();
    });
    while (!detail::can_be_told(number)) short_sleep();
    ::kill(crew.child(0).pid(), SIGKILL);
    CHECK(crew.child(0).wait() == -SIGKILL);
    send_many(0, 2 * detail::k_invalidations);  // tells the dead, too, for nobody has noticed yet
    Crew::leave(number);
    send_many(0, 10);
    std::atomic<std::uint64_t>&ready = crew.board().counters[0], &sent = crew.board().counters[1];
    crew.start_in(number, [&] {
        accept_invalidations();
        CHILD_CHECK(heard.empty());
        ready = 1;
        Crew::until(sent, 1);
        accept_invalidations();
        CHILD_CHECK(heard.size() == 1 && heard[0].id == 77);
    });
    Crew::until(ready, 1);
    send(77);
    sent = 1;
    CHECK(crew.child(1).wait() == 0);
}

namespace {

// Two numbers that belong together are in each message. Where they do not, it has been overwritten while it was copied.
std::uint32_t partner_of(std::uint64_t number) { return static_cast<std::uint32_t>(number * 2'654'435'761u) & 0x7fff'ffff; }
Invalidation numbered(std::uint64_t number, std::uint32_t writer = 0) { return {InvalidationKind::roles, writer << 31 | partner_of(number), number}; }
bool is_whole(const Invalidation& what) { return (what.database & 0x7fff'ffff) == partner_of(what.id); }

}  // namespace

TEST_CASE("many write, many read at their own pace: each message comes whole and in its order, or everything is forgotten") {
    const Watchdog watchdog(120);
    Told crew;
    constexpr std::uint64_t k_writers = 2, k_readers = 3, k_each = 60'000;
    std::atomic<std::uint64_t>*const done = crew.board().counters, &forgotten = crew.board().counters[8], &ready = crew.board().counters[9];
    for (std::uint64_t reader = 0; reader < k_readers; ++reader) {
        crew.start([&, reader] {
            std::mt19937 random(static_cast<unsigned>(reader));
            std::uint64_t last[k_writers] = {};
            bool may_skip[k_writers] = {};
            ready.fetch_add(1);
            for (bool all = false; !all;) {
                all = done[0] + done[1] == k_writers;  // asked first: what was sent until then is read below
                // One reads all the time, one when it likes, and one seldom.
                if (reader == 0 || random() % (reader == 1 ? 20 : 20'000) == 0 || all) accept_invalidations();
                if (reader == 2) ::sched_yield();
                for (const Invalidation& each : heard) {
                    if (each == k_everything_changed) {
                        std::ranges::fill(may_skip, true);
                        forgotten.fetch_add(1);
                        continue;
                    }
                    const std::uint64_t writer = each.database >> 31;
                    CHILD_CHECK(is_whole(each));
                    CHILD_CHECK(may_skip[writer] ? each.id > last[writer] : each.id == last[writer] + 1);
                    may_skip[writer] = false;
                    last[writer] = each.id;
                }
                heard.clear();
            }
            for (std::uint64_t writer = 0; writer < k_writers; ++writer) CHILD_CHECK(may_skip[writer] || last[writer] == k_each);
        });
    }
    Crew::until(ready, k_readers);
    for (std::uint32_t writer = 0; writer < k_writers; ++writer) {
        crew.start([&, writer] {
            std::mt19937 random(writer);
            for (std::uint64_t number = 1; number <= k_each; ++number) {
                send_invalidations(std::array{numbered(number, writer)});
                if (random() % 1000 == 0) short_sleep();
            }
            done[writer] = 1;
        });
    }
    CHECK(crew.all_well());
    CHECK(forgotten > 0);
}

#ifdef __x86_64__

TEST_CASE("whichever instruction of a reader the writers come round the ring at, what it takes for a message is one") {
    const Watchdog watchdog;
    Told crew;
    crew.start([] {
        static std::vector<Invalidation> a_round;
        a_round.assign(detail::k_invalidations + 1, numbered(4711));
        SingleStep step([] { send_invalidations(a_round); });
        bool overtaken = false, in_time = false;
        for (long instructions = 1;; ++instructions) {
            accept_invalidations();
            heard.clear();
            heard.reserve(2 * a_round.size());
            send_invalidations(std::array{numbered(static_cast<std::uint64_t>(instructions))});
            step.begin(instructions);
            accept_invalidations();
            step.end();
            if (!step.happened()) break;
            for (const Invalidation& each : heard) CHILD_CHECK(each == k_everything_changed || is_whole(each));
            (heard[0] == k_everything_changed ? overtaken : in_time) = true;
        }
        CHILD_CHECK(overtaken && in_time);
    });
    CHECK(crew.all_well());
}

#endif
