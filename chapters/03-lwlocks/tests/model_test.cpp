// A model of the lock, and histories of many processes held against it. Each process notes, with a ticket from one shared counter, what it
// did: a ticket is drawn just after a lock was taken and just before it is given back, so between two tickets of one process the lock was
// surely held. The model replays all notes in the order of the tickets and accepts only what a lock may do.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "base/error.hpp"
#include "chapters/03-lwlocks/tests/company.hpp"
#include "tests/catch.hpp"

using namespace forklore;
using namespace forklore::testing;

namespace {

enum class Event : std::uint8_t { none, took_exclusive, took_shared, gives_exclusive, gives_shared };

// One process's note. The lock's number, and the value of the lock's variable or count at that moment.
struct Note {
    std::uint64_t ticket;
    std::uint64_t value;
    Event event;
    std::uint8_t lock, process;
};

constexpr std::size_t k_processes = 6, k_locks = 3, k_notes = 120'000;

// In shared memory of the test's own: it is large.
struct History {
    std::atomic<std::uint64_t> tickets;
    std::atomic<std::uint64_t> variables[k_locks];
    std::uint64_t values[k_locks];  // plain, guarded by the locks: each exclusive holder adds one
    std::size_t used[k_processes];
    Note notes[k_processes][k_notes];
};

void delay(LockPhase) {
    static std::minstd_rand random(static_cast<unsigned>(::getpid()));
    if (random() % 8 == 0) ::sched_yield();
    if (random() % 256 == 0) short_sleep();
}

// One process: acts at random, and notes.
class Actor {
public:
    Actor(Company& company, History& history, std::uint8_t process, std::uint64_t seed)
        : company_(company),
          history_(history),
          process_(process),
          random_(static_cast<unsigned>(seed * 31 + process + 1)) {}

    void act() {
        const auto lock_number = static_cast<std::uint8_t>(random_() % k_locks);
        LWLock& lock = company_.lock(lock_number);
        switch (random_() % 10) {
            case 0:
                if (lock.conditional_acquire(LWLockMode::exclusive)) alone(lock_number);
                return;
            case 1:
                if (lock.conditional_acquire(LWLockMode::shared)) together(lock_number);
                return;
            case 2:
                if (lock.acquire_or_wait(LWLockMode::exclusive)) alone(lock_number);
                return;
            case 3: {
                std::uint64_t now = 0;
                const std::uint64_t old = history_.variables[lock_number];
                // Whichever way it comes back, it comes back; what it saw must have been there.
                if (!lock.wait_for_var(history_.variables[lock_number], old, now)) CHILD_CHECK(now != old);
                return;
            }
            case 4:
            case 5:
                lock.acquire(LWLockMode::exclusive);
                alone(lock_number);
                return;
            case 6: two_at_once(); return;
            default:
                lock.acquire(LWLockMode::shared);
                together(lock_number);
                return;
        }
    }

private:
    void note(Event event, std::uint8_t lock, std::uint64_t value) {
        std::size_t& used = history_.used[process_];
        CHILD_CHECK(used < k_notes);
        history_.notes[process_][used++] = {history_.tickets.fetch_add(1), value, event, lock, process_};
    }
    void alone(std::uint8_t number) {
        LWLock& lock = company_.lock(number);
        CHILD_CHECK(lock.held_by_me(LWLockMode::exclusive));
        note(Event::took_exclusive, number, history_.values[number]);
        dawdle();
        history_.values[number] += 1;
        if (random_() % 4 == 0) lock.update_var(history_.variables[number], history_.variables[number] + 1);
        note(Event::gives_exclusive, number, history_.values[number]);
        lock.release();
    }
    void together(std::uint8_t number) {
        LWLock& lock = company_.lock(number);
        note(Event::took_shared, number, history_.values[number]);
        dawdle();
        note(Event::gives_shared, number, history_.values[number]);
        lock.release();
    }
    // In the order of their numbers, given back in any order.
    void two_at_once() {
        const auto first = static_cast<std::uint8_t>(random_() % (k_locks - 1)),
                   second = static_cast<std::uint8_t>(first + 1);
        company_.lock(first).acquire(LWLockMode::shared);
        note(Event::took_shared, first, history_.values[first]);
        company_.lock(second).acquire(LWLockMode::exclusive);
        if (random_() % 2 == 0) {
            note(Event::gives_shared, first, history_.values[first]);
            company_.lock(first).release();
            alone(second);
        } else {
            alone(second);
            note(Event::gives_shared, first, history_.values[first]);
            company_.lock(first).release();
        }
    }
    void dawdle() {
        if (random_() % 64 == 0) ::sched_yield();
    }

    Company& company_;
    History& history_;
    std::uint8_t process_;
    std::minstd_rand random_;
};

// What a lock may do.
struct Model {
    bool exclusive = false;
    int shared = 0;
    std::uint64_t value = 0;

    // What is wrong with this step; empty if nothing.
    const char* step(const Note& note) {
        switch (note.event) {
            case Event::took_exclusive:
                if (exclusive) return "taken alone while somebody held it alone";
                if (shared != 0) return "taken alone while it was shared";
                exclusive = true;
                return note.value == value ? "" : "the last holder's change was not seen";
            case Event::gives_exclusive:
                if (!exclusive) return "given back, but not held";
                exclusive = false;
                value += 1;
                return note.value == value ? "" : "changed by somebody else while held alone";
            case Event::took_shared:
                if (exclusive) return "shared while somebody held it alone";
                ++shared;
                return note.value == value ? "" : "the last holder's change was not seen";
            case Event::gives_shared:
                if (shared == 0) return "given back, but not held";
                --shared;
                return note.value == value ? "" : "changed while it was shared";
            default: return "no such step";
        }
    }
};

std::uint64_t chosen_seed() {
    const char* given = std::getenv("FORKLORE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

}  // namespace

TEST_CASE("histories of many processes are those of a lock", "[slow]") {
    const Watchdog watchdog(110);
    const std::uint64_t seed = chosen_seed();
    std::printf("histories: seed %llu (FORKLORE_SEED=%llu repeats what the processes choose)\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
    INFO("seed " << seed);
    Company company;
    void* memory =
        ::mmap(nullptr, sizeof(History), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    History& history = *new (memory) History{};
    for (std::size_t i = 0; i < k_processes; ++i) {
        company.start([&, i] {
            detail::phase_hook = delay;
            Actor actor(company, history, static_cast<std::uint8_t>(i), seed);
            for (int n = 0; n < 25'000; ++n) actor.act();
        });
    }
    REQUIRE(company.all_well());
    std::vector<Note> notes;
    for (std::size_t i = 0; i < k_processes; ++i)
        notes.insert(notes.end(), history.notes[i], history.notes[i] + history.used[i]);
    std::sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) { return a.ticket < b.ticket; });
    Model models[k_locks];
    for (const Note& note : notes) {
        const std::string wrong = models[note.lock].step(note);
        INFO("ticket " << note.ticket << ", process " << int{note.process} << ", lock " << int{note.lock}
                       << ": " << wrong);
        if (!wrong.empty()) FAIL();
    }
    CHECK(notes.size() > 100'000);
    for (std::size_t i = 0; i < k_locks; ++i) {
        CHECK((company.lock(i).state_bits() & ~LockWord::k_open) == 0);
        CHECK(models[i].value == history.values[i]);
    }
    ::munmap(memory, sizeof(History));
}
