/// \file
/// Ways to wake another process.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <new>
#include <system_error>
#include <vector>

#include "processes.hpp"

namespace forklore::exercise {

/// One of the two who wake each other: the one who asks, and the one who answers.
enum Side { asker, answerer };

/// A way to wake the other side. Made before the fork; each wake() ends one sleep, the present or the next.
class Way {
public:
    virtual ~Way() = default;
    /// To be called first, by each side in its process. \param me which
    virtual void come(Side me) { (void)me; }
    /// Ends the sleep of a side. \param whom its
    virtual void wake(Side whom) = 0;
    /// Sleeps until this side is woken. \param me which
    virtual void sleep(Side me) = 0;
};

/// By a byte in a pipe.
class PipeWay : public Way {
public:
    void wake(Side whom) override { put_byte(pipes_[whom].write_end.get()); }
    void sleep(Side me) override { get_byte(pipes_[me].read_end.get()); }

private:
    Pipe pipes_[2];
};

/// By a counter of the kernel's.
class EventfdWay : public Way {
public:
    EventfdWay() {
        for (UniqueFd& counter : counters_) counter.reset(::eventfd(0, EFD_CLOEXEC));
    }
    void wake(Side whom) override { ::eventfd_write(counters_[whom].get(), 1); }
    void sleep(Side me) override {
        eventfd_t value;
        while (::eventfd_read(counters_[me].get(), &value) != 0) {
        }
    }

private:
    UniqueFd counters_[2];
};

/// By a signal, for which the other one waits.
class SignalWay : public Way {
public:
    SignalWay() {
        ::sigemptyset(&signal_);
        ::sigaddset(&signal_, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &signal_, &before_);
        void* const memory =
            ::mmap(nullptr, sizeof(Pids), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        pids_ = new (memory) Pids{};
    }
    ~SignalWay() override {
        const timespec now{};
        while (::sigtimedwait(&signal_, nullptr, &now) > 0) {
        }
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        ::munmap(pids_, sizeof(Pids));
    }
    SignalWay(const SignalWay&) = delete;
    SignalWay& operator=(const SignalWay&) = delete;

    void come(Side me) override { pids_->of[me] = ::getpid(); }
    void wake(Side whom) override {
        pid_t pid;
        while ((pid = pids_->of[whom]) == 0) ::sched_yield();
        ::kill(pid, SIGUSR1);
    }
    void sleep(Side) override {
        while (::sigwaitinfo(&signal_, nullptr) < 0) {
        }
    }

private:
    struct Pids {
        std::atomic<pid_t> of[2];
    };
    Pids* pids_;
    sigset_t signal_, before_;
};

/// By a word in shared memory, on which the kernel lets a process sleep; and a second bit, as in a latch, that says that somebody does.
class LatchWay : public Way {
public:
    LatchWay() {
        void* const memory =
            ::mmap(nullptr, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        words_ = new (memory) Words{};
    }
    ~LatchWay() override { ::munmap(words_, sizeof(Words)); }
    LatchWay(const LatchWay&) = delete;
    LatchWay& operator=(const LatchWay&) = delete;

    void wake(Side whom) override {
        std::atomic<std::uint32_t>& word = words_->of[whom];
        if ((word.fetch_or(k_set) & (k_set | k_asleep)) == k_asleep)
            ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }
    void sleep(Side me) override {
        std::atomic<std::uint32_t>& word = words_->of[me];
        word.fetch_or(k_asleep);
        while ((word.load() & k_set) == 0)
            ::syscall(SYS_futex, &word, FUTEX_WAIT, k_asleep, nullptr, nullptr, 0);
        word.exchange(0);
    }

private:
    static constexpr std::uint32_t k_set = 1, k_asleep = 2;
    struct Words {
        std::atomic<std::uint32_t> of[2];
    };
    Words* words_;
};

/// While it lives, this process and the children that it makes have one processor. So two who wake each other must let each other run, and no
/// measurement depends on where the kernel puts them.
class OneProcessor {
public:
    OneProcessor() {
        ::sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (!CPU_ISSET(cpu, &before_)) continue;
            CPU_SET(cpu, &one);
            break;
        }
        ::sched_setaffinity(0, sizeof one, &one);
    }
    ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }
    OneProcessor(const OneProcessor&) = delete;
    OneProcessor& operator=(const OneProcessor&) = delete;

private:
    cpu_set_t before_;
};

/// How often a process has gone to sleep. \param whose RUSAGE_SELF, or RUSAGE_CHILDREN: all children together that have ended and been waited for
inline long sleeps_of(int whose) {
    rusage usage{};
    ::getrusage(whose, &usage);
    return usage.ru_nvcsw;
}

/// What a way costs.
struct Cost {
    std::vector<std::int64_t>
        samples;  ///< of round trips: nanoseconds from waking the other one to having been woken by it
    std::int64_t round_trip = 0;  ///< their median
    long sleeps = 0;              ///< how often the two of them went to sleep, together, in all round trips
    std::int64_t awake = 0;  ///< nanoseconds that it takes to wake one that is awake already, on the average
};

inline constexpr int k_round_trips = 2'000;  ///< so many samples
inline constexpr int k_times_awake = 2'000;  ///< so often one is woken that is awake

/// Measures, on one processor. No child is left when it returns. \param way nobody has come yet
Cost measure(Way& way);

}  // namespace forklore::exercise
