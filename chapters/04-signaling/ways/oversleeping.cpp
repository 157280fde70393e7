// A process that sleeps until a signal comes, and oversleeps it now and then. Another one brings it work, again and again, until the work is
// there, the signal has been sent, and the worker sleeps.
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

struct Shared {
    std::atomic<bool> work;
    std::atomic<long> done;
};

//! [wait]
void on_signal(int) {}  // that it comes is enough: it ends the sleep

void wait_for_work(Shared& shared) {
    while (!shared.work.load()) {  // 1. look
        sched_yield();  // here the kernel may let somebody else run; so that we need not wait for it, we ask
        pause();  // 2. sleep until a signal comes
    }
}

void bring_work(Shared& shared, pid_t worker) {
    shared.work.store(true);
    kill(worker, SIGUSR1);
}
//! [wait]

int main() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return std::perror("mmap"), 1;
    auto& shared = *static_cast<Shared*>(memory);
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGUSR1, &action, nullptr);  // before the fork, so that no signal finds the worker without it

    const pid_t worker = fork();
    if (worker == 0) {
        for (;;) {
            wait_for_work(shared);
            shared.work.store(false);
            shared.done.fetch_add(1);
        }
    }
    for (long brought = 1;; ++brought) {
        bring_work(shared, worker);
        // A second is long. Most of the time it takes a few microseconds.
        for (int tries = 0; tries < 10'000 && shared.done.load() < brought; ++tries) {
            for (int i = 0; i < 1'000 && shared.done.load() < brought; ++i) {
            }
            if (shared.done.load() < brought) usleep(100);
        }
        if (shared.done.load() == brought) continue;
        std::printf("the work is %s, and the worker sleeps\n", shared.work.load() ? "there" : "done");
        break;
    }
    kill(worker, SIGKILL);
    waitpid(worker, nullptr, 0);
}
