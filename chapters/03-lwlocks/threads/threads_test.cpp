// The lock under the thread sanitizer, which watches threads: here each thread stands for a process (base/per_process.hpp), and the
// waiters' places lie in ordinary memory. The sanitizer knows the rules of C++'s memory model, and finds a missing order of two accesses
// even where this processor would have kept it.
#include <semaphore.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "lwlocks/condition_variable.hpp"
#include "lwlocks/lock_order.hpp"
#include "lwlocks/lw_lock.hpp"
#include "lwlocks/phases.hpp"
#include "lwlocks/sign_in.hpp"
#include "lwlocks/spin_lock.hpp"

namespace forklore {

namespace {
constexpr int k_threads = 6;
struct Place {
    detail::Waiter waiter;
    sem_t semaphore;
    std::atomic<std::uint32_t> held;
};
Place places[k_threads + 1];
}  // namespace

// What waiters.cpp, self.cpp, tranches.cpp and lock_order.cpp do with the segment and the process table.
namespace detail {
__thread Self self{0, 0, nullptr, {}};
Waiter& waiter(WaiterNumber number) { return places[number].waiter; }
WaiterNumber last_waiter() { return k_threads; }
void sleep_on_semaphore() {
    while (sem_wait(&places[self.number].semaphore) != 0) {
    }
}
WokenBy sleep_interruptibly(std::int64_t) {
    sleep_on_semaphore();
    return WokenBy::post;
}
bool in_segment(const void*) { return true; }
void wake(WaiterNumber number) { sem_post(&places[number].semaphore); }
void give_back(int wake_ups) {
    while (wake_ups-- > 0) wake(self.number);
}
void waits_for_itself(const LWLock&, LockSite) { std::abort(); }
#ifndef NDEBUG
void check_lock_order(const LWLock&, LockSite) {}
#endif
}  // namespace detail
std::string_view tranche_name(TrancheId) { return "Test"; }

namespace {

void as_processes(const std::function<void(int)>& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < k_threads; ++i) {
        threads.emplace_back([&body, i] {
            detail::self.number = static_cast<std::uint32_t>(i + 1);
            count_holding_in(&places[i + 1].held);
            detail::self.page = detail::join_barrier() ? places[i + 1].waiter.signed_in : nullptr;
            body(i);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

void check(bool true_, const char* what) {
    if (true_) return;
    std::fprintf(stderr, "wrong: %s\n", what);
    std::exit(1);
}

LWLockPadded locks[2];
SpinLock spin;
ConditionVariable condition;
std::uint64_t guarded[3];  // plain: if a lock does not keep two threads apart, the sanitizer says so
std::atomic<std::uint64_t> variable;
std::atomic<int> things, done;
std::uint64_t made[k_threads];

void lock_and_look(int number) {
    std::minstd_rand random(static_cast<unsigned>(number) + 1);
    std::uint64_t sum = 0;
    for (int n = 0; n < 20'000; ++n) {
        LWLock& lock = locks[n % 2].lock;
        std::uint64_t& value = guarded[n % 2];
        switch (random() % 8) {
            case 0:
                if (lock.acquire_or_wait(LWLockMode::exclusive)) {
                    ++value;
                    lock.release();
                }
                break;
            case 1: {
                std::uint64_t now = 0;
                locks[0].lock.wait_for_var(variable, variable, now);
                break;
            }
            case 2: {
                LWLockGuard guard(locks[0].lock, LWLockMode::exclusive);
                ++guarded[0];
                locks[0].lock.update_var(variable, variable + 1);
                break;
            }
            case 3:
            case 4: {
                LWLockGuard guard(lock, LWLockMode::exclusive);
                ++value;
                break;
            }
            default: {
                LWLockGuard guard(lock, LWLockMode::shared);
                sum += value;
            }
        }
        spin.lock();
        ++guarded[2];
        spin.unlock();
    }
    made[number] = sum;
}

// Shared so often that the lock opens, with somebody who closes it.
void share(int number) {
    for (int n = 0; n < 60'000; ++n) {
        if (number == 0 && n % 10'000 == 0) {
            LWLockGuard guard(locks[1].lock, LWLockMode::exclusive);
            ++guarded[1];
        } else {
            LWLockGuard guard(locks[1].lock, LWLockMode::shared);
            made[number] += guarded[1];
        }
    }
}

void hand_over(int number) {
    if (number == 0) {
        for (int n = 0; n < 5'000; ++n) {
            things.fetch_add(1);
            condition.signal();
        }
        return;
    }
    ConditionSleep sleep(condition);
    while (done < 5'000) {
        int there = things;
        if (there > 0) {
            if (things.compare_exchange_weak(there, there - 1) && done.fetch_add(1) + 1 == 5'000)
                condition.broadcast();
        } else if (done < 5'000) {
            sleep.wait(k_not_waiting);
        }
    }
}

}  // namespace
}  // namespace forklore

int main() {
    using namespace forklore;
    for (Place& place : places) sem_init(&place.semaphore, 0, 0);
    as_processes(lock_and_look);
    check(guarded[2] == std::uint64_t{k_threads} * 20'000, "the spinlock");
    as_processes(share);
    as_processes(hand_over);
    check(done == 5'000, "the condition variable");
    for (LWLockPadded& padded : locks)
        check((padded.lock.state_bits() & ~LockWord::k_open) == 0, "the lock's last state");
    std::puts("no races");
}
