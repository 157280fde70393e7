#include <fmt/format.h>

#include <string>
#include <vector>

#include "answers.hpp"
#include "launch.hpp"
#include "processes.hpp"
#include "tests/catch.hpp"

using namespace forklore::exercise;

namespace {

constexpr unsigned k_patience = 60;

// A postmaster on paper: its launches are made of what is written down here, and its clock shows just that.
class PaperPostmaster : public Postmaster {
public:
    explicit PaperPostmaster(std::vector<Launch> launches) : launches_(std::move(launches)) {
        another_clock = [this] { return clock_; };
    }
    ~PaperPostmaster() override { another_clock = nullptr; }
    PaperPostmaster(const PaperPostmaster&) = delete;
    PaperPostmaster& operator=(const PaperPostmaster&) = delete;

    void ask() override {
        asked_ = clock_;
        clock_ += k_to_ask;
        ++asked_for_;
    }
    void wait() override {
        const Launch& launch = launches_[next_++ % launches_.size()];
        marks_.heard = asked_ + launch.hear;
        marks_.forked = marks_.heard + launch.fork;
        marks_.begun = marks_.heard + launch.begin;
        marks_.buried = marks_.begun + launch.bury;
        clock_ = marks_.buried + launch.tell;
    }
    const Marks& marks() const override { return marks_; }
    int asked_for() const { return asked_for_; }

private:
    static constexpr std::int64_t k_to_ask = 3;
    std::vector<Launch> launches_;
    std::size_t next_ = 0;
    std::int64_t clock_ = 1'000'000, asked_ = 0;
    int asked_for_ = 0;
    Marks marks_;
};

Launch launch(std::int64_t hear, std::int64_t begin, std::int64_t bury, std::int64_t tell,
              std::int64_t fork) {
    return {.hear = hear,
            .begin = begin,
            .bury = bury,
            .tell = tell,
            .whole = hear + begin + bury + tell,
            .fork = fork};
}

std::string spell(const Launch& launch) {
    return fmt::format("hear {}, begin {}, bury {}, tell {}; whole {}, fork {}", launch.hear, launch.begin,
                       launch.bury, launch.tell, launch.whole, launch.fork);
}

// The first launch, which is as written here.
std::string first(const Launch& written) {
    PaperPostmaster postmaster({written});
    const Cost cost = measure(postmaster);
    REQUIRE_FALSE(cost.samples.empty());
    return spell(cost.samples.front());
}

}  // namespace

TEST_CASE("each launch is a sample") {
    PaperPostmaster postmaster({launch(10, 60, 50, 20, 55)});
    const Cost cost = measure(postmaster);
    CHECK(cost.samples.size() == k_launches);
    CHECK(postmaster.asked_for() == k_launches);
}

TEST_CASE("the steps follow each other, from the asker's question to the asker's answer") {
    const Launch written = launch(10, 60, 50, 20, 55);
    const std::string measured = first(written);
    INFO("there was\n  " << spell(written) << "\nand you have measured\n  " << measured);
    const bool it_is_that = measured == spell(written);
    CHECK(it_is_that);
}

TEST_CASE("a worker may begin before fork has returned in the postmaster, and after it") {
    for (const std::int64_t fork : {90, 60, 5}) {
        const Launch written = launch(10, 60, 50, 20, fork);
        const std::string measured = first(written);
        INFO("the worker begins " << 60 << " ns after the postmaster was awake, and fork returns after "
                                  << fork << "; there was\n  " << spell(written)
                                  << "\nand you have measured\n  " << measured);
        const bool it_is_that = measured == spell(written);
        CHECK(it_is_that);
    }
}

TEST_CASE("one slow launch does not change the result") {
    std::vector<Launch> launches(k_launches, launch(10, 60, 50, 20, 55));
    launches[0] = launch(5'000'000, 60, 50, 20, 55);
    launches[7] = launch(10, 60, 50, 7'000'000, 55);
    launches[9] = launch(10, 8'000'000, 50, 20, 8'000'000);
    PaperPostmaster postmaster(launches);
    const std::string measured = spell(measure(postmaster).median), usual = spell(launches[1]);
    INFO("nearly all launches were\n  " << usual << "\nand your median is\n  " << measured);
    const bool it_is_the_usual_one = measured == usual;
    CHECK(it_is_the_usual_one);
}

TEST_CASE("each number has a median of its own") {
    // In each launch one step takes longer, and in each another one.
    PaperPostmaster postmaster({launch(110, 60, 50, 20, 55), launch(10, 160, 50, 20, 155),
                                launch(10, 60, 150, 20, 55), launch(10, 60, 50, 120, 55)});
    const std::string measured = spell(measure(postmaster).median);
    const std::string expected = "hear 10, begin 60, bury 50, tell 20; whole 240, fork 55";
    INFO("in each launch another step took longer; one by one their medians are\n  "
         << expected << "\nand yours are\n  " << measured);
    const bool each_is_the_middle_one = measured == expected;
    CHECK(each_is_the_middle_one);
}

TEST_CASE("a small postmaster and a large one are measured") {
    const Watchdog watchdog(k_patience);
    std::string table = fmt::format("{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}   (µs)\n", "", "hear", "begin",
                                    "bury", "tell", "whole", "fork");
    std::vector<Launch> medians;
    for (const std::size_t megabytes : {0, 64}) {
        SmallPostmaster postmaster(megabytes);
        const Launch median = measure(postmaster).median;
        medians.push_back(median);
        table += fmt::format("{:>8}", megabytes == 0 ? "small" : "large");
        for (const auto number :
             {median.hear, median.begin, median.bury, median.tell, median.whole, median.fork})
            table += fmt::format("{:8.1f}", static_cast<double>(number) / 1'000);
        table += "\n";
    }
    fmt::print("{}", table);
    INFO("the large one has 64 MiB of its own in use, and fork copies where its 16384 pages are");
    const bool fork_takes_at_least_twice_as_long = medians[1].fork > 2 * medians[0].fork;
    CHECK(fork_takes_at_least_twice_as_long);
}

TEST_CASE("the answers are written, and do not contradict each other") {
    const Answers answers;
    answers.check_written("05-background-workers/03-what-a-launch-costs");
    for (const std::string size : {"small", "large"}) {
        double sum = 0;
        for (const char* step : {"hear", "begin", "bury", "tell"}) sum += answers.number(size + ", " + step);
        const double whole = answers.number(size + ", whole");
        INFO("answers.md: the four steps of a launch of the "
             << size << " one's make up " << sum << " µs by your numbers, and the whole " << whole);
        // Medians do not add up exactly.
        const bool the_steps_make_up_the_whole = sum < 2 * whole && whole < 2 * sum;
        CHECK(the_steps_make_up_the_whole);
    }
    INFO(
        "answers.md: by your numbers the fork that copies more takes less time. Are the lines in the right "
        "order?");
    const bool copying_takes_time = answers.number("large, fork") > answers.number("small, fork");
    CHECK(copying_takes_time);
    answers.check_texts(3);
}
