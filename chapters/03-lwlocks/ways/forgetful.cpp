// A lock that sleeps, and forgets somebody now and then. Two processes take it and give it back a few times, again and
// again, until one of them sleeps while the lock is free, and nobody is left who would wake it.
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <vector>

constexpr int k_processes = 2;

//! [lock]
struct ForgetfulLock {
    void lock(int me) {
        while (taken.exchange(true)) {  // 1. try
            sched_yield();  // here the kernel may let somebody else run; so that we need not wait for it, we ask
            asleep[me].store(true);  // 2. say that somebody waits
            sem_wait(&wake_up[me]);  // 3. sleep
        }
    }
    void unlock() {
        taken.store(false);
        for (int i = 0; i < k_processes; ++i) {
            if (!asleep[i].exchange(false)) continue;
            sem_post(&wake_up[i]);  // one is enough: it will wake the next
            return;
        }
    }
    std::atomic<bool> taken, asleep[k_processes];
    sem_t wake_up[k_processes];
};
//! [lock]

struct Shared {
    ForgetfulLock lock;
    std::atomic<int> ready;
};

// Each process takes the lock a few times and ends. Whether all of them did, within a second.
bool all_end(Shared& shared) {
    std::vector<pid_t> children;
    for (int i = 0; i < k_processes; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            shared.ready.fetch_add(1);
            while (shared.ready.load() < k_processes) {
            }
            for (int n = 0; n < 50; ++n) {
                shared.lock.lock(i);
                shared.lock.unlock();
            }
            _exit(0);
        }
        children.push_back(child);
    }
    int ended = 0;
    for (int tries = 0; tries < 10'000 && ended < k_processes; ++tries) {
        while (waitpid(-1, nullptr, WNOHANG) > 0) ++ended;
        if (ended < k_processes) usleep(100);
    }
    if (ended == k_processes) return true;
    std::printf("the lock is %s, and somebody sleeps\n", shared.lock.taken.load() ? "taken" : "free");
    for (const pid_t child : children) kill(child, SIGKILL);
    while (wait(nullptr) > 0) {
    }
    return false;
}

int main() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return std::perror("mmap"), 1;
    auto& shared = *static_cast<Shared*>(memory);
    for (sem_t& semaphore : shared.lock.wake_up) sem_init(&semaphore, 1, 0);
    while (all_end(shared)) shared.ready.store(0);
}
