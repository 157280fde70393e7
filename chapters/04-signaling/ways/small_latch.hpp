// The smallest latch: a word that both processes see, and a descriptor that both have inherited. Whoever reads it sleeps until somebody
// writes to it.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

//! [latch]
struct Latch {
    static constexpr std::uint32_t k_set = 1, k_asleep = 2;
    std::atomic<std::uint32_t> word{0};
    int bell = eventfd(0, EFD_CLOEXEC);

    // For everybody.
    void set() {
        if (word.fetch_or(k_set) == k_asleep) ring();  // it sleeps, and nobody has woken it yet
    }
    // For its owner.
    void sleep() {
        if (word.fetch_or(k_asleep) == 0) until_rung();  // announces the sleep, and learns in the same step whether it has been set
        reset();
    }
    void reset() { word.exchange(0); }

    void ring() {
        const std::uint64_t one = 1;
        while (write(bell, &one, sizeof one) < 0) {
        }
    }
    void until_rung() {
        std::uint64_t rings;
        [[maybe_unused]] const ssize_t n = read(bell, &rings, sizeof rings);  // a signal may end it, too: whoever sleeps looks again
    }
};
//! [latch]
