// How often processes can take and give back a lock: ours beside what POSIX and Boost offer.
//
//   lock_ladder LOCK MODE PROCESSES MILLISECONDS
//
// prints how many pairs of taking and giving back all processes together did in a second, the nanoseconds of processor time that a
// pair cost, and how often a process fell asleep in a thousand pairs. MODE is exclusive, shared, or mostly_shared: 95 in
// 100. Under the lock stands one addition to a number in shared memory, or one look at it. What cannot be shared is taken
// alone. `lock_ladder` without arguments lists the locks.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/interprocess_sharable_mutex.hpp>
#include <boost/interprocess/sync/interprocess_upgradable_mutex.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "connections/connection_settings.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/spin_lock.hpp"
#include "shared_memory/process_table.hpp"
#include "shared_memory/segment.hpp"
#include "shared_memory/shared_memory_settings.hpp"

namespace bi = boost::interprocess;
using forklore::LWLockMode;

namespace {

constexpr int k_most_processes = 64;

// What each lock must be able to do. The same object lies in shared memory for all.
struct RawAdd {
    void lock() { word.fetch_add(1, std::memory_order_acq_rel); }
    void unlock() { word.fetch_sub(1, std::memory_order_acq_rel); }
    std::atomic<std::uint32_t> word{0};
};
struct RawExchange {  // a lock that is always free, because its only user has it to itself
    void lock() {
        std::uint32_t free = 0;
        word.compare_exchange_strong(free, 1, std::memory_order_acq_rel);
    }
    void unlock() {
        std::uint32_t taken = 1;
        word.compare_exchange_strong(taken, 0, std::memory_order_acq_rel);
    }
    std::atomic<std::uint32_t> word{0};
};
struct Spin {
    void lock() { it.lock(); }
    void unlock() { it.unlock(); }
    forklore::SpinLock it;
};
struct Ours {
    void lock() { it.acquire(LWLockMode::exclusive); }
    void unlock() { it.release(); }
    void lock_shared() { it.acquire(LWLockMode::shared); }
    void unlock_shared() { it.release(); }
    forklore::LWLock it;
};
struct PthreadMutex {
    PthreadMutex() {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(&it, &attributes);
    }
    void lock() { pthread_mutex_lock(&it); }
    void unlock() { pthread_mutex_unlock(&it); }
    pthread_mutex_t it;
};
struct PthreadRwlock {
    PthreadRwlock() {
        pthread_rwlockattr_t attributes;
        pthread_rwlockattr_init(&attributes);
        pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_rwlock_init(&it, &attributes);
    }
    void lock() { pthread_rwlock_wrlock(&it); }
    void unlock() { pthread_rwlock_unlock(&it); }
    void lock_shared() { pthread_rwlock_rdlock(&it); }
    void unlock_shared() { pthread_rwlock_unlock(&it); }
    pthread_rwlock_t it;
};
struct BoostMutex {
    void lock() { it.lock(); }
    void unlock() { it.unlock(); }
    bi::interprocess_mutex it;
};
template <typename Mutex>
struct BoostSharable {
    void lock() { it.lock(); }
    void unlock() { it.unlock(); }
    void lock_shared() { it.lock_sharable(); }
    void unlock_shared() { it.unlock_sharable(); }
    Mutex it;
};
struct Semaphore {
    Semaphore() { sem_init(&it, 1, 1); }
    void lock() { sem_wait(&it); }
    void unlock() { sem_post(&it); }
    sem_t it;
};

template <typename Lock>
concept Sharable = requires(Lock lock) {
    lock.lock_shared();
};

struct alignas(128) Count {
    std::atomic<std::uint64_t> pairs;
};
// All that the processes share.
struct Field {
    using Shareable = void;
    alignas(128) std::atomic<int> ready;
    alignas(128) std::atomic<bool> go;
    alignas(128) std::atomic<bool> stop;
    alignas(128) volatile std::uint64_t guarded;
    Count counts[k_most_processes];
    alignas(128) unsigned char lock[512];
};

enum class Mode { exclusive, shared, mostly_shared };

template <Mode mode, typename Lock>
void work(Lock& lock, Field& field, Count& mine, unsigned seed) {
    std::uint64_t pairs = 0;
    while (!field.stop.load(std::memory_order_relaxed)) {
        for (int i = 0; i < 100; ++i) {
            bool alone = mode == Mode::exclusive;
            if constexpr (mode == Mode::mostly_shared) {
                seed = seed * 1664525u + 1013904223u;
                alone = (seed >> 16) % 100 < 5;
            }
            if (alone) {
                lock.lock();
                field.guarded = field.guarded + 1;
                lock.unlock();
            } else if constexpr (Sharable<Lock>) {
                lock.lock_shared();
                (void)field.guarded;
                lock.unlock_shared();
            } else {
                lock.lock();
                (void)field.guarded;
                lock.unlock();
            }
        }
        pairs += 100;
    }
    mine.pairs.store(pairs);
}

double seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Lock>
int measure(Field& field, Mode mode, int processes, int milliseconds) {
    Lock& lock = *new (field.lock) Lock();
    static_assert(sizeof(Lock) <= sizeof field.lock);
    for (int i = 0; i < processes; ++i) {
        const forklore::SlotNumber slot =
            forklore::process_table().assign(forklore::ProcessKind::client_backend);
        if (fork() == 0) {
            // Left to itself, the kernel may run all of them on one processor, where there is nothing to contend for.
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(static_cast<std::size_t>(i % get_nprocs()), &one);
            sched_setaffinity(0, sizeof one, &one);
            forklore::process_table().attach(slot);
            forklore::attach_lw_locks(slot);
            field.ready.fetch_add(1);
            while (!field.go.load()) usleep(100);
            Count& mine = field.counts[i];
            const unsigned seed = static_cast<unsigned>(i) * 7919u + 1;
            if (mode == Mode::exclusive) work<Mode::exclusive>(lock, field, mine, seed);
            if (mode == Mode::shared) work<Mode::shared>(lock, field, mine, seed);
            if (mode == Mode::mostly_shared) work<Mode::mostly_shared>(lock, field, mine, seed);
            _exit(0);
        }
    }
    while (field.ready.load() != processes) usleep(100);
    const double begun = seconds();
    field.go.store(true);
    usleep(static_cast<unsigned>(milliseconds) * 1000);
    field.stop.store(true);
    const double took = seconds() - begun;
    while (wait(nullptr) > 0) {
    }
    std::uint64_t pairs = 0;
    for (int i = 0; i < processes; ++i) pairs += field.counts[i].pairs.load();
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const double processor = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                             static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    std::printf("%.0f %.2f %.3f\n", static_cast<double>(pairs) / took,
                processor * 1e9 / static_cast<double>(pairs),
                static_cast<double>(used.ru_nvcsw) * 1e3 / static_cast<double>(pairs));
    return 0;
}

struct Rung {
    const char* name;
    int (*measure)(Field&, Mode, int, int);
};
constexpr Rung k_ladder[] = {
    {"fetch_add", measure<RawAdd>},
    {"compare_exchange", measure<RawExchange>},
    {"spinlock", measure<Spin>},
    {"lwlock", measure<Ours>},
    {"pthread_mutex", measure<PthreadMutex>},
    {"pthread_rwlock", measure<PthreadRwlock>},
    {"interprocess_mutex", measure<BoostMutex>},
    {"interprocess_sharable_mutex", measure<BoostSharable<bi::interprocess_sharable_mutex>>},
    {"interprocess_upgradable_mutex", measure<BoostSharable<bi::interprocess_upgradable_mutex>>},
    {"semaphore", measure<Semaphore>},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc == 1) {
        for (const Rung& rung : k_ladder) std::puts(rung.name);
        return 0;
    }
    if (argc != 5)
        return std::fputs("usage: lock_ladder [LOCK exclusive|shared|mostly_shared PROCESSES MILLISECONDS]\n",
                          stderr),
               2;
    const Mode mode = argv[2] == std::string_view("exclusive") ? Mode::exclusive
                      : argv[2] == std::string_view("shared")  ? Mode::shared
                                                               : Mode::mostly_shared;
    const int processes = std::atoi(argv[3]);
    if (processes < 1 || processes > k_most_processes) return std::fputs("1 to 64 processes\n", stderr), 2;
    forklore::process_table().request();
    forklore::detail::request_waiters();
    forklore::segment().request("Field", sizeof(Field));
    forklore::segment().create();
    forklore::process_table().create();
    forklore::detail::create_waiters();
    Field& field = forklore::segment().find_or_create<Field>("Field");
    for (const Rung& rung : k_ladder) {
        if (argv[1] == std::string_view(rung.name))
            return rung.measure(field, mode, processes, std::atoi(argv[4]));
    }
    return std::fprintf(stderr, "no lock %s\n", argv[1]), 2;
}
