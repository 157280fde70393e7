/// \file
/// A small postmaster that starts a worker when it is asked to, and what is written down on the way.
#pragma once

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "processes.hpp"

namespace forklore::exercise {

/// Takes the clock's place while it is set: a test knows what this one shows.
inline std::function<std::int64_t()> another_clock;

/// The time in nanoseconds. All processes of a machine have the same.
inline std::int64_t now() {
    if (another_clock) return another_clock();
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// When what happened in the last launch: now(), written down by those to whom it happened. In shared memory.
struct Marks {
    std::atomic<std::int64_t> heard{0};   ///< the postmaster is awake, and calls fork
    std::atomic<std::int64_t> forked{0};  ///< fork has returned in the postmaster
    std::atomic<std::int64_t> begun{0};   ///< the worker's first instruction
    std::atomic<std::int64_t> buried{0};  ///< the worker has ended, and the postmaster has its status
};

/// One who starts workers that end at once.
class Postmaster {
public:
    virtual ~Postmaster() = default;
    /// Asks it to start one. Returns at once.
    virtual void ask() = 0;
    /// Sleeps until the postmaster says that the worker has been buried. To be called once after each ask().
    virtual void wait() = 0;
    /// What was written down: complete when wait() has returned.
    virtual const Marks& marks() const = 0;
};

/// A process that does so: asked by a signal, answering by a signal.
class SmallPostmaster : public Postmaster {
public:
    /// Returns when it can be asked. \param megabytes of memory of its own that it has in use
    explicit SmallPostmaster(std::size_t megabytes) {
        ::sigemptyset(&signal_);
        ::sigaddset(&signal_, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &signal_, &before_);
        void* const memory =
            ::mmap(nullptr, sizeof(Marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        marks_ = new (memory) Marks{};
        const pid_t asker = ::getpid();
        process_ = std::make_unique<Child>([this, asker, megabytes] {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            use(megabytes);
            for (;;) {
                ::kill(asker, SIGUSR1);
                while (::sigwaitinfo(&signal_, nullptr) < 0) {
                }
                start_one();
            }
        });
        wait();
    }
    ~SmallPostmaster() override {
        process_.reset();
        const timespec no_time{};
        while (::sigtimedwait(&signal_, nullptr, &no_time) > 0) {
        }
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        ::munmap(marks_, sizeof(Marks));
    }
    SmallPostmaster(const SmallPostmaster&) = delete;
    SmallPostmaster& operator=(const SmallPostmaster&) = delete;

    void ask() override { ::kill(process_->pid(), SIGUSR1); }
    void wait() override {
        while (::sigwaitinfo(&signal_, nullptr) < 0) {
        }
    }
    const Marks& marks() const override { return *marks_; }

private:
    // Writes to each page of so much memory, in pages of the usual size.
    static void use(std::size_t megabytes) {
        if (megabytes == 0) return;
        const std::size_t bytes = megabytes * 1024 * 1024;
        void* const memory =
            ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        ::madvise(memory, bytes, MADV_NOHUGEPAGE);
        for (std::size_t at = 0; at < bytes; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
    }
    void start_one() {
        marks_->heard = now();
        const pid_t worker = ::fork();
        if (worker == 0) {
            marks_->begun = now();
            ::_exit(0);
        }
        marks_->forked = now();
        if (worker < 0) throw std::bad_alloc();
        while (::waitpid(worker, nullptr, 0) < 0 && errno == EINTR) {
        }
        marks_->buried = now();
    }

    sigset_t signal_, before_;
    Marks* marks_;
    std::unique_ptr<Child> process_;
};

/// What a launch was made of, in nanoseconds.
struct Launch {
    std::int64_t hear = 0;   ///< from asking until the postmaster was awake
    std::int64_t begin = 0;  ///< from there until the worker began
    std::int64_t bury = 0;   ///< from there until the postmaster had buried it
    std::int64_t tell = 0;   ///< from there until the asker was awake
    std::int64_t whole = 0;  ///< from asking until the asker was awake
    std::int64_t fork = 0;   ///< how long the postmaster was in fork, and nobody else was served

    bool operator==(const Launch&) const = default;
};

/// What launches cost.
struct Cost {
    std::vector<Launch> samples;  ///< one for each launch
    Launch median;                ///< of each of the numbers, the median of that number in all samples
};

inline constexpr int k_launches = 101;  ///< so many samples

/// Measures launches, one after the other. \param postmaster who is asked for them
Cost measure(Postmaster& postmaster);

}  // namespace forklore::exercise
