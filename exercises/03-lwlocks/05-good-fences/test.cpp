#include <fmt/format.h>

#include <sys/wait.h>

#include <algorithm>
#include <vector>

#include "answers.hpp"
#include "processes.hpp"
#include "street.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 100;

// Where the test's processes write down what they see. In shared memory.
struct Notes {
    std::atomic<int> at_the_line, pairs, calls;
    std::atomic<std::size_t> offset[1'000];  // of the locks, in the order in which work on them began
};

// Clocks that the test's work moves, and nothing else.
std::int64_t fake_wall = 0, fake_cpu = 0;

// Replaces the work and the clocks.
class Imitation {
public:
    // In the work a pair takes 7 ns of a processor's time and, as the machine is busy, 900 ns on the wall.
    Imitation() {
        void* at = ::mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(at != MAP_FAILED);
        notes_ = new (at) Notes();
        cpu_ns = [] { return fake_cpu; };
        wall_ns = [] { return fake_wall; };
        work = [notes = notes_](const Street& street, Lock& lock, long pairs) {
            if (street.present() == k_processes) ++notes->at_the_line;
            notes->pairs = static_cast<int>(pairs);
            notes->offset[notes->calls++ % 1'000] = static_cast<std::size_t>(
                reinterpret_cast<unsigned char*>(&lock) - reinterpret_cast<unsigned char*>(&street.lock(0)));
            fake_cpu += 7 * pairs;
            fake_wall += 900 * pairs;
        };
    }
    ~Imitation() {
        work = work_;
        cpu_ns = cpu_;
        wall_ns = wall_;
        ::munmap(notes_, sizeof(Notes));
    }
    Imitation(const Imitation&) = delete;
    Imitation& operator=(const Imitation&) = delete;

    const Notes& notes() const { return *notes_; }

private:
    Notes* notes_ = nullptr;
    decltype(work) work_ = work;
    decltype(cpu_ns) cpu_ = cpu_ns, wall_ = wall_ns;
};

const char* words(Verdict verdict) {
    switch (verdict) {
        case Verdict::neighbours_cost_more: return "neighbours cost more";
        case Verdict::neighbours_cost_less: return "neighbours cost less";
        case Verdict::cannot_tell: break;
    }
    return "cannot tell";
}

double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    return numbers[numbers.size() / 2];
}

// Rounds with the same numbers.
std::vector<Round> rounds_of(std::size_t count, Round round) { return std::vector<Round>(count, round); }

}  // namespace

TEST_CASE("neighbours share a line, and those who live apart do not") {
    CHECK(place(Layout::neighbours, 0) == 0);
    CHECK(place(Layout::neighbours, 1) == sizeof(Lock));
    CHECK(place(Layout::neighbours, 3) == 3 * sizeof(Lock));
    for (int process = 1; process < k_processes; ++process) {
        const std::size_t before = place(Layout::apart, process - 1), here = place(Layout::apart, process);
        CHECK(before / k_line < here / k_line);
        CHECK(here < 4096 - sizeof(Lock));
    }
}

TEST_CASE("all are at work at the same time, each with its own lock") {
    const Watchdog watchdog(k_patience);
    const Imitation imitation;
    measure(Layout::apart);
    const Notes& notes = imitation.notes();
    CHECK(notes.calls == k_processes);
    CHECK(notes.pairs == k_pairs);
    {
        INFO("how many of the processes began when all of them stood at the line");
        CHECK(notes.at_the_line == k_processes);
    }
    std::vector<std::size_t> seen(notes.offset, notes.offset + k_processes), expected;
    std::sort(seen.begin(), seen.end());
    for (int process = 0; process < k_processes; ++process) expected.push_back(place(Layout::apart, process));
    CHECK(seen == expected);
    INFO("afterwards there is no child left");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("what is measured is the work, and not how long it had to wait for a processor") {
    const Watchdog watchdog(k_patience);
    const Imitation imitation;
    INFO("a pair takes 7 ns of a processor's time; on the wall it is 900 ns, because the machine is busy");
    CHECK(measure(Layout::neighbours) == 7.0);
}

TEST_CASE("what disturbs a round disturbs both layouts alike") {
    const Watchdog watchdog(k_patience);
    const Imitation imitation;
    const std::size_t rounds = measure_rounds().size();
    CHECK(rounds == k_rounds);
    const Notes& notes = imitation.notes();
    REQUIRE(notes.calls == 2 * k_rounds * k_processes);
    // Each round has k_processes processes of one layout, and then those of the other.
    int rounds_with_both = 0;
    for (int round = 0; round < k_rounds; ++round) {
        const std::atomic<std::size_t>* at = notes.offset + 2 * round * k_processes;
        const auto farthest = [&](int from) {
            std::size_t found = 0;
            for (int n = 0; n < k_processes; ++n) found = std::max(found, at[from + n].load());
            return found;
        };
        const std::size_t one = farthest(0), other = farthest(k_processes);
        rounds_with_both += std::max(one, other) == place(Layout::apart, k_processes - 1) &&
                            std::min(one, other) == place(Layout::neighbours, k_processes - 1);
    }
    INFO(
        "of twenty measurements for each layout: how many times were two that belong together made one after "
        "the other?");
    CHECK(rounds_with_both == k_rounds);
}

TEST_CASE("the verdict is about how often, and not about how much") {
    CHECK(words(verdict(rounds_of(20, {50, 10}))) == std::string("neighbours cost more"));
    CHECK(words(verdict(rounds_of(20, {10, 50}))) == std::string("neighbours cost less"));
    CHECK(words(verdict(rounds_of(20, {10, 10}))) == std::string("cannot tell"));
    std::vector<Round> rounds = rounds_of(18, {11, 10});
    rounds.push_back({11, 4'000});
    rounds.push_back({11, 9'000});
    {
        INFO(
            "18 of 20 rounds: 11 and 10 ns. In two rounds something else was going on: 11 and 4000, 11 and "
            "9000");
        CHECK(words(verdict(rounds)) == std::string("neighbours cost more"));
    }
    rounds = rounds_of(11, {50, 10});
    for (int n = 0; n < 9; ++n) rounds.push_back({10, 11});
    {
        INFO("in 11 of 20 rounds neighbours were dearer, by far; in nine they were cheaper");
        CHECK(words(verdict(rounds)) == std::string("cannot tell"));
    }
    rounds = rounds_of(9, {12, 10});
    rounds.push_back({10, 12});
    CHECK(words(verdict(rounds)) == std::string("neighbours cost more"));
    rounds.push_back({10, 12});
    CHECK(words(verdict(rounds)) == std::string("cannot tell"));
}

TEST_CASE("the street is measured") {
    const Watchdog watchdog(k_patience);
    const std::vector<Round> rounds = measure_rounds();
    REQUIRE_FALSE(rounds.empty());
    std::vector<double> neighbours, apart;
    std::size_t more = 0;
    for (const Round& round : rounds) {
        neighbours.push_back(round.neighbours);
        apart.push_back(round.apart);
        more += round.neighbours > round.apart;
    }
    const bool all_took_time = *std::min_element(neighbours.begin(), neighbours.end()) > 0 &&
                               *std::min_element(apart.begin(), apart.end()) > 0;
    CHECK(all_took_time);
    fmt::print("{:22}{:>8}\n{:22}{:8.1f}\n{:22}{:8.1f}\n{:22}{:8.1f}\n{}: dearer in {} of {} rounds\n",
               "medians", "ns", "neighbours", median(neighbours), "apart", median(apart), "times as much",
               median(neighbours) / median(apart), words(verdict(rounds)), more, rounds.size());
}

TEST_CASE("the answers are written, and do not contradict each other") {
    const Answers answers;
    answers.check_written("03-lwlocks/05-good-fences");
    const double neighbours = answers.number("neighbours"), apart = answers.number("apart");
    const double ratio = answers.number("times as much");
    INFO("answers.md: neighbours take " << neighbours << " ns, those who live apart " << apart
                                        << " ns; is that " << ratio << " times as much?");
    const bool they_fit = ratio > 0.9 * neighbours / apart && ratio < 1.1 * neighbours / apart;
    CHECK(they_fit);
    answers.check_texts(3);
}
