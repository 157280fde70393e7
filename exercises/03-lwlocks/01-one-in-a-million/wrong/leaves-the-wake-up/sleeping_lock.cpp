// Tries again and takes the note away, but not the wake-up of whoever was quicker.
#include "sleeping_lock.hpp"

#include <cerrno>

namespace forklore::exercise {

void (*at_moment)(Moment, int) = nullptr;

namespace {
void moment(Moment which, int me) {
    if (at_moment != nullptr) at_moment(which, me);
}
void sleep_on(sem_t& semaphore) {
    while (sem_wait(&semaphore) != 0 && errno == EINTR) {
    }
}
}  // namespace

void SleepingLock::initialise() {
    for (sem_t& semaphore : wake_up) sem_init(&semaphore, 1, 0);
}

void SleepingLock::lock(int me) {
    while (taken.exchange(true)) {
        moment(Moment::tried, me);
        waits[me].store(true);
        moment(Moment::noted, me);
        if (!taken.exchange(true)) {
            waits[me].store(false);
            return;
        }
        sleep_on(wake_up[me]);
    }
}

void SleepingLock::unlock() {
    taken.store(false);
    for (int i = 0; i < k_processes; ++i) {
        // Whoever takes the note away owes the wake-up. One is enough: it will wake the next.
        if (!waits[i].exchange(false)) continue;
        sem_post(&wake_up[i]);
        return;
    }
}

}  // namespace forklore::exercise
