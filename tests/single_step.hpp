/// \file
/// Something happens after exactly so many instructions. Instead of hoping that it hits the few instructions where it could be lost, a
/// test lets it happen after each of them in turn.
#pragma once

#ifdef __x86_64__

#include <sys/time.h>
#include <ucontext.h>

#include <cerrno>
#include <csignal>

#include "tests/child_process.hpp"

namespace forklore::testing {

/// Steps through a piece of this process's way, one instruction at a time. Uses SIGUSR2, SIGTRAP and SIGALRM: for a child of a test.
class SingleStep {
public:
    /// \param happens runs in a signal handler
    explicit SingleStep(void (*happens)()) {
        action_ = happens;
        install(SIGUSR2, [](int, siginfo_t*, void* context) { flags_of(context) |= k_trap_flag; });
        install(SIGTRAP, [](int, siginfo_t*, void* context) {
            steps_ = steps_ + 1;
            if (steps_ >= act_at_) act(context);
        });
        // Where no instruction is left to stop at, because the process sleeps.
        install(SIGALRM, [](int, siginfo_t*, void* context) {
            if (!slept(context)) return;
            overslept_ = 1;
            act(context);
        });
    }

    /// Begins here. \param instructions after which it happens. When the process sleeps before that, or although it has happened, it happens
    /// there, so that the sleep ends.
    void begin(long instructions) {
        acted_ = 0;
        overslept_ = 0;
        steps_ = 0;
        act_at_ = instructions;
        const itimerval looks{{0, 10'000}, {0, 10'000}};
        ::setitimer(ITIMER_REAL, &looks, nullptr);
        ::raise(SIGUSR2);
    }

    /// Ends here. \return whether the process never slept.
    bool end() {
        const itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        return overslept_ == 0;
    }

    /// Whether it has happened.
    bool happened() const { return acted_ != 0; }
    /// Whether so many instructions were stepped through before the process slept.
    bool reached() const { return steps_ >= act_at_; }
    /// How many were.
    long steps() const { return steps_; }

private:
    // The processor stops after each instruction while this flag is set, and the kernel makes a SIGTRAP of it.
    static constexpr greg_t k_trap_flag = 0x100;
    static greg_t& flags_of(void* context) { return static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL]; }

    // Whether the signal has broken off a system call: then the instruction before the next one is `syscall`, and its result is EINTR.
    static bool slept(void* context) {
        const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
        const auto* const before = reinterpret_cast<const unsigned char*>(registers[REG_RIP]) - 2;
        return registers[REG_RAX] == -EINTR && before[0] == 0x0f && before[1] == 0x05;
    }

    static void act(void* context) {
        flags_of(context) &= ~k_trap_flag;
        acted_ = acted_ + 1;
        action_();
    }

    static void install(int signal, void (*handler)(int, siginfo_t*, void*)) {
        struct sigaction how {};
        how.sa_sigaction = handler;
        how.sa_flags = SA_SIGINFO;
        ::sigaction(signal, &how, nullptr);
    }

    static inline void (*action_)() = nullptr;
    static inline volatile long steps_ = 0, act_at_ = 0;
    static inline volatile std::sig_atomic_t acted_ = 0, overslept_ = 0;
};

}  // namespace forklore::testing

#endif
