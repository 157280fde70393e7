#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "processes.hpp"
#include "slots.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr int k_accesses = 12;  // of what is called, or more

// The postmaster and two sessions, ours and another one's. What others do they do before given accesses of ours, and nobody interrupts them.
class Server {
public:
    using Deed = std::pair<std::string, std::function<void()>>;

    Server() = default;
    ~Server() { between_accesses = nullptr; }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Slots slots;
    std::vector<std::uint64_t> jobs_started;  // in order
    std::vector<std::uint64_t> jobs_ended;    // because somebody has asked for it

    // The postmaster: starts what is registered, ends what shall end.
    void tend() {
        for (Slot& slot : slots) {
            Said said = Said::of(slot.word.peek());
            if (said.stage == k_registered) {
                jobs_started.push_back(slot.job.peek());
                said.stage = next_pid_++;
                slot.word.store(said.number());
            }
            if (said.stage == k_free || said.stage == k_filling || slot.to_end.peek() != said.generation)
                continue;
            jobs_ended.push_back(slot.job.peek());
            leave(slot);
        }
    }
    // The worker in the slot has finished, and the postmaster has seen it.
    static void leave(Slot& slot) {
        slot.word.store(Said{Said::of(slot.word.peek()).generation, k_free}.number());
    }

    // Lets others do things while something is called: the deeds one after the other, each before the access of that number.
    void meanwhile(std::vector<int> moments, std::vector<Deed> deeds) {
        between_accesses = [this, moments = std::move(moments), deeds = std::move(deeds), access = 0,
                            done = std::size_t{0}]() mutable {
            if (busy_) return;
            busy_ = true;
            for (; done < deeds.size() && moments[done] == access; ++done) {
                story_ +=
                    "\n  before its access number " + std::to_string(access + 1) + " " + deeds[done].first;
                deeds[done].second();
            }
            busy_ = false;
            ++access;
        };
    }
    // Nobody interrupts any more.
    void quiet() { between_accesses = nullptr; }
    const std::string& story() const { return story_; }

private:
    const Watchdog watchdog_;
    std::uint32_t next_pid_ = 101;
    bool busy_ = false;
    std::string story_;
};

// A slot that has been used before.
Handle ended_worker(Server& server) {
    const std::optional<Handle> handle = enlist(server.slots, 1);
    REQUIRE(handle);
    server.tend();
    Server::leave(*handle->slot);
    return *handle;
}

std::string words(const Seen& seen) {
    switch (seen.status) {
        case Seen::not_yet_started: return "not yet started";
        case Seen::runs: return "runs as " + std::to_string(seen.pid);
        case Seen::ended: return "ended";
    }
    return "nonsense";
}

std::string words(std::vector<std::uint64_t> jobs) {
    std::sort(jobs.begin(), jobs.end());
    std::string all;
    for (const std::uint64_t job : jobs) all += (all.empty() ? "" : " and ") + std::to_string(job);
    return all.empty() ? "none" : all;
}

// Calls something for each two moments, the second not before the first.
void for_all_moments(const std::function<void(std::vector<int>)>& test) {
    for (int first = 0; first < k_accesses; ++first)
        for (int second = first; second < k_accesses; ++second) test({first, second});
}

}  // namespace

TEST_CASE("a worker is registered, runs, and ends") {
    Server server;
    const auto first = enlist(server.slots, 7), second = enlist(server.slots, 8);
    REQUIRE(first);
    REQUIRE(second);
    {
        INFO("two slots, and a third worker");
        CHECK_FALSE(enlist(server.slots, 9).has_value());
    }
    CHECK(words(look(*first)) == "not yet started");
    server.tend();
    CHECK(words(server.jobs_started) == "7 and 8");
    CHECK(words(look(*first)) == "runs as 101");
    CHECK(words(look(*second)) == "runs as 102");
    ask_to_end(*second);
    server.tend();
    CHECK(words(server.jobs_ended) == "8");
    CHECK(words(look(*first)) == "runs as 101");
    CHECK(words(look(*second)) == "ended");
}

TEST_CASE("a handle never means a stranger") {
    Server server;
    const Handle old = ended_worker(server);
    CHECK(words(look(old)) == "ended");
    const auto next = enlist(server.slots, 2);
    REQUIRE(next);
    REQUIRE(next->slot == old.slot);
    INFO("a worker has ended, and another one is in its slot; the old handle");
    CHECK(words(look(old)) == "ended");
    server.tend();
    CHECK(words(look(old)) == "ended");
    CHECK(words(look(*next)) == "runs as 102");
    ask_to_end(old);
    server.tend();
    CHECK(words(server.jobs_ended) == "none");
    CHECK(words(look(*next)) == "runs as 102");
}

TEST_CASE("two register at the same time, and the postmaster looks at any moment") {
    for_all_moments([](const std::vector<int>& moments) {
        Server server;
        std::optional<Handle> theirs;
        server.meanwhile(moments, {{"another one registers job 8", [&] { theirs = enlist(server.slots, 8); }},
                                   {"the postmaster looks", [&] { server.tend(); }}});
        const std::optional<Handle> ours = enlist(server.slots, 7);
        server.quiet();
        const bool another_one_was_there = server.story().find("registers") != std::string::npos;
        server.tend();
        INFO("somebody registers job 7" << server.story() << "\njobs that the postmaster has started");
        REQUIRE(words(server.jobs_started) == (another_one_was_there ? "7 and 8" : "7"));
        REQUIRE(ours);
        REQUIRE(words(look(*ours)).substr(0, 4) == "runs");
        const bool each_has_a_slot_of_its_own = !theirs || theirs->slot != ours->slot;
        REQUIRE(each_has_a_slot_of_its_own);
    });
}

TEST_CASE("a worker ends while somebody looks, and another one takes its slot") {
    for_all_moments([](const std::vector<int>& moments) {
        Server server;
        const std::optional<Handle> handle = enlist(server.slots, 7);
        REQUIRE(handle);
        server.tend();
        bool has_ended = false;
        server.meanwhile(moments, {{"it ends",
                                    [&] {
                                        Server::leave(*handle->slot);
                                        has_ended = true;
                                    }},
                                   {"another worker begins in its slot, as 102", [&] {
                                        enlist(server.slots, 8);
                                        server.tend();
                                    }}});
        const std::string seen = words(look(*handle));
        server.quiet();
        INFO("somebody looks how the worker is that runs as 101" << server.story()
                                                                 << "\nit is said to be: " << seen);
        const bool it_is_true_of_this_worker = seen == "runs as 101" || (has_ended && seen == "ended");
        REQUIRE(it_is_true_of_this_worker);
    });
}

TEST_CASE("an old handle asks, and a younger one does, too") {
    for (int moment = 0; moment < k_accesses; ++moment) {
        Server server;
        const Handle old = ended_worker(server);
        const std::optional<Handle> young = enlist(server.slots, 2);
        REQUIRE(young);
        server.meanwhile({moment},
                         {{"the second one's owner asks for its end", [&] { ask_to_end(*young); }}});
        ask_to_end(old);
        server.quiet();
        if (server.story().empty()) ask_to_end(*young);
        server.tend();
        INFO(
            "a slot has had one worker and has the second one now; somebody asks for the end of the first one"
            << server.story() << "\njobs that the postmaster ends");
        REQUIRE(words(server.jobs_ended) == "2");
    }
}
