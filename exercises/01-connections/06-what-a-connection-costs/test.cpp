#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>

#include "answers.hpp"
#include "servers.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::exercise;

namespace {

constexpr std::int64_t k_ms = 1'000'000;  // nanoseconds

std::int64_t own_cpu() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return ((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000LL + usage.ru_utime.tv_usec +
            usage.ru_stime.tv_usec) *
           1'000;
}

// Computes until this process has used so much processor time.
void compute(std::int64_t nanoseconds) {
    while (own_cpu() < nanoseconds) {
    }
}

std::int64_t middle_of(std::vector<std::int64_t> samples) {
    std::sort(samples.begin(), samples.end());
    return samples[samples.size() / 2];
}

}  // namespace

TEST_CASE("each connection is a sample, and the median is the middle one") {
    const Watchdog watchdog(30);
    Server server([](int listener, int control) { serve_by_fork(listener, control); });
    const Cost cost = measure(server, 51);
    CHECK(cost.samples.size() == 51);
    const bool all_took_time =
        std::all_of(cost.samples.begin(), cost.samples.end(), [](auto t) { return t > 0; });
    CHECK(all_took_time);
    REQUIRE_FALSE(cost.samples.empty());
    const bool it_is_the_middle_one = cost.median == middle_of(cost.samples);
    INFO("51 connections; 25 samples should be at most as large as the median, and 25 at least as large");
    CHECK(it_is_the_middle_one);
}

TEST_CASE("afterwards the server has ended, and is buried") {
    const Watchdog watchdog(30);
    Server server([](int listener, int control) { serve_by_fork(listener, control); });
    measure(server, 3);
    CHECK(process_state(server.pid()) == '-');
}

TEST_CASE("what the server's children compute is counted") {
    const Watchdog watchdog(30);
    Server server(
        [](int listener, int control) { serve_by_fork(listener, control, [] { compute(5 * k_ms); }); });
    const Cost cost = measure(server, 11);
    INFO("this server forks a child for each connection, which computes for 5 ms before it answers");
    const bool at_least_5_ms_of_cpu = cost.cpu >= 5 * k_ms * 98 / 100;  // the kernel rounds
    CHECK(at_least_5_ms_of_cpu);
}

TEST_CASE("waiting is not computing") {
    const Watchdog watchdog(30);
    Server server(
        [](int listener, int control) { serve_by_fork(listener, control, [] { ::poll(nullptr, 0, 50); }); });
    const Cost cost = measure(server, 5);
    INFO("this server waits for 50 ms before it answers each connection, and computes nothing");
    const bool at_least_50_ms_pass = cost.median >= 50 * k_ms;
    const bool less_than_40_ms_of_cpu = cost.cpu < 40 * k_ms;
    CHECK(at_least_50_ms_pass);
    CHECK(less_than_40_ms_of_cpu);
}

TEST_CASE("three ways to serve are measured") {
    const Watchdog watchdog(60);
    const std::pair<const char*, Serve> models[] = {
        {"fork", [](int listener, int control) { serve_by_fork(listener, control); }},
        {"thread", serve_by_thread},
        {"preforked", serve_preforked},
    };
    std::string table = fmt::format("{:12}{:>16}{:>16}\n", "", "median, µs", "CPU, µs");
    for (const auto& [name, serve] : models) {
        Server server(serve);
        const Cost cost = measure(server, 1'001);
        INFO("the server: " << name);
        const bool both_are_positive = cost.median > 0 && cost.cpu > 0;
        CHECK(both_are_positive);
        table += fmt::format("{:12}{:15.1f}{:15.1f}\n", name, static_cast<double>(cost.median) / 1'000,
                             static_cast<double>(cost.cpu) / 1'000);
    }
    fmt::print("{}", table);
}

TEST_CASE("the answers are written, and do not contradict each other") {
    const Answers answers;
    answers.check_written("01-connections/06-what-a-connection-costs");

    for (const char* model : {"fork", "thread", "preforked"}) {
        answers.number(std::string(model) + ", median");
        answers.number(std::string(model) + ", CPU");
    }
    {
        INFO(
            "answers.md: by your numbers a thread takes more of the processor than a process. Starting a "
            "process does "
            "all that starting a thread does, and more: are the lines in the right order?");
        const bool fork_computes_more_than_thread =
            answers.number("fork, CPU") > answers.number("thread, CPU");
        CHECK(fork_computes_more_than_thread);
    }
    {
        INFO("answers.md: by your numbers it costs less to fork for each client than to have forked before");
        const bool fork_computes_more_than_preforked =
            answers.number("fork, CPU") > answers.number("preforked, CPU");
        CHECK(fork_computes_more_than_preforked);
    }
    answers.check_texts(3);
}
