// The worker of oversleeping.cpp with a latch. It is brought work a hundred thousand times, and ought to be awake each time.
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <new>

#include "small_latch.hpp"

struct Shared {
    std::atomic<bool> work{false};
    std::atomic<long> done{0};
    Latch latch{};
};

//! [wait]
void wait_for_work(Shared& shared) {
    while (!shared.work.load()) {  // 1. look
        sched_yield();  // here the kernel may let somebody else run
        shared.latch.sleep();  // 2. sleep, unless the latch has been set; reset it
    }
}

void bring_work(Shared& shared) {
    shared.work.store(true);
    shared.latch.set();
}
//! [wait]

int main() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return std::perror("mmap"), 1;
    Shared& shared = *new (memory) Shared;
    if (shared.latch.bell < 0) return std::perror("eventfd"), 1;

    const pid_t worker = fork();
    if (worker == 0) {
        for (;;) {
            wait_for_work(shared);
            shared.work.store(false);
            shared.done.fetch_add(1);
        }
    }
    constexpr long k_pieces = 100'000;
    long brought = 0;
    do {
        bring_work(shared);
        ++brought;
        // Ten seconds are very long.
        for (int tries = 0; tries < 100'000 && shared.done.load() < brought; ++tries) {
            for (int i = 0; i < 1'000 && shared.done.load() < brought; ++i) sched_yield();
            if (shared.done.load() < brought) usleep(100);
        }
    } while (shared.done.load() == brought && brought < k_pieces);
    std::printf("%ld pieces of work, %ld of them are done\n", brought, shared.done.load());
    kill(worker, SIGKILL);
    waitpid(worker, nullptr, 0);
}
