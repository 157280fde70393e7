/// \file
/// A street of locks, in shared memory: where each one stands, who takes it, and what that costs.
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <vector>

namespace forklore::exercise {

inline constexpr int k_processes = 4;     ///< each takes one lock, and no lock is taken by two
inline constexpr long k_pairs = 400'000;  ///< so often: taken and given back
inline constexpr int k_rounds = 20;       ///< of measuring
inline constexpr std::size_t k_line =
    128;  ///< bytes that processors may carry about together: two cache lines

/// A lock. Small, as locks are.
struct Lock {
    std::atomic<std::uint32_t> word;  ///< 0 while it is free
    std::uint32_t taken;              ///< how often it was
};

/// How the locks stand.
enum class Layout {
    neighbours,  ///< one directly after the other
    apart        ///< each one on a k_line of its own
};

/// Shared memory, nought at first: room for all locks, a line at which the processes wait for each other, and a place for what each has found.
class Street {
public:
    Street() {
        void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc();
        shared_ = new (at) Shared();
    }
    ~Street() { ::munmap(shared_, sizeof(Shared)); }
    Street(const Street&) = delete;
    Street& operator=(const Street&) = delete;

    /// The lock that stands somewhere. \param offset bytes from the beginning of the street, which is at the beginning of a page.
    Lock& lock(std::size_t offset) const { return *reinterpret_cast<Lock*>(shared_->room + offset); }

    /// Waits until all k_processes processes have come here.
    void start_together() const {
        ++shared_->present;
        while (shared_->present < k_processes) ::sched_yield();
    }
    /// How many have come to the line.
    int present() const { return shared_->present; }

    /// What a process has found, for its parent. \param process its number, from 0.
    double& found(int process) const { return shared_->found[process]; }

private:
    struct Shared {
        alignas(4096) unsigned char room[4096];
        alignas(4096) std::atomic<int> present;
        double found[k_processes];
    };
    Shared* shared_;
};

/// The work of one process: takes a lock and gives it back. A test puts something else here.
/// \param street it stands in. \param lock to take. \param pairs how often.
inline std::function<void(const Street& street, Lock& lock, long pairs)> work = [](const Street&, Lock& lock,
                                                                                   long pairs) {
    for (long n = 0; n < pairs; ++n) {
        while (lock.word.exchange(1, std::memory_order_acquire) != 0) {
        }
        ++lock.taken;
        lock.word.store(0, std::memory_order_release);
    }
};

/// Nanoseconds on the clock on the wall.
inline std::function<std::int64_t()> wall_ns = [] {
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
};
/// Nanoseconds for which the calling process has had a processor.
inline std::function<std::int64_t()> cpu_ns = [] {
    timespec now;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
};

/// What one round has shown: nanoseconds for each pair, on an average of the processes.
struct Round {
    double neighbours;  ///< when the locks stood beside each other
    double apart;       ///< when they did not
};

/// What many rounds have shown.
enum class Verdict {
    neighbours_cost_more,  ///< in at least nine of ten rounds
    cannot_tell,
    neighbours_cost_less  ///< in at least nine of ten rounds
};

/// Where a process's lock stands. \param layout of the street. \param process its number, from 0. \return bytes from the street's beginning
std::size_t place(Layout layout, int process);

/// Lets k_processes processes do k_pairs pairs each, all at the same time, each with the lock at its place.
/// \param layout of the street. \return nanoseconds of processor time for a pair, on an average of the processes
double measure(Layout layout);

/// Measures k_rounds rounds, each of which has both layouts.
std::vector<Round> measure_rounds();

/// What they say. \param rounds any number of them but none.
Verdict verdict(const std::vector<Round>& rounds);

}  // namespace forklore::exercise
