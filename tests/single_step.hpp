/// \file
/// Something happens after exactly so many instructions. Instead of hoping that it hits the few instructions where it could be lost, a
/// test lets it happen after each of them in turn.
#pragma once

#ifdef __x86_64__

#include <sys/time.h>
#include <ucontext.h>

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
        install(SIGALRM, [](int, siginfo_t*, void* context) { act(context); });
    }

    /// Begins here. \param instructions after which it happens. When the process sleeps before that or misses it, it happens in three
    /// seconds: later than a busy machine makes the stepping last.
    void begin(long instructions) {
        acted_ = 0;
        steps_ = 0;
        act_at_ = instructions;
        const itimerval late{{0, 0}, {3, 0}};
        ::setitimer(ITIMER_REAL, &late, nullptr);
        ::raise(SIGUSR2);
    }

    /// Ends here. \return whether there was no need to wait for those three seconds.
    bool end() {
        const itimerval never{};
        itimerval left{};
        ::setitimer(ITIMER_REAL, &never, &left);
        return left.it_value.tv_sec > 0 || left.it_value.tv_usec > 0;
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
    static inline volatile std::sig_atomic_t acted_ = 0;
};

}  // namespace forklore::testing

#endif
