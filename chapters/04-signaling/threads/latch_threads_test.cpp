// The latch under the thread sanitizer, which watches threads: here each thread stands for a process, and what wakes a sleeper is a semaphore.
// The sanitizer knows the rules of C++'s memory model. What is handed over here lies in plain variables, so it finds a missing order between
// the change and the set, or between the reset and the look, even where this processor would have kept it.
#include <semaphore.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "signaling/latch.hpp"

namespace forklore {

namespace {
constexpr int k_processes = 4;
sem_t bells[k_processes];
}  // namespace

// What latch_sleeper.cpp does with a signal or an eventfd. Either may be there before the sleep, and ends it then.
void detail::wake_sleeper(SlotNumber owner, bool) noexcept { sem_post(&bells[owner]); }

namespace {

Latch latches[k_processes] = {Latch(0), Latch(1), Latch(2), Latch(3)};

// As WaitSet::wait() does it.
void wait(Latch& mine, SlotNumber me) {
    if (!mine.fall_asleep()) return;
    while (sem_wait(&bells[me]) != 0) {
    }
    mine.reset();
}

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::exit(1);
}

// Each process hands the next one a plain number, again and again, and says so by nothing but its latch, which is set once for each.
void in_a_circle() {
    static long box[k_processes];  // not atomic: only the latch orders its uses
    constexpr long k_rounds = 20'000;
    const auto run = [](SlotNumber me) {
        const SlotNumber next = (me + 1) % k_processes;
        for (long round = 1; round <= k_rounds; ++round) {
            if (me != 0 || round > 1) {
                wait(latches[me], me);
                check(box[me] == (me == 0 ? round - 1 : round), "the number that was handed over");
            }
            box[next] = round;
            latches[next].set();
        }
    };
    std::vector<std::thread> threads;
    for (SlotNumber me = 0; me < k_processes; ++me) threads.emplace_back(run, me);
    for (std::thread& each : threads) each.join();
}

// Several bring work to one, in a place of their own each; it looks at all places whenever it is woken.
void many_to_one() {
    constexpr long k_each = 100'000;
    static std::atomic<long> brought[k_processes];
    static long work[k_processes][k_each];  // not atomic
    for (auto& each : brought) each = 0;
    latches[0].reset();
    std::vector<std::thread> threads;
    for (SlotNumber me = 1; me < k_processes; ++me) {
        threads.emplace_back([me] {
            std::mt19937 random(static_cast<unsigned>(me));
            for (long i = 0; i < k_each; ++i) {
                work[me][i] = me * k_each + i;
                brought[me].store(i + 1, std::memory_order_release);
                latches[0].set();
                if (random() % 1000 == 0) std::this_thread::yield();
            }
        });
    }
    long done[k_processes] = {}, all = 0;
    for (;;) {
        for (SlotNumber from = 1; from < k_processes; ++from)
            for (const long there = brought[from].load(std::memory_order_acquire); done[from] < there; ++done[from], ++all)
                check(work[from][done[from]] == from * k_each + done[from], "the work that was brought");
        if (all == (k_processes - 1) * k_each) break;
        wait(latches[0], 0);
    }
    for (std::thread& each : threads) each.join();
}

}  // namespace

}  // namespace forklore

int main() {
    for (sem_t& bell : forklore::bells) sem_init(&bell, 0, 0);
    forklore::in_a_circle();
    forklore::many_to_one();
    std::puts("all well");
}
