// A lock that waits by looking. Four processes want it, and who has it keeps it for a while.
//
//   spinning MILLISECONDS
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

//! [lock]
struct SpinningLock {
    void lock() {
        while (taken.exchange(true, std::memory_order_acquire)) {
        }
    }
    void unlock() { taken.store(false, std::memory_order_release); }
    std::atomic<bool> taken;
};
//! [lock]

int main(int argc, char** argv) {
    const useconds_t held = argc == 2 ? static_cast<useconds_t>(std::atoi(argv[1])) * 1000 : 100'000;
    void* memory =
        mmap(nullptr, sizeof(SpinningLock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return std::perror("mmap"), 1;
    auto& shared = *static_cast<SpinningLock*>(memory);
    for (int i = 0; i < 4; ++i) {
        if (fork() != 0) continue;
        shared.lock();
        usleep(held);  // reads a page, say: the processor is free meanwhile
        shared.unlock();
        _exit(0);
    }
    while (wait(nullptr) > 0) {
    }
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const double busy =
        static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) / 1e6;
    std::puts(busy > static_cast<double>(held) / 4e6 ? "waiting has kept the processors busy"
                                                     : "waiting has cost next to nothing");
}
