// Five ways to wait for work by a latch, and a setter that comes after each instruction of the way in turn. Where one of the instructions
// is the wrong moment, the way loses a wake-up.
#include <algorithm>
#include <climits>
#include <cstdio>

#include "small_latch.hpp"
#include "tests/single_step.hpp"

#ifdef __x86_64__

namespace {

Latch latch;
std::atomic<bool> work;

void bring_work() {
    work = true;
    latch.set();
}

//! [orders]
void look_then_announce_and_ask() {
    while (!work) latch.sleep();
}

void look_then_reset() {
    for (;;) {
        const bool found = work;
        latch.reset();
        if (found) return;
        latch.sleep();
    }
}

void look_then_ask_then_announce() {
    while (!work) {
        const bool was_set = latch.word == Latch::k_set;
        latch.word.fetch_or(Latch::k_asleep);
        if (!was_set) latch.until_rung();
        latch.reset();
    }
}

void look_then_ask() {
    while (!work) {
        if (latch.word != Latch::k_set) latch.until_rung();
        latch.reset();
    }
}

void announce_then_look() {
    for (;;) {
        latch.word.fetch_or(Latch::k_asleep);
        const bool found = work;
        if (!found) latch.until_rung();
        latch.reset();
        if (found) return;
    }
}
//! [orders]

// Whether the way ends by itself when somebody comes after so many instructions.
bool ends(forklore::testing::SingleStep& step, void (*way)(), long instructions) {
    close(latch.bell);
    latch.bell = eventfd(0, EFD_CLOEXEC);
    latch.word = 0;
    work = false;
    step.begin(instructions);
    way();
    return step.end();
}

void try_out(const char* name, void (*way)()) {
    forklore::testing::SingleStep step(bring_work);
    ends(step, way, LONG_MAX);
    ends(step, way, LONG_MAX);  // without the linker's first work
    const long all = step.steps(), stride = 1 + all / 1'000;  // under a sanitizer there are many
    for (long instructions = 1; instructions < all; instructions += stride) {
        if (ends(step, way, instructions) || !step.reached()) continue;
        std::printf("%-28s sleeps for ever when somebody comes after instruction %ld\n", name, instructions);
        return;
    }
    std::printf("%-28s wakes up, after whichever of its %ld instructions somebody comes\n", name, all);
}

}  // namespace

int main() {
    try_out("look_then_announce_and_ask", look_then_announce_and_ask);
    try_out("look_then_reset", look_then_reset);
    try_out("look_then_ask_then_announce", look_then_ask_then_announce);
    try_out("look_then_ask", look_then_ask);
    try_out("announce_then_look", announce_then_look);
}

#else

int main() { return std::puts("this needs a processor that stops after each instruction"), 1; }

#endif
